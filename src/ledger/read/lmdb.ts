import { type Key, open as openAsItIs, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';

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
