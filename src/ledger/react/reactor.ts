import type { LedgerEvent } from '../../../events/categories.ts';
import type { Recorded } from '../../../events/event.ts';
import type { StoredEvent } from '../../../events/gate.ts';
import type { GroupPlan } from './plan.ts';

export type EventType = LedgerEvent['type'];

export type EventOfType<T extends EventType> = Recorded<Extract<LedgerEvent, { type: T }>>;

/**
 * Acts on one event: as this ledger reads it, and as it is stored, for the second key. Its effect must be durable when it resolves, and it
 * must bear repetition: events come at least once. An error has the event handed out again, and parked after so many times; `NotYet`, and a
 * store that is away, are waited for.
 */
export type Handler<T extends EventType> = (event: EventOfType<T>, stored: StoredEvent) => Promise<void>;

export type Handlers<T extends EventType> = { readonly [K in T]: Handler<K> };

/** Something that acts on events. The types it receives are the keys of `on`. */
export type Reactor<T extends EventType = EventType> = { readonly plan: GroupPlan; readonly on: Partial<Handlers<T>> };

/**
 * @param definition `types` may be given where the plan stands apart from the handlers; each then needs its handler
 * @example reactor({ name: 'pager', version: 1, on: { BreachFlagged: (event) => page(event.data) }, maxInFlight: 8 })
 */
export const reactor = <const T extends EventType>({
  on,
  types: _,
  ...plan
}: Omit<GroupPlan<T>, 'types'> & { readonly types?: readonly T[]; readonly on: Handlers<T> }): Reactor => ({
  plan: { ...plan, types: Object.keys(on) as T[] },
  on: on as Partial<Handlers<EventType>>,
});

/** The handler of an event, with that event; undefined where the reactor does not act on its type. */
export const handling = (
  { on }: Reactor,
  event: Recorded<LedgerEvent>,
): ((stored: StoredEvent) => Promise<void>) | undefined => {
  const handle = Object.hasOwn(on, event.type)
    ? (on[event.type] as ((event: Recorded<LedgerEvent>, stored: StoredEvent) => Promise<void>) | undefined)
    : undefined;
  return handle && ((stored) => handle(event, stored));
};
