import type { Appended } from '../../events/event.ts';
import { type PersonEvent, type PersonFacts, staffFactsIn } from '../../events/person-events.ts';
import type { Sealable } from '../../events/sealed.ts';

type StaffFacts = ReturnType<typeof staffFactsIn>;

/** A person as the last statement has them. */
export type StatedPerson = {
  readonly asOf: string;
  readonly facts: Sealable<PersonFacts>;
  /** The event that states them: its sealed fields open with its id alone. */
  readonly statedIn: string;
  readonly staff: StaffFacts;
};

export const peopleFold = {
  initial: (): StatedPerson | undefined => undefined,
  evolve: (_: StatedPerson | undefined, { id, data }: Appended<PersonEvent>): StatedPerson => ({
    ...{ asOf: data.asOf, facts: data.facts, statedIn: id, staff: staffFactsIn(data) },
  }),
};

/** By the last facts that were stated: an employment without a beginning or an end has none. */
export const isEmployedAt = ({ staff: { employment } }: StatedPerson, at: string): boolean => {
  if (!employment) return false;
  const { startedAt, endedAt } = employment;
  const then = Date.parse(at);
  return (
    (startedAt === undefined || Date.parse(startedAt) <= then) && (endedAt === undefined || then < Date.parse(endedAt))
  );
};
