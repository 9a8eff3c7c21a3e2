import { createHash } from 'node:crypto';
import {
  AccessDeniedError,
  END,
  eventTypeFilter,
  PersistentSubscriptionDoesNotExistError,
  PersistentSubscriptionExistsError,
  PINNED,
  persistentSubscriptionToAllSettingsFromDefaults,
  START,
} from '@eventstore/db-client';
import { GroupDiffers, GroupNameRefused } from '../errors.ts';
import type { EventStore } from '../event-store.ts';
import { filterOnRecord } from './filter-on-record.ts';

/** What the store has to know of a reactor. */
export type GroupPlan<T extends string = string> = {
  /** What its group's name on the server begins with, and what it is called in metrics, on routes and in the log. */
  readonly name: string;
  /**
   * A group keeps the filter that it was created with, so that its types are part of its name, and other types mean another group. A higher
   * version with the same types means one, too: for a reactor that is to begin anew (`from`), or that gave types away to another.
   */
  readonly version: number;
  /** Event types to receive, by prefix: `RecordingViewed` also means `RecordingViewed.v2`. */
  readonly types: readonly T[];
  /** How many events may be worked on at once; the server sends no more before some are acknowledged. */
  readonly maxInFlight: number;
  /** How often the server hands out an event that was given back, before it parks it. */
  readonly retry?: number;
  /**
   * Where the first group of a version begins: where the furthest of its predecessors stands (without one at the start of the log), which
   * is what happens unless told; at the start; or after all that is there.
   */
  readonly from?: 'predecessor' | 'start' | 'end';
  /** Those of its types whose events from before the predecessor's place are wanted too: it did not have them. */
  readonly earlier?: readonly T[];
  /** Reactors of other names, up to a version, that did this one's work: their groups are predecessors too. */
  readonly succeeds?: readonly { readonly name: string; readonly version: number }[];
};

export type ToAllInfo = Awaited<ReturnType<EventStore['raw']['getPersistentSubscriptionToAllInfo']>>;
export type Position = NonNullable<ToAllInfo['stats']['lastCheckpointedEventPosition']>;

/** What a reactor's group is called on the server. The order that the types are given in makes no difference. @throws GroupNameRefused */
export const groupName = ({ name, version, types }: Pick<GroupPlan, 'name' | 'version' | 'types'>): string => {
  const hash = createHash('sha256')
    .update([...types].sort().join('\n'))
    .digest('hex')
    .slice(0, 8);
  const group = `${name}-${version === 1 ? '' : `v${version}-`}${hash}`;
  if (/[^\x20-\x7e]/.test(group)) throw new GroupNameRefused(group);
  return group;
};

/** Of the events that its predecessor's filter left out: they have a group of their own. */
export const earlierGroupName = (plan: GroupPlan): string => `${groupName(plan)}-earlier`;

/** Which version of a reactor a group is of; undefined where it is another's. The first release's name had no types in it. */
const versionOf = (name: string, group: string): number | undefined => {
  if (group === name) return 1;
  const [found, version = '1'] =
    /^-(?:v(\d+)-)?[0-9a-f]{8}$/.exec(group.startsWith(name) ? group.slice(name.length) : '') ?? [];
  return found === undefined ? undefined : Number(version);
};

/** Whether a group did the work of this reactor under its own name. */
export const isOlderGroupOf = (plan: GroupPlan, group: string): boolean =>
  group !== groupName(plan) && (versionOf(plan.name, group) ?? Number.POSITIVE_INFINITY) <= plan.version;

/** Whether a group did work that is this reactor's now, under whatever name. */
export const isPredecessorOf = (plan: GroupPlan, group: string): boolean =>
  isOlderGroupOf(plan, group) ||
  (plan.succeeds ?? []).some(({ name, version }) => (versionOf(name, group) ?? Number.POSITIVE_INFINITY) <= version);

/** Events to which the server got no answer after this long are handed out again. */
const MESSAGE_TIMEOUT_MS = 30_000;

const settingsOf = ({ maxInFlight, retry = 10 }: GroupPlan, startFrom: typeof START | Position) =>
  persistentSubscriptionToAllSettingsFromDefaults({
    startFrom,
    consumerStrategyName: PINNED,
    maxRetryCount: retry,
    messageTimeout: MESSAGE_TIMEOUT_MS,
    checkPointAfter: 1_000,
    checkPointLowerBound: 1,
    readBatchSize: 100,
    liveBufferSize: Math.max(1_000, maxInFlight * 4),
    historyBufferSize: Math.max(1_000, maxInFlight * 4),
  });

/** On which what a group does rests. Sizes of buffers and the pace of checkpoints are the operator's to tune. */
const binding = [
  'consumerStrategyName',
  'maxRetryCount',
  'messageTimeout',
  'resolveLinkTos',
  'maxSubscriberCount',
] as const;

/**
 * Compares a group on the server with the one that is asked for. The server does not tell a group's filter; where this user may read what the
 * server itself keeps of it, it is compared as well, and else the name alone answers for it.
 * @throws GroupDiffers, LedgerUnavailable
 */
