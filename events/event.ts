import type { z } from 'zod';

/** One domain event as a command decides it: a stored type and its data, nothing else. */
export type DomainEvent = { readonly type: string; readonly data: object };

/** The schema of each event type of one kind of stream, by stored type. */
export type Catalogue = Record<string, z.ZodType<object>>;

/** The union of `{type, data}` that a catalogue describes. */
export type EventOf<C extends Catalogue> = {
  [T in keyof C & string]: { readonly type: T; readonly data: Readonly<z.infer<C[T]>> };
}[keyof C & string];

/** Who did it, in answer to what, under which release. Written with every event. */
export type EventMetadata = {
  readonly actor: { readonly id: string; readonly roles: readonly string[] };
  readonly $correlationId: string;
  readonly $causationId: string;
  readonly requestId: string;
  readonly appVersion: string;
  /** The release of the app that asked (`X-Client-Release`). */
  readonly clientRelease?: string;
  /** The app or service that the token was issued to (`azp` or `client_id`), where the token says so. Missing in older events. */
  readonly clientId?: string;
  /** What the raw request asked for where it lets a person in or sends them away, as the second key read it; it believes no event that says otherwise. */
  readonly intent?: string;
  /** SHA-256 of caller and `Idempotency-Key`: the key itself is the caller's text and stays out of the ledger. */
  readonly idempotencyKey?: string;
  /** SHA-256 of the key and the request it came with, so that the same key with another body is recognised. Of the request alone in older events. */
  readonly requestHash?: string;
};

/** Under which releases, of the ledger and of the app, something was recorded. */
export const releasesOf = ({ metadata: { appVersion, clientRelease } }: { readonly metadata: EventMetadata }) => ({
  appVersion,
  ...(clientRelease !== undefined && { clientRelease }),
});

/** An event with its place in its stream: what folds and projections may depend on, known the moment an append is acknowledged. */
export type Appended<E extends DomainEvent = DomainEvent> = E & {
  readonly id: string;
  readonly stream: string;
  /** Place in its stream, from 0. */
  readonly revision: number;
  readonly metadata: EventMetadata;
};

/** An event as the store delivered it. */
export type Recorded<E extends DomainEvent = DomainEvent> = Appended<E> & {
  /** Place in `$all`. */
  readonly position: bigint;
  /** When it was recorded, by the clock of the store that recorded it first (`moved-from.ts`), ISO-8601 UTC. */
  readonly recordedAt: string;
};
