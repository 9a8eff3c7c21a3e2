import { rmSync } from 'node:fs';
import { LRUCache } from 'lru-cache';
import { StoredEvent } from '../wire/stored-event.ts';
import { DamagedRecord, DataFormatRefused } from './errors.ts';
import {
  type EventFile,
  entriesIn,
  filedNumber,
  headOf,
  idKey,
  lastLogged,
  type OlderFile,
  openEventFile,
  parseIndexKey,
  putEnd,
  putHead,
  putStream,
  putWalSalts,
  revisionKey,
  uint64,
  walSalts,
} from './layout.ts';
import { movedBehind } from './packed-record.ts';
import type { Place, ToPack } from './records.ts';

/*
 * Writes an event file anew, from one of this format or of the one before. Everything is read and written in the order
 * of its keys, so that pages are filled one after the other, a batch a transaction. What has been written when the
 * process is killed is taken up again.
 */

export type Progress = (done: number, total: number) => void;

export type ToRewrite = {
  /** Of the format before this one, or of this one. */
  readonly source: OlderFile | EventFile;
  /** Last position of the source. */
  readonly last: bigint;
  /** First revision that is to be kept of a stream. */
  readonly firstKept: (streamNumber: bigint) => bigint;
  /** What else decides about the result: a rewrite that was begun otherwise is begun anew. */
  readonly terms: string;
};

/** A transaction waits for the disk once; signals are let in between two. */
const BATCH = 20_000;
/** What comes behind all that is there fills the pages, and isn't searched a place for. */
const BEHIND = { append: true };
const REWRITING_KEY = Buffer.from('rewriting');

/**
 * Writes the events to keep into another file, or continues where that was interrupted, and gives it the place of the
 * source in front of its write-ahead log. The caller checks the file and gives it its name.
 */
export const rewrite = async (what: ToRewrite, path: string, progress: Progress): Promise<void> => {
  const { source, last } = what;
  const salts = walSalts(source);
  const run = salts === undefined ? 'none' : salts.current.toString('hex');
  const target = begun(path, Buffer.from(`${last} ${run} ${what.terms}`));
  try {
    const events = entriesIn(source.log);
    const total = events + entriesIn(source.index);
    await rewriteStreams(source, target);
    if ('records' in source) copyShapes(source, target);
    await rewriteLog(what, target, (done) => progress(done, total));
    await rewriteIndex(what, target, (done) => progress(events + done, total));
    target.environment.transactionSync(() => {
      putWalSalts(target, salts);
      target.format.removeSync(REWRITING_KEY);
    });
  } finally {
    await target.environment.close();
  }
};

/** The file that a rewrite of the same source has begun, or a new one. */
const begun = (path: string, marker: Buffer): EventFile => {
  const isTheSame = ({ format }: EventFile) => format.get(REWRITING_KEY)?.equals(marker) === true;
  try {
    const file = openEventFile(path, 'write');
    if (isTheSame(file)) return file;
    void file.environment.close();
  } catch (error) {
    // Killed before the file was whole.
    if (!(error instanceof DataFormatRefused)) throw error;
  }
  for (const name of [path, `${path}-lock`]) rmSync(name, { force: true });
  const file = openEventFile(path, 'write');
  file.format.putSync(REWRITING_KEY, marker);
  return file;
};

const rewriteStreams = async (source: OlderFile, target: EventFile): Promise<void> => {
  const start = lastKey(target.streams);
  for (const batch of batches(source.streams.getRange(start === undefined ? {} : { start }))) {
    target.environment.transactionSync(() => {
      for (const { key } of batch) {
        const name = key.toString();
        const number = numberIn(source, name);
        if (number !== undefined) putStream(target, name, number);
      }
    });
    await turn();
  }
};

/** Records keep their shapes' numbers. */
const copyShapes = (source: EventFile, target: EventFile): void => {
  target.environment.transactionSync(() => {
    for (const { key, value } of source.shapes.getRange()) target.shapes.putSync(key, value);
  });
};

const rewriteLog = async (
  { source, last, firstKept }: ToRewrite,
  target: EventFile,
  progress: (done: number) => void,
): Promise<void> => {
  const numbers = new LRUCache<string, bigint>({ max: 100_000 });
  const numberOf = (event: StoredEvent): bigint => {
    const { stream } = event;
    const number = numbers.get(stream) ?? numberIn(source, stream);
    if (number === undefined) throw new DataFormatRefused(damaged(source, event.position, 'its stream has no number'));
    numbers.set(stream, number);
    return number;
  };
  let done = entriesIn(target.log);
  let before = lastLogged(target);
  let reached = before;
  /** Which events were left out just before the interruption isn't known any more. */
  let goesOn = before < 0n;
  for (const batch of batches(source.log.getRange({ start: uint64(before + 1n) }))) {
    const toPack: ToPack[] = [];
    const records: Buffer[] = [];
    const keys: Buffer[] = [];
    for (const { key, value } of batch) {
      const position = key.readBigUInt64BE();
      if ('records' in source) {
        const place = placed(source, position, goesOn ? reached : undefined, value);
        if (place.revision >= firstKept(BigInt(place.streamNumber))) {
          const isBehindTheSame = place.before === Number(before);
          records.push(isBehindTheSame ? value : movedBehind(Number(position), value, Number(before)));
          keys.push(key);
          before = position;
        }
      } else {
        const { event, streamNumber } = parsed(source, position, reached, value, numberOf);
        toPack.push({ event, streamNumber: Number(streamNumber), before: Number(before) });
        keys.push(key);
        before = position;
      }
      reached = position;
      goesOn = true;
    }
    const packed = target.records.pack(toPack);
    records.push(...packed.records);
    target.environment.transactionSync(() => {
      target.records.putShapes(packed.drafted);
      for (const [place, record] of records.entries()) target.log.putSync(keys[place] as Buffer, record, BEHIND);
      putEnd(target, before);
    });
    target.records.keep(packed.drafted);
    done += batch.length;
    progress(done);
    await turn();
  }
  if (reached !== last) throw new DataFormatRefused(damaged(source, reached + 1n, 'it is missing'));
};

