import type { PersonEvent, PersonFacts } from '../../events/person-events.ts';

type Stated = Extract<PersonEvent, { type: 'PersonFactsStated' }>;
type Given = { readonly personId: string; readonly asOf: string; readonly facts: PersonFacts };

/**
 * Facts take the place of those before. The same again, and those that were so at an earlier time, change nothing.
 * @param known in clear
 */
export const state = (
  known: { readonly asOf: string; readonly facts: PersonFacts } | undefined,
  { personId, asOf, facts }: Given,
): Stated[] => {
  if (known && Date.parse(asOf) < Date.parse(known.asOf)) return [];
  if (known && JSON.stringify(known.facts) === JSON.stringify(facts)) return [];
  const { employment, asPatientId } = facts;
  const staff = { ...(employment && { employment }), ...(asPatientId !== undefined && { asPatientId }) };
  const isStaff = Object.keys(staff).length > 0;
  return [{ type: 'PersonFactsStated', data: { personId, asOf, facts, ...(isStaff && { staff }) } }];
};
