import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import { nothingWatched, type WatchState } from '../../projections/rules/watch.ts';
import type { Anchor } from '../ledger/event-store.ts';

/** What the file holds; another number means another fold, and the file is made anew. */
const FORMAT = 1;
/** Entries that are written at once: the loop is free between two such parts. */
const AT_ONCE = 200;
const DIGEST_BYTES = 32;

export type KeptWatch = { readonly state: WatchState; readonly anchor: Anchor };

type Head = { readonly format: number; readonly pack: string; readonly anchor: Anchor; readonly position: bigint };
type Part = { readonly map: Exclude<keyof WatchState, 'position'>; readonly entries: readonly [never, never][] };

/** What the rules know, in one file with a hash at its end: a cache of the log, thrown away where it is not whole. */
export class KeptWatchFile {
  /** @param pack names the rules that it was folded by */
  constructor(
    private readonly file: string,
    private readonly pack: string,
  ) {}

  /** @returns undefined where there is none, where it is of another release, and where it is damaged */
  async read(): Promise<KeptWatch | undefined> {
    const bytes = await readFile(this.file).catch(() => undefined);
    if (!bytes || bytes.length < DIGEST_BYTES) return undefined;
    const body = bytes.subarray(0, -DIGEST_BYTES);
    if (!createHash('sha256').update(body).digest().equals(bytes.subarray(-DIGEST_BYTES))) return undefined;
    try {
      return this.parsed(body);
    } catch {
      return undefined;
    }
  }

  /** Whatever it holds must not change meanwhile. */
  async keep({ state, anchor }: KeptWatch): Promise<void> {
    const part = `${this.file}.part`;
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    const handle = await open(part, 'w', 0o600);
    try {
      const digest = createHash('sha256');
      const write = async (value: unknown) => {
        const body = serialize(value);
        const length = Buffer.alloc(4);
        length.writeUInt32LE(body.length);
        digest.update(length).update(body);
        await handle.writev([length, body]);
      };
      await write({ format: FORMAT, pack: this.pack, anchor, position: state.position } satisfies Head);
      const { position: _, ...maps } = state;
      for (const [map, entries] of Object.entries(maps)) {
        let some: unknown[] = [];
        for (const entry of entries) {
          some.push(entry);
          if (some.length < AT_ONCE) continue;
          await write({ map, entries: some });
          some = [];
          await setImmediate();
        }
        await write({ map, entries: some });
      }
      await handle.write(digest.digest());
    } finally {
      await handle.close();
    }
    await rename(part, this.file).catch(async (error: unknown) => {
      await rm(part, { force: true });
      throw error;
    });
  }

  private parsed(body: Buffer): KeptWatch | undefined {
    const state = nothingWatched();
    let head: Head | undefined;
    for (let at = 0; at < body.length; ) {
      const end = at + 4 + body.readUInt32LE(at);
      const value: unknown = deserialize(body.subarray(at + 4, end));
      at = end;
      if (!head) {
        head = value as Head;
        if (head.format !== FORMAT || head.pack !== this.pack) return undefined;
        state.position = head.position;
        continue;
      }
      const { map, entries } = value as Part;
      for (const [key, entry] of entries) (state[map] as Map<unknown, unknown>).set(key, entry);
    }
    return head && { state, anchor: head.anchor };
  }
}
