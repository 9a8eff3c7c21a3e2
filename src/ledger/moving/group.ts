import { randomUUID } from 'node:crypto';
import { PersistentSubscriptionDoesNotExistError, START } from '@eventstore/db-client';
import type { EventStore } from '../event-store.ts';
import {
  begunAfter,
  createGroup,
  earlierGroupName,
  type GroupPlan,
  groupName,
  groupsOf,
  isPredecessorOf,
  knownGroup,
  standingOf,
} from '../react/plan.ts';
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

const unlessThereIsNone = (error: unknown): void => {
  if (!(error instanceof PersistentSubscriptionDoesNotExistError)) throw error;
};

const parkedStream = (group: string) => `$persistentsubscription-$all::${group}-parked`;

/**
 * Makes this release's group on the target and has it go on where the furthest group of that name stood on the source. Events that were out or
 * waiting there are handed out again; parked ones are parked. The last acknowledged event is handed out once more: servers differ in whether a
 * start includes the event it names, and none may be passed over.
 */
export const carryGroup = async (source: EventStore, target: EventStore, plan: GroupPlan): Promise<Carried> => {
  const stood = await standingOf(source, plan);
  const after = stood && (await counterpartOf(target, stood.at));
  const name = groupName(plan);
  // One that an earlier run made; no instance consumes from it before the ledger has arrived.
  await target.raw.deletePersistentSubscriptionToAll(name).catch(unlessThereIsNone);
  // First the parked events: a server may count it once, when the group begins.
  const parked = await carryParked(source, target, plan);
  await createGroup(target, plan, after ?? START);
  if (plan.earlier && stood) await carryEarlier(source, target, plan, after);
  return { name, after, parked };
};

/**
 * Where the source was through with what its predecessor's filter had left out, nothing of it is left to do here either. Else it continues
 * where it stood, up to where the carried group begins: what that one had in the meantime comes once more.
 */
const carryEarlier = async (source: EventStore, target: EventStore, plan: GroupPlan, after: Position | undefined) => {
  const [own, earlier] = [await knownGroup(source, groupName(plan)), await knownGroup(source, earlierGroupName(plan))];
  const group = { name: earlierGroupName(plan), types: plan.earlier ?? [] };
  const at = earlier?.stats.lastCheckpointedEventPosition;
  const isThrough = own !== undefined && (!earlier || (at !== undefined && at.commit >= (begunAfter(own) ?? -1n)));
  const begin = isThrough ? after : at && (await counterpartOf(target, at));
  await target.raw.deletePersistentSubscriptionToAll(group.name).catch(unlessThereIsNone);
  await createGroup(target, plan, begin ?? START, group);
};

/** Of the newest event that is no newer than this position of the source: its own position at the target. */
const counterpartOf = async (target: EventStore, { commit }: Position): Promise<Position | undefined> => {
  for await (const event of backwards(target.raw)) {
    const at = unmarked(event.metadata).mark?.position.commit;
    if (at !== undefined && at <= commit) return event.position;
  }
  return undefined;
};

/**
 * They are links by stream and revision, and those are the same on both sides. Of every group that did the reactor's work: what one of another
 * reactor parked beside is passed over when it is handed out.
 */
const carryParked = async (source: EventStore, target: EventStore, plan: GroupPlan): Promise<number> => {
  const to = parkedStream(groupName(plan));
  const links: RawEvent[] = [];
  for (const { groupName: group, stats } of await groupsOf(source))
    if (stats.parkedMessageCount > 0n && (group === groupName(plan) || isPredecessorOf(plan, group)))
      links.push(...(await all(readStreamRaw(source.raw, parkedStream(group)))));
  const carried = await all(readStreamRaw(target.raw, to));
  const writer = await RawWriter.open(target.raw);
  try {
    for (const link of links.slice(carried.length)) await writer.append(to, 'any', [{ ...link, id: randomUUID() }]);
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
