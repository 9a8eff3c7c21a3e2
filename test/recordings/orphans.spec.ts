import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { type SweepOptions, SweepRefused, sweepOrphans } from '../../src/recordings/orphans.ts';
import { keyOwner } from '../../src/recordings/recording-key.ts';
import { recordingFiles } from '../../src/recordings/stores.ts';
import { bytes } from '../objects/bytes.ts';
import { freshKey } from './fresh-key.ts';

const HOUR = 3_600_000;

describe('sweeping recordings that no event speaks of', () => {
  let folder: string;
  let store: ObjectStore;
  const now = new Date();
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orphans-'));
    store = recordingFiles({ folder });
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const stored = async (count: number, ageMs: number): Promise<string[]> => {
    const keys = Array.from({ length: count }, () => freshKey());
    for (const key of keys) {
      await store.write(key, bytes(1), { contentType: 'video/webm' });
      await utimes(join(folder, key), now, new Date(now.getTime() - ageMs));
    }
    return keys;
  };
  const sweep = async (known: readonly string[], more: Partial<SweepOptions> = {}) => {
    const removed: string[] = [];
    const isKnown = async (key: string) => known.includes(key);
    for await (const key of sweepOrphans({ store, isKnown, graceMs: HOUR, now, ...more })) removed.push(key);
    return removed.sort();
  };
  const remaining = async () => {
    const keys: string[] = [];
    for await (const page of store.list()) keys.push(...page.map(({ key }) => key));
    return keys.sort();
  };

  it('removes the old and unknown, and tells which', async () => {
    const known = await stored(3, 2 * HOUR);
    const orphans = await stored(2, 2 * HOUR);
    const young = await stored(2, HOUR / 2);
    expect(await sweep(known)).toEqual(orphans.sort());
    expect(await remaining()).toEqual([...known, ...young].sort());
  });

  it('tells whose each was', async () => {
    const [key = ''] = await stored(1, 2 * HOUR);
    expect(keyOwner(key)?.patientId).toBe('pat-1');
    expect(await sweep([])).toEqual([key]);
  });

  it('removes nothing when the ledger cannot be asked', async () => {
    const keys = await stored(3, 2 * HOUR);
    const isKnown = async () => {
      throw new Error('the ledger is away');
    };
    await expect(sweep([], { isKnown })).rejects.toThrow('the ledger is away');
    expect(await remaining()).toEqual(keys.sort());
  });

  it('removes nothing that could not be recorded first', async () => {
    const keys = await stored(2, 2 * HOUR);
    const there: string[][] = [];
    const record = async () => {
      there.push(await remaining());
      if (there.length === 2) throw new Error('the ledger is away');
    };
    await expect(sweep([], { record })).rejects.toThrow('the ledger is away');
    expect(there[0]).toEqual(keys.sort());
    expect(await remaining()).toHaveLength(1);
  });

  it('keeps one whose event came while it was looking', async () => {
    const [late = ''] = await stored(1, 2 * HOUR);
    let asked = 0;
    const isKnown = async () => {
      asked += 1;
      return asked > 1;
    };
    expect(await sweep([], { isKnown })).toEqual([]);
    expect(await remaining()).toEqual([late]);
  });

  it('refuses when most of the store is unknown, as with the wrong ledger, and removes nothing', async () => {
    const keys = await stored(11, 2 * HOUR);
    await expect(sweep([])).rejects.toThrow(SweepRefused);
    await expect(sweep(keys.slice(0, 1))).resolves.toHaveLength(10);
  });

  it('removes as many as allowed, and the rest the next time', async () => {
    const known = await stored(5, 2 * HOUR);
    await stored(5, 2 * HOUR);
    expect(await sweep(known, { limit: 3 })).toHaveLength(3);
    expect(await sweep(known, { limit: 3 })).toHaveLength(2);
    expect(await remaining()).toEqual(known.sort());
  });

  it('stops when it is aborted', async () => {
    const keys = await stored(2, 2 * HOUR);
    await expect(sweep([], { signal: AbortSignal.abort(new Error('stopping')) })).rejects.toThrow('stopping');
    expect(await remaining()).toEqual(keys.sort());
  });
});
