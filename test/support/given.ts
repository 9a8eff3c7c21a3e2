import type { Appended, DomainEvent } from '../../src/events/event.ts';
import type { Fold } from '../../src/ledger/folds.ts';

/** Events as a stream would hold them, from revision 0. */
export const recorded = <E extends DomainEvent>(stream: string, events: readonly E[]): Appended<E>[] =>
  events.map((event, revision) => ({
    ...event,
    stream,
    revision,
    id: `00000000-0000-4000-8000-${String(revision).padStart(12, '0')}`,
    metadata: {
      actor: { id: 'test', roles: [] },
      $correlationId: 'request',
      $causationId: 'request',
      requestId: 'request',
      appVersion: '0.0.0',
    },
  }));

/** given(events).when(decide) is what a decision makes of a history: new events, or the error it throws. */
export const decider =
  <S, E extends DomainEvent>({ initial, evolve }: Fold<S, E>) =>
  (...history: readonly E[]) => {
    const state = recorded('stream', history).reduce<S>((state, event) => evolve(state, event), initial());
    return { state, when: <R>(decide: (state: S) => R): R => decide(state) };
  };
