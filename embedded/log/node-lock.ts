import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { refuseFullDisk } from './disk-space.ts';
import { DataFolderInUse, usable } from './errors.ts';
import { open, type RootDatabase, type Transaction } from './lmdb.ts';

/**
 * Folders held by this process, each with its reader slot. LMDB tells processes apart, not two nodes inside one; and a
 * slot that nothing refers to is given up when the garbage is collected.
 */
const heldHere = new Map<string, Transaction>();

/**
 * Keeps a second node off a data folder.
 *
 * The lock is a reader slot in an LMDB environment that holds nothing else. LMDB backs each process's slots with a
 * kernel file lock, so the slot of a dead process, however it died, is recognised as stale without trusting process
 * ids (which are reused, and mean nothing across containers). LMDB's writer mutex serves nodes that start at the same
 * moment one after the other.
 */
export class NodeLock {
  private constructor(
    private readonly folder: string,
    private readonly environment: RootDatabase,
  ) {}

  /**
   * Takes the folder, creating it when it isn't there.
   * @throws DataFolderInUse naming the process that holds it; DataFolderUnusable
   */
  static acquire(dir: string): NodeLock {
    const folder = usable(dir, () => {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      return realpathSync(dir);
    });
    refuseFullDisk(folder);
    if (heldHere.has(folder)) throw new DataFolderInUse(dir, process.pid);
    const environment = usable(dir, () =>
      open({ path: join(folder, 'node.mdb'), overlappingSync: false, maxReaders: 16 }),
    );
    try {
      const taken = usable(dir, () => takeReaderSlot(environment));
      if (typeof taken === 'number') throw new DataFolderInUse(dir, taken);
      heldHere.set(folder, taken);
    } catch (error) {
      void environment.close();
      throw error;
    }
    return new NodeLock(folder, environment);
  }

  async release(): Promise<void> {
    heldHere.get(this.folder)?.done();
    heldHere.delete(this.folder);
    await this.environment.close();
  }
}

/** Gives the slot, or the process that was first. */
const takeReaderSlot = (environment: RootDatabase): Transaction | number =>
  environment.transactionSync(() => {
    environment.readerCheck();
    const other = livePids(environment).find((pid) => pid !== process.pid);
    if (other !== undefined) return other;
    const slot = environment.useReadTransaction();
    if (!livePids(environment).includes(process.pid)) throw new Error('the lock was not granted.');
    return slot;
  });

/** The reader table is text: a heading, then one line per slot that starts with the process id. */
const livePids = (environment: RootDatabase): number[] =>
  [...environment.readerList().matchAll(/^\s*(\d+)\s/gm)].map(([, pid]) => Number(pid));