export const assertAsAsked = async (
  store: EventStore,
  plan: GroupPlan,
  { groupName, settings }: ToAllInfo,
): Promise<void> => {
  const asked = settingsOf(plan, START);
  const differences: string[] = binding
    .filter((key) => settings[key] !== asked[key])
    .map((key) => `${key} is ${String(settings[key])}, not ${String(asked[key])}`);
  const filter = await filterOnRecord(store, groupName);
  const wanted = [...plan.types].sort().join(', ');
  if (filter !== undefined && filter !== wanted) differences.push(`its filter is ${filter}, not ${wanted}`);
  if (differences.length > 0) throw new GroupDiffers(groupName, differences);
};

/** @throws LedgerUnavailable, also where this user may not ask (`mayNotAsk`) */
export const infoOf = (store: EventStore, group: string): Promise<ToAllInfo> =>
  store.bounded(store.raw.getPersistentSubscriptionToAllInfo(group), '$all');

/** @throws LedgerUnavailable */
export const knownGroup = async (store: EventStore, group: string): Promise<ToAllInfo | undefined> => {
  try {
    return await infoOf(store, group);
  } catch (error) {
    if (causeOf(error) instanceof PersistentSubscriptionDoesNotExistError) return undefined;
    throw error;
  }
};

/** @throws LedgerUnavailable */
export const groupsOf = async (store: EventStore): Promise<readonly ToAllInfo[]> => {
  try {
    return await store.bounded(store.raw.listPersistentSubscriptionsToAll(), '$all');
  } catch (error) {
    if (causeOf(error) instanceof PersistentSubscriptionDoesNotExistError) return [];
    throw error;
  }
};

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);

/** A user who may not ask about groups, or create them, can still use one that an operator created. */
export const mayNotAsk = (error: unknown): boolean => causeOf(error) instanceof AccessDeniedError;

const exists = (error: unknown): boolean => causeOf(error) instanceof PersistentSubscriptionExistsError;

/** A group, and how far it is. */
export type Stood = { readonly name: string; readonly at: Position; readonly parked: number };

const stoodIn = ({ groupName: name, stats }: ToAllInfo): Stood | undefined => {
  const at = stats.lastCheckpointedEventPosition;
  return at && { name, at, parked: Number(stats.parkedMessageCount) };
};

/** Of the groups that did this reactor's work before, the one that is done furthest; undefined where none has done anything. @throws LedgerUnavailable */
export const furthestPredecessor = async (store: EventStore, plan: GroupPlan): Promise<Stood | undefined> => {
  let furthest: Stood | undefined;
  for (const { groupName } of await groupsOf(store)) {
    if (!isPredecessorOf(plan, groupName)) continue;
    const stood = stoodIn(await infoOf(store, groupName));
    if (stood && (!furthest || stood.at.commit > furthest.at.commit)) furthest = stood;
  }
  return furthest;
};

/** Where a reactor stands: its own group where it has done anything, else its predecessors'. @throws LedgerUnavailable */
export const standingOf = async (store: EventStore, plan: GroupPlan): Promise<Stood | undefined> => {
  const own = await knownGroup(store, groupName(plan));
  return (own && stoodIn(own)) ?? (await furthestPredecessor(store, plan));
};

/** Creates the group, unless another instance just has. @throws LedgerUnavailable */
export const createGroup = async (
  store: EventStore,
  plan: GroupPlan,
  startFrom: typeof START | Position,
  { name = groupName(plan), types = plan.types }: { readonly name?: string; readonly types?: readonly string[] } = {},
): Promise<void> => {
  const filter = eventTypeFilter({ prefixes: [...types] });
  const created = store.raw.createPersistentSubscriptionToAll(name, settingsOf(plan, startFrom), { filter });
  await store.bounded(created, '$all').catch((error: unknown) => {
    if (!exists(error)) throw error;
  });
};

/** After which position a group was begun: -1 for the start of the log; undefined for its end, which names none. */
export const begunAfter = ({ settings: { startFrom } }: ToAllInfo): bigint | undefined => {
  if (startFrom === START) return -1n;
  return startFrom === undefined || startFrom === END ? undefined : startFrom.commit;
};

/** How far it is done: all up to there is acknowledged or parked. */
export const doneUpTo = (info: ToAllInfo): bigint =>
  info.stats.lastCheckpointedEventPosition?.commit ?? begunAfter(info) ?? -1n;

/**
 * How many events no instance has dealt with. EventStoreDB's live buffer also keeps those dealt with, up to its size: it waits only while no
 * consumer has room for more.
 */
export const waitingIn = (
  stats: {
    readonly totalInFlightMessages: number;
    readonly readBufferCount: number;
    readonly retryBufferCount: number;
    readonly liveBufferCount: bigint | number;
  },
  consumers: readonly { readonly availableSlots: number }[],
): number => {
  const isFull = consumers.every(({ availableSlots }) => availableSlots === 0);
  const kept = isFull ? Number(stats.liveBufferCount) : 0;
  return stats.totalInFlightMessages + stats.readBufferCount + stats.retryBufferCount + kept;
};
