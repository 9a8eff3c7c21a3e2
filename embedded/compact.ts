import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { NotSound } from './backup.ts';
import { refuseWithoutRoom } from './log/disk-space.ts';
import { DataFolderUnusable, usable } from './log/errors.ts';
import { DELETED, EventLog } from './log/event-log.ts';
import { compactingOf, putInPlace, removeEventFile } from './log/files.ts';
import { type EventFile, eventFile, filedNumber, headOf, lastLogged, openEventFile, uint64 } from './log/layout.ts';
import { NodeLock } from './log/node-lock.ts';
import { type Progress, rewrite } from './log/rewrite.ts';
import { DiskStorage } from './log/storage.ts';
import { verifyFile } from './verify.ts';

export type Compaction = {
  readonly events: number;
  readonly leftOut: number;
  /** Bytes of the event file. */
  readonly before: number;
  readonly after: number;
};

/**
 * Writes a data folder's event file anew, without what no reader of its stream can see: events of deleted streams, and
 * those that `$maxCount`, `$maxAge` and `$tb` hide. Positions and revisions stay as they are; readers of $all no longer
 * find the events left out, as after a scavenge of EventStoreDB. The new file is checked before it takes the place of
 * the old one. It may be killed at any moment: the folder is as it was, or compacted, and the next call continues.
 * @throws DataFolderInUse, DataFolderUnusable, DataFormatRefused, DamagedRecord, NotSound
 */
export const compact = async (dir: string, progress: Progress): Promise<Compaction> => {
  const lock = NodeLock.acquire(dir);
  try {
    const path = eventFile(dir);
    if (!existsSync(path)) throw new DataFolderUnusable(dir, new Error('there is no event store in it.'));
    const compacted = compactingOf(path);
    const compaction = await writeCompacted(dir, path, compacted, progress);
    usable(dir, () => putInPlace(compacted, path));
    return compaction;
  } finally {
    await lock.release();
  }
};

/** Writes the new file beside the old one and checks it. Both are closed then. */
const writeCompacted = async (
  dir: string,
  path: string,
  compacted: string,
  progress: Progress,
): Promise<Compaction> => {
  const storage = DiskStorage.open(dir);
  const log = new EventLog(storage);
  try {
    await storage.settle();
    const before = statSync(path).size;
    const files = { source: path, target: compacted };
    refuseWithoutRoom(dir, files, (needed) => `${needed} are needed for the new file`);
    const file = openEventFile(path, 'read');
    try {
      const plan = planned(file, log);
      const what = { source: file, last: lastLogged(file), terms: `compaction ${plan.digest}` };
      const firstKept = (streamNumber: bigint) => plan.firsts.get(streamNumber) ?? 0n;
      await rewrite({ ...what, firstKept }, compacted, progress);
      const { events, faults } = await verifyFile(compacted, progress);
      const missing = events === plan.events ? [] : [`it has ${events} events where ${plan.events} belong`];
      if (faults.length + missing.length > 0) {
        removeEventFile(compacted);
        throw new NotSound(compacted, [...faults, ...missing]);
      }
      const leftOut = file.log.getKeysCount() - events;
      return { events, leftOut, before, after: statSync(compacted).size };
    } finally {
      await file.environment.close();
    }
  } finally {
    await log.close();
  }
};

type Plan = {
  /** First revision to keep of the streams that lose something. */
  readonly firsts: ReadonlyMap<bigint, bigint>;
  /** Of all that. */
  readonly digest: string;
  /** How many events are kept. */
  readonly events: number;
};

const planned = (file: EventFile, log: EventLog): Plan => {
  const firsts = new Map<bigint, bigint>();
  const digest = createHash('sha256');
  const newest = log.at(log.lastPosition)?.stream;
  let events = 0;
  for (const key of file.streams.getKeys()) {
    const name = key.toString();
    const number = filedNumber(file, name);
    if (number === undefined) continue;
    const { first, last } = headOf(file, number);
    const visible = log.firstVisible(name);
    // The last event of the log stays in any case: it says where the log ends, and when.
    const kept = name === newest && visible > last ? last : visible;
    events += last === DELETED ? 1 : Number(last - kept + 1n);
    if (kept <= first) continue;
    firsts.set(number, kept);
    digest.update(uint64(number)).update(uint64(kept));
  }
  return { firsts, digest: digest.digest('hex'), events };
};
