import type { DomainEvent } from '../events/event.ts';

/**
 * A stored event as the second key read it itself, from what the store holds and not from what the rest of the application made of it
 * (`src/second-key/raw-event.ts`).
 */
export type Evidence<E extends DomainEvent = DomainEvent> = E & {
  readonly id: string;
  readonly stream: string;
  /** Place in its stream, from 0. */
  readonly revision: number;
  /** The store's record time, in milliseconds since the epoch. */
  readonly at: number;
  /** Who did it, by the event's metadata. */
  readonly actor: { readonly id: string; readonly roles: readonly string[] };
  /** Whether the event says what the raw request asked for; true for events that carry no such mark. */
  readonly intended: boolean;
};
