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
