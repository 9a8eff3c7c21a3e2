import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder } from '../flow/folder.ts';
import { assertOwn, assertWhole, open, type RootDatabase } from '../flow/lmdb.ts';

/**
 * An LMDB file of this user alone, of one database, for the processes of one machine. A write is on the disk before it resolves: no event may
 * be there before what it needs from here.
 * @param use makes the value to return; where it throws, the file is closed
 * @throws what `use` does; an Error for a file that is damaged or none of ours
 */
export const openDurable = <T>(dir: string, name: string, use: (environment: RootDatabase) => T): T => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, name);
  assertOwn(file);
  const environment = open({
    ...{ path: file, noSubdir: true, maxDbs: 1, eventTurnBatching: false, overlappingSync: false },
  });
  try {
    chmodSync(file, 0o600);
    assertWhole(environment, file);
    for (const folder of [dir, dirname(dir)]) syncFolder(folder);
    return use(environment);
  } catch (error) {
    void environment.close();
    throw error;
  }
};
