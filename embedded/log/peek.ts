import type { Database } from './lmdb.ts';

/** Larger values are given in memory of their own; lmdb hands them out in another way. */
const LARGEST = 4_096;

/**
 * Looks values up without asking for memory for each of them, which would take as long as the rest of reading an event.
 * What it gives is good until the next look-up of any kind.
 */
export class Peek {
  /** The memory that lmdb reads into, and a view of its beginning for each length there was. */
  private memory: Buffer | undefined;
  private views: Buffer[] = [];

  constructor(private readonly database: Database<Buffer, Buffer>) {}

  get(key: Buffer): Buffer | undefined {
    const found = this.database.getBinaryFast(key);
    if (found === undefined) return undefined;
    const { length } = found;
    if (length > LARGEST) return this.database.getBinary(key);
    if (this.memory !== found) {
      this.memory = found;
      this.views = [];
    }
    let view = this.views[length];
    if (view === undefined) {
      view = found.subarray(0, length);
      this.views[length] = view;
    }
    return view;
  }
}
