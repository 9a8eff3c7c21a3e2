import { randomUUID } from 'node:crypto';
import { PersistentSubscriptionDoesNotExistError, START } from '@eventstore/db-client';
import type { EventStore } from '../event-store.ts';
import { createGroup, furthestGroup, type GroupOptions, groupName } from '../persistent-group.ts';
import { backwards } from './copy.ts';
import { unmarked } from './mark.ts';
import { type Position, type RawEvent, RawWriter, readStreamRaw } from './raw-store.ts';

export type Carried = {
  /** On the target. */
  readonly name: string;
  /** Undefined: from the start, since the source's group had done nothing, or there was none. */
  readonly after: Position | undefined;
  readonly parked: number;
};

const parkedStream = (group: string) => `$persistentsubscription-$all::${group}-parked`;

/**
 * Makes this release's group on the target and has it go on where the furthest group of that name stood on the source. What was out or waiting
 * there is handed out again; what was parked is parked. The last acknowledged event is handed out once more: servers differ in whether a start
 * includes the event it names, and none may be passed over.
 */
export const carryGroup = async (source: EventStore, target: EventStore, options: GroupOptions): Promise<Carried> => {
  const stood = await furthestGroup(source, options.name);
  const after = stood && (await counterpartOf(target, stood.at));
  const name = groupName(options.name, options.eventTypes);
  // One that an earlier run made; nobody consumes from it before the ledger has arrived.
  await target.raw.deletePersistentSubscriptionToAll(name).catch((error: unknown) => {
    if (!(error instanceof PersistentSubscriptionDoesNotExistError)) throw error;
  });
  // First what is parked: a server may count it once, when the group begins.
  const parked = stood ? await carryParked(source, target, stood.name, name) : 0;
  await createGroup(target, options, after ?? START);
  return { name, after, parked };
};

/** Of the newest event that is no newer than this position of the source: its own position at the target. */
const counterpartOf = async (target: EventStore, { commit }: Position): Promise<Position | undefined> => {
  for await (const event of backwards(target.raw)) {
    const at = unmarked(event.metadata).mark?.position.commit;
    if (at !== undefined && at <= commit) return event.position;
  }
  return undefined;
};

/** They are links by stream and revision, and those are the same on both sides. */
const carryParked = async (source: EventStore, target: EventStore, from: string, to: string): Promise<number> => {
  const links = await all(readStreamRaw(source.raw, parkedStream(from)));
  const carried = await all(readStreamRaw(target.raw, parkedStream(to)));
  const writer = await RawWriter.open(target.raw);
  try {
    for (const link of links.slice(carried.length))
      await writer.append(parkedStream(to), 'any', [{ ...link, id: randomUUID() }]);
  } finally {
    writer.close();
  }
  return links.length;
};

const all = async (events: AsyncIterable<RawEvent>): Promise<RawEvent[]> => {
  const found: RawEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
};
