import { existsSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataFolderUnusable } from './errors.ts';
import { WAL_BYTES } from './write-ahead-log.ts';

export const freeBytes = (dir: string): number => {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
};

/** The write-ahead log, and what LMDB needs to begin with. */
const ROOM_TO_BEGIN = WAL_BYTES + 1024 * 1024;
const FILES = ['node.mdb', 'node.mdb-lock', 'events.mdb', 'events.mdb-lock', 'events.wal'];

/**
 * Refuses to begin on a disk without room. LMDB maps its lock files into memory; when the disk can't back a new one,
 * the kernel ends the process without a word. A folder that has its files already can be read on a full disk.
 * @throws DataFolderUnusable
 */
export const refuseFullDisk = (dir: string): void => {
  if (freeBytes(dir) >= ROOM_TO_BEGIN || FILES.every((name) => existsSync(join(dir, name)))) return;
  throw new DataFolderUnusable(dir, new Error('there is no room left on its disk.'));
};

/** More than a file written anew can need besides what the old one has: it is smaller, but for a few pages. */
const ROOM_TO_REWRITE = 16 * 1024 * 1024;

/**
 * Refuses to write a file anew where there may be no room for it. A part that an earlier try wrote counts as room.
 * @param purpose says in the refusal what so many bytes are needed for
 * @throws DataFolderUnusable
 */
export const refuseWithoutRoom = (
  dir: string,
  { source, target }: { readonly source: string; readonly target: string },
  purpose: (needed: string) => string,
): void => {
  const needed = statSync(source).size + ROOM_TO_REWRITE - (existsSync(target) ? statSync(target).size : 0);
  const free = freeBytes(dir);
  if (free >= needed) return;
  const figures = `${purpose(`${Math.ceil(needed / 1e6)} MB`)} where ${Math.floor(free / 1e6)} MB are free`;
  throw new DataFolderUnusable(dir, new Error(`${figures}. Nothing was changed.`));
};
