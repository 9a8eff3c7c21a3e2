import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Key, open as openAsItIs, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';
import type { Trial } from './deaths.ts';

export type { Database, RootDatabase, Transaction } from 'lmdb';

/** The longest key that an entry can claim to have, and room for what lmdb writes before and after it. */
const ROOM_FOR_A_KEY = 0x1_0000 + 64;

/**
 * lmdb's `open`, to be used in place of it. A range read copies the key of each entry into memory that lmdb asks for at its first `open`, 4 KB,
 * and as much of it as the entry says (3.5.6, `CursorWrap::returnEntry`). On a damaged page that may be 64 KB, the rest of which would be
 * written over other memory of this process.
 */
export const open = <V = unknown, K extends Key = Key>(options: RootDatabaseOptionsWithPath): RootDatabase<V, K> => {
  const { allocUnsafeSlow } = Buffer;
  Buffer.allocUnsafeSlow = (size) => allocUnsafeSlow(Math.max(size, ROOM_FOR_A_KEY));
  try {
    return openAsItIs<V, K>(options);
  } finally {
    Buffer.allocUnsafeSlow = allocUnsafeSlow;
  }
};

const LMDB_MAGIC = 0xbeefc0de;
const LMDB_MAGIC_AT = 24;

/** LMDB ends the process on a file that is none of its own. @throws Error */
export const assertOwn = (file: string): void => {
  if (!existsSync(file)) return;
  const head = Buffer.alloc(LMDB_MAGIC_AT + 4);
  const descriptor = openSync(file, 'r');
  const length = readSync(descriptor, head);
  closeSync(descriptor);
  if (length > 0 && (length < head.length || head.readUInt32LE(LMDB_MAGIC_AT) !== LMDB_MAGIC))
    throw new Error('it is none of this application');
};

/** LMDB maps its file into memory: to read a page that the file is too short for would end the process. @throws Error */
export const assertWhole = (environment: RootDatabase, file: string): void => {
  const { pageSize, lastPageNumber } = environment.getStats() as { pageSize: number; lastPageNumber: number };
  if (statSync(file).size < (lastPageNumber + 1) * pageSize) throw new Error('it is cut short');
};

/** Reads a file through, and writes into each of its databases in a transaction that it aborts. */
export const trialOf = (file: string): Trial => ({
  args: [createRequire(import.meta.url).resolve('lmdb'), file],
  script: `
    const [, lmdb, path] = process.argv;
    const { open, ABORT } = require(lmdb);
    const environment = open({ path, noSubdir: true, maxDbs: 64 });
    for (const name of [...environment.getKeys()]) {
      const database = environment.openDB({ name, keyEncoding: 'binary', encoding: 'binary' });
      for (const _ of database.getRange());
      environment.transactionSync(() => (database.putSync(Buffer.from([0]), Buffer.alloc(20_000)), ABORT));
    }`,
});

/** Why a transaction was not committed: the library says it in a promise of its own, that has failed or will in this turn. */
export const whyNotCommitted = async (error: unknown): Promise<unknown> => {
  const { commitError } = (error ?? {}) as { commitError?: Promise<never> };
  if (!commitError) return error;
  const turn = new Promise((resolve) => setImmediate(resolve, error));
  return Promise.race([commitError.catch((why: unknown) => why), turn]);
};
