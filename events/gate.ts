import { z } from 'zod';
import { categoryOf, type LedgerEvent } from './categories.ts';
import type { Category, Stream } from './category.ts';
import type { DomainEvent, EventMetadata, Recorded } from './event.ts';
import { recordTime } from './moved-from.ts';
import { Salt } from './sealed.ts';

/** Turns the data of an older type into the next newer type. A breaking change gets a new type name and one entry here. */
export type Upcasters = Record<string, (data: unknown) => { type: string; data: unknown }>;

/** No stored type has been replaced so far. */
export const upcasters: Upcasters = {};

/** A stored event that this release cannot read: it must be looked at, never guessed or skipped. */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';
  constructor(type: string, why: string) {
    super(`stored event of type ${JSON.stringify(type)} cannot be read: ${why}`);
  }
}

/** A stored event as the official client gives it. */
export type StoredEvent = {
  readonly id: string;
  readonly type: string;
  readonly streamId: string;
  readonly revision: bigint;
  readonly created: Date;
  readonly data: unknown;
  readonly metadata: unknown;
  readonly position?: { readonly commit: bigint } | undefined;
};

const Metadata = z.object({
  actor: z.object({ id: z.string(), roles: z.array(z.string()) }),
  $correlationId: z.string(),
  $causationId: z.string(),
  requestId: z.string(),
  appVersion: z.string(),
  clientRelease: z.string().optional(),
  clientId: z.string().optional(),
  intent: z.string().optional(),
  idempotencyKey: z.string().optional(),
  requestHash: z.string().optional(),
  salt: Salt.optional(),
});

/**
 * The one gate through which a stored event becomes a typed one. What passed it is of a type that its stream may hold, and about the one
 * whose stream it is: everything behind the gate goes by the types alone.
 * @throws UnreadableEvent
 */
export function recorded({ type: stored, streamId: stream, ...event }: StoredEvent): Recorded<LedgerEvent> {
  const { type, data } = upcast(stream, stored, event.data);
  const recordedAt = recordTime(event.created, event.metadata);
  if (recordedAt === undefined) throw new UnreadableEvent(stored, 'its metadata do not say when it was recorded');
  return {
    type,
    data,
    id: event.id,
    stream,
    revision: Number(event.revision),
    position: event.position?.commit ?? -1n,
    recordedAt,
    metadata: readMetadata(stored, event.metadata),
  } as Recorded<LedgerEvent>;
}

/** An event that passed the gate, as one of the stream it was read from: that holds nothing else. */
export const heldBy = <E extends DomainEvent>(stream: Stream<E>, event: Recorded<LedgerEvent>): Recorded<E> => {
  if (event.stream !== stream) throw new UnreadableEvent(event.type, 'it is of another stream than it was read from');
  return event as Recorded<DomainEvent> as Recorded<E>;
};

/**
 * The type and data of an event of a stream, as this release knows them.
 * @throws UnreadableEvent for a type that its stream must not hold, data that its schema refuses, and data of another's stream
 */
export function upcast(
  stream: string,
  type: string,
  data: unknown,
  { category = categoryOf(stream), older = upcasters }: { category?: Category | undefined; older?: Upcasters } = {},
): LedgerEvent {
  if (!category) throw new UnreadableEvent(type, 'its stream is none of the ledger');
  const seen = new Set<string>();
  let current = { type, data };
  while (Object.hasOwn(older, current.type)) {
    if (seen.has(current.type)) throw new UnreadableEvent(type, 'its upcasters run in a circle');
    seen.add(current.type);
    current = (older[current.type] as Upcasters[string])(current.data);
  }
  const { catalogue, prefix } = category;
  const schema = Object.hasOwn(catalogue, current.type) ? catalogue[current.type] : undefined;
  if (!schema) throw new UnreadableEvent(type, `${prefix} streams hold no such type`);
  const parsed = schema.safeParse(current.data);
  if (!parsed.success) throw new UnreadableEvent(type, issues(parsed.error));
  const event = { type: current.type, data: parsed.data };
  if (category.streamOf(event) !== stream) throw new UnreadableEvent(type, 'it is about another than its stream');
  return event as LedgerEvent;
}

/** Without the salt, which is for proofs alone. @throws UnreadableEvent when the metadata are not what this ledger writes */
export function readMetadata(type: string, metadata: unknown): EventMetadata {
  const parsed = Metadata.safeParse(metadata);
  if (!parsed.success) throw new UnreadableEvent(type, `metadata: ${issues(parsed.error)}`);
  const { salt: _, ...read } = parsed.data;
  return read;
}

// Paths and codes only: a message of zod may quote the value, which is stored data.
const issues = (error: z.ZodError) => error.issues.map((i) => `${i.path.join('.') || '(root)'} ${i.code}`).join(', ');