const placed = (source: EventFile, position: bigint, before: bigint | undefined, record: Buffer): Place => {
  const place = source.records.placeOf(position, record);
  if (before !== undefined && place.before !== Number(before)) {
    throw new DataFormatRefused(damaged(source, before + 1n, 'it is missing'));
  }
  return place;
};

/** Nothing but its form tells a sound event of the older format. */
const parsed = (
  source: OlderFile,
  position: bigint,
  before: bigint,
  record: Buffer,
  numberOf: (event: StoredEvent) => bigint,
) => {
  try {
    const event = StoredEvent.of(record);
    if (position !== before + 1n) throw new RangeError(`it follows position ${before}`);
    if (event.position !== position) throw new RangeError(`it says it is at ${event.position}`);
    return { event, streamNumber: numberOf(event) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DataFormatRefused(damaged(source, position, error.message));
  }
};

const damaged = ({ path }: OlderFile, position: bigint, what: string): string =>
  `${path} is damaged: the event at position ${position} can't be taken over, ${what}. Nothing was changed; restore a ` +
  'backup into an empty folder.';

const rewriteIndex = async (
  { source, firstKept }: ToRewrite,
  target: EventFile,
  progress: (done: number) => void,
): Promise<void> => {
  const hasHeads = 'records' in source;
  let stream: bigint | undefined;
  let first = 0n;
  /** Of a source without heads: last revision so far. */
  let last: bigint | undefined;
  let done = 0;
  const putLast = () => {
    if (!hasHeads && stream !== undefined && last !== undefined) putHead(target, stream, { first: 0n, last });
    last = undefined;
  };
  // A stream that was begun is written again from its beginning: entries already there stay as they are.
  const reached = lastKey(target.index);
  const begunStream = reached === undefined ? undefined : parseIndexKey(reached).streamNumber;
  const start = begunStream === undefined ? {} : { start: revisionKey(begunStream, 0n) };
  for (const batch of batches(source.index.getRange(start))) {
    target.environment.transactionSync(() => {
      for (const { key, value } of batch) {
        const entry = parseIndexKey(key);
        if (entry.streamNumber !== stream) {
          putLast();
          stream = entry.streamNumber;
          first = firstKept(stream);
        }
        if ('head' in entry) {
          const head = headOf(source as EventFile, stream);
          putHead(target, stream, { ...head, first: first > head.first ? first : head.first });
          continue;
        }
        const revision = 'revision' in entry ? entry.revision : value.readBigUInt64BE();
        // Ids are put beside revisions where an id may lead to an event left out.
        const isBehind = first === 0n && stream !== begunStream;
        if (revision >= first) target.index.putSync(key, value, isBehind ? BEHIND : {});
        if (!('revision' in entry)) {
          putLast();
          continue;
        }
        last = revision;
        // An id that was written more than once may lead to a place that is left out.
        if (first > 0n && revision >= first) {
          target.index.putSync(idKey(stream, idAt(source as EventFile, value.readBigUInt64BE())), uint64(revision));
        }
      }
    });
    done += batch.length;
    progress(done);
    await turn();
  }
  target.environment.transactionSync(putLast);
};

const idAt = ({ path, log, records }: EventFile, position: bigint): string => {
  const record = log.getBinary(uint64(position));
  if (record === undefined) throw new DamagedRecord(path, `the event at position ${position} is missing`);
  return records.unpack(position, record).event.id;
};

const numberIn = (source: OlderFile | EventFile, name: string): bigint | undefined => {
  if ('records' in source) return filedNumber(source, name);
  const stored = source.streams.get(Buffer.from(name));
  return stored?.length === 8 ? stored.readBigUInt64BE() : undefined;
};

const lastKey = (database: EventFile['index']): Buffer | undefined => {
  for (const key of database.getKeys({ reverse: true, limit: 1 })) return key;
  return undefined;
};

function* batches<Entry>(entries: Iterable<Entry>): Iterable<Entry[]> {
  let batch: Entry[] = [];
  for (const entry of entries) {
    batch.push(entry);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Lets signals in. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
