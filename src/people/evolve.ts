import type { Appended } from '../../events/event.ts';
import type { PersonEvent, PersonFacts } from '../../events/person-events.ts';

export type KnownPerson = { readonly asOf: string; readonly facts: PersonFacts };

export const peopleFold = {
  initial: (): KnownPerson | undefined => undefined,
  evolve: (_: KnownPerson | undefined, { data: { asOf, facts } }: Appended<PersonEvent>): KnownPerson => ({
    asOf,
    facts,
  }),
};

/** By the last facts that were stated: an employment without a beginning or an end has none. */
export const isEmployedAt = ({ facts: { employment } }: KnownPerson, at: string): boolean => {
  if (!employment) return false;
  const { startedAt, endedAt } = employment;
  const then = Date.parse(at);
  return (
    (startedAt === undefined || Date.parse(startedAt) <= then) && (endedAt === undefined || then < Date.parse(endedAt))
  );
};
