import { existsSync, statfsSync } from 'node:fs';
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
