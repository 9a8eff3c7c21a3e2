import type { Appended, DomainEvent } from '../../events/event.ts';
import type { Evidence } from '../../projections/evidence.ts';
import type { Fold } from '../../src/ledger/folds.ts';
import { readEvidence } from '../../src/second-key/raw-event.ts';

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

type By = { readonly actor?: { readonly id: string; readonly roles: readonly string[] }; readonly intent?: string };

/** When the first event of a history was recorded; each further one a second later. */
export const FIRST_AT = Date.parse('2026-03-01T08:00:00.000Z');

/** Events as the second key reads them from what a store would hold, from revision 0; a service did all that nobody else is named for. */
export const evidence = <E extends DomainEvent>(
  stream: string,
  events: readonly (E & By)[],
  { from = 0 }: { from?: number } = {},
): Evidence<E>[] =>
  events.map(({ type, data, actor = { id: 'app', roles: ['service'] }, intent }, i) => {
    const stored = {
      ...{ id: `event-${from + i}`, type, streamId: stream, revision: BigInt(from + i) },
      created: new Date(FIRST_AT + (from + i) * 1_000),
      data: JSON.parse(JSON.stringify(data)) as unknown,
      metadata: { actor, ...(intent !== undefined && { intent }) },
    };
    return readEvidence(stored) as unknown as Evidence<E>;
  });
