import type { PersonEvent } from '../../events/person-events.ts';
import type { KnownPerson } from './evolve.ts';

type Stated = Extract<PersonEvent, { type: 'PersonFactsStated' }>;

/** Facts take the place of those before. The same again, and those that were so at an earlier time, change nothing. */
export const state = (known: KnownPerson | undefined, data: Stated['data']): Stated[] => {
  if (known && Date.parse(data.asOf) < Date.parse(known.asOf)) return [];
  if (known && JSON.stringify(known.facts) === JSON.stringify(data.facts)) return [];
  return [{ type: 'PersonFactsStated', data }];
};
