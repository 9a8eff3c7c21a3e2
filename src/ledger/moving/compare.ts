import type { EventStoreDBClient } from '@eventstore/db-client';
import { isLeftOut, NOT_SYSTEM } from './copy.ts';
import { canBeMarked, type Mark, unmarked } from './mark.ts';
import { type Position, type RawEvent, readAllRaw, timeOf } from './raw-store.ts';

export type Compared = {
  /** Equal on both sides. */
  equal: number;
  /** The events that are not equal, one line each: where it is and in what it differs, never what it says. */
  readonly differences: string[];
  /** Stand elsewhere in `$all`, between events of other streams; their own streams are in order. */
  late: number;
  /** Written at the target since, by the instances that use it. */
  further: number;
};

/** More than this and the two sides are not copies of each other: there is no use in going on. */
const MOST_DIFFERENCES = 10_000;

type Original = Omit<RawEvent, 'ticks'> & { readonly recordedAt: string };

/** An event as the first store recorded it, and what its metadata say of that. */
type Seen = { readonly event: Original; readonly mark: Mark | undefined };

const seenIn = (event: RawEvent): Seen => {
  const { metadata, mark } = unmarked(event.metadata);
  return { event: { ...event, metadata, recordedAt: mark?.recordedAt ?? timeOf(event.ticks) }, mark };
};

/**
 * Reads both sides from their start and compares event by event: id, type, data and metadata byte for byte, revision, record time, and the
 * order of all.
 * @param progress hears of every event of the source
 */
export const compareEvents = async (
  source: EventStoreDBClient,
  target: EventStoreDBClient,
  progress: (at: Position) => void = () => {},
): Promise<Compared> => {
  const result: Compared = { equal: 0, differences: [], late: 0, further: 0 };
  const missing = new Map<string, Original>();
  /** What cannot say where it came from is compared last. */
  const plain = new Map<string, Original>();
  const unmarkable: Seen[] = [];
  const copies = copiesIn(target, result, unmarkable);
  let copy = await copies.next();
  const compared = (original: Original, found: Seen): boolean => {
    const differences = differencesOf(original, found);
    result.differences.push(...differences);
    if (differences.length === 0) result.equal += 1;
    return differences.length === 0;
  };
  /** Of an event that the source has further back, or not at all. */
  const settle = (found: Seen) => {
    const place = placeOf(found.event);
    const original = missing.get(place);
    missing.delete(place);
    if (!original) result.differences.push(`${place}: only at the target`);
    else if (compared(original, found)) result.late += 1;
  };
  for await (const event of readAllRaw(source, { filter: NOT_SYSTEM })) {
    progress(event.position);
    if (isLeftOut(event)) continue;
    while (!copy.done && copy.value.mark && copy.value.mark.position.commit < event.position.commit) {
      settle(copy.value);
      copy = await copies.next();
    }
    const { event: original } = seenIn(event);
    if (!copy.done && placeOf(copy.value.event) === placeOf(event)) {
      compared(original, copy.value);
      copy = await copies.next();
    } else (canBeMarked(event.metadata) ? missing : plain).set(placeOf(event), original);
    if (missing.size + result.differences.length > MOST_DIFFERENCES) break;
  }
  for (; !copy.done && missing.size + result.differences.length <= MOST_DIFFERENCES; copy = await copies.next())
    settle(copy.value);
  await copies.return(undefined);
  for (const found of unmarkable) {
    const place = placeOf(found.event);
    const original = plain.get(place);
    plain.delete(place);
    if (original) compared(original, found);
    else result.further += 1;
  }
  for (const place of [...missing.keys(), ...plain.keys()]) result.differences.push(`${place}: missing at the target`);
  return result;
};

async function* copiesIn(
  target: EventStoreDBClient,
  result: Compared,
  unmarkable: Seen[],
): AsyncGenerator<Seen, undefined> {
  for await (const event of readAllRaw(target, { filter: NOT_SYSTEM })) {
    if (isLeftOut(event)) continue;
    const seen = seenIn(event);
    if (seen.mark) yield seen;
    else if (!canBeMarked(event.metadata)) unmarkable.push(seen);
    else result.further += 1;
  }
  return undefined;
}

const placeOf = ({ stream, revision }: Pick<RawEvent, 'stream' | 'revision'>) => `revision ${revision} of ${stream}`;

const differencesOf = (original: Original, { event: copied, mark }: Seen): string[] => {
  const differs = [
    original.id !== copied.id && 'id',
    original.type !== copied.type && 'type',
    original.contentType !== copied.contentType && 'content type',
    !original.data.equals(copied.data) && 'data',
    !original.metadata.equals(copied.metadata) &&
      !(isEmpty(original.metadata) && isEmpty(copied.metadata)) &&
      'metadata',
    mark && original.recordedAt !== copied.recordedAt && 'record time',
    mark && mark.position.commit !== original.position.commit && 'position',
  ].filter((what) => typeof what === 'string');
  return differs.length === 0
    ? []
    : [`${placeOf(copied)}: ${differs.join(', ')} differ${differs.length === 1 ? 's' : ''}`];
};

/** To be marked, metadata that are not there become an object. */
const isEmpty = (metadata: Buffer): boolean => metadata.length === 0 || metadata.toString('utf8').trim() === '{}';
