import { z } from 'zod';
import { breachEvents } from './breach-events.ts';
import { diaryEvents } from './diary-events.ts';
import type { Catalogue, DomainEvent, EventMetadata } from './event.ts';
import { homeEvents } from './home-events.ts';
import { housekeepingEvents } from './housekeeping-events.ts';
import { patientEvents } from './patient-events.ts';
import { playbackEvents } from './playback-events.ts';
import { sessionEvents } from './session-events.ts';
import { viewerEvents } from './viewer-events.ts';

/** Every event type this release understands. */
export const catalogue: Catalogue = {
  ...patientEvents,
  ...diaryEvents,
  ...viewerEvents,
  ...breachEvents,
  ...playbackEvents,
  ...housekeepingEvents,
  ...sessionEvents,
  ...homeEvents,
};

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

const Metadata = z.object({
  actor: z.object({ id: z.string(), roles: z.array(z.string()) }),
  $correlationId: z.string(),
  $causationId: z.string(),
  requestId: z.string(),
  appVersion: z.string(),
  clientRelease: z.string().optional(),
  intent: z.string().optional(),
  idempotencyKey: z.string().optional(),
  requestHash: z.string().optional(),
});

/**
 * The one gate through which stored JSON becomes a typed event.
 * @throws UnreadableEvent for a type no release knows, or data that its schema refuses
 */
export function upcast(
  type: string,
  data: unknown,
  { known = catalogue, older = upcasters }: { known?: Catalogue; older?: Upcasters } = {},
): DomainEvent {
  const seen = new Set<string>();
  let current = { type, data };
  while (Object.hasOwn(older, current.type)) {
    if (seen.has(current.type)) throw new UnreadableEvent(type, 'its upcasters run in a circle');
    seen.add(current.type);
    current = (older[current.type] as Upcasters[string])(current.data);
  }
  const schema = Object.hasOwn(known, current.type) ? known[current.type] : undefined;
  if (!schema) throw new UnreadableEvent(type, 'no such type in the catalogue');
  const parsed = schema.safeParse(current.data);
  if (!parsed.success) throw new UnreadableEvent(type, issues(parsed.error));
  return { type: current.type, data: parsed.data };
}

/** @throws UnreadableEvent when the metadata are not what this ledger writes */
export function readMetadata(type: string, metadata: unknown): EventMetadata {
  const parsed = Metadata.safeParse(metadata);
  if (!parsed.success) throw new UnreadableEvent(type, `metadata: ${issues(parsed.error)}`);
  return parsed.data;
}

// Paths and codes only: a message of zod may quote the value, which is stored data.
const issues = (error: z.ZodError) => error.issues.map((i) => `${i.path.join('.') || '(root)'} ${i.code}`).join(', ');
