import { randomBytes, randomInt } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { EventLog } from '../../embedded/log/event-log.ts';
import { eventFile, walFile } from '../../embedded/log/layout.ts';
import { verifyFolder } from '../../embedded/verify.ts';
import { eventually } from '../support/eventually.ts';
import { startEmbeddedNode } from '../support/node.ts';

const PAGE = 4_096;
const WRITERS = 32;
/** `DAMAGES=100 npm run test:faults -- damage` takes some minutes. */
const AT_RANDOM = Number(process.env.DAMAGES ?? 30);

/** Bytes at which the frames of the last run begin. */
const framesOf = (wal: Buffer): number[] => {
  const salt = wal.subarray(0, 8);
  const frames: number[] = [];
  for (let at = 0; wal.subarray(at, at + 8).equals(salt); ) {
    frames.push(at);
    at += Math.ceil((24 + wal.readUInt32BE(at + 16)) / PAGE) * PAGE;
  }
  return frames;
};

describe('a write-ahead log damaged behind a killed node', () => {
  let folder: string;
  let dir: string;
  /** Of what was acknowledged before the kill. */
  const acknowledged: string[] = [];
  /** The write-ahead log as it was some time before, in the same run, and in the one before that. */
  const older: Buffer[] = [];
  /** The event file of one run before. */
  let olderEvents: Buffer;
  let whole: Buffer;
  const tally = { noticed: 0, harmless: 0 };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'damage-'));
    dir = join(folder, 'store');
    const node = await startEmbeddedNode({ dir });
    const client = EventStoreDBClient.connectionString(node.connectionString);
    let writing = true;
    const writers = Array.from({ length: WRITERS }, async (_, number) => {
      while (writing) {
        const events = Array.from({ length: randomInt(1, 4) }, () =>
          jsonEvent({ type: 'Noted', data: { filler: 'x'.repeat(randomInt(2_000)) } }),
        );
        try {
          await client.appendToStream(`s-${number}`, events);
        } catch {
          return;
        }
        acknowledged.push(...events.map(({ id }) => id));
      }
    });
    const runs = async () => (await readFile(walFile(dir))).subarray(0, 8);
    await eventually(() => acknowledged.length > 1_500, 30_000);
    const begun = await runs();
    older.push(await readFile(walFile(dir)));
    olderEvents = await readFile(eventFile(dir));
    await eventually(async () => !(await runs()).equals(begun), 30_000);
    const from = acknowledged.length;
    await eventually(() => acknowledged.length > from + 200, 30_000);
    older.push(await readFile(walFile(dir)));
    await eventually(() => acknowledged.length > from + 400, 30_000);
    await node.kill('SIGKILL');
    writing = false;
    await Promise.all(writers);
    await client.dispose();
    whole = await readFile(walFile(dir));
  }, 90_000);
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    process.stdout.write(`${tally.noticed} damages noticed, ${tally.harmless} of bytes that hold nothing\n`);
  });

  const idsOf = async (of: string): Promise<Set<string> | string> => {
    let log: EventLog;
    try {
      log = await EventLog.open(of);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    const ids = new Set<string>();
    for (let from = 0n, end = false; !end; ) {
      const page = log.readAll({ from, direction: 'forwards', max: 1_000 });
      for (const { id } of page.events) ids.add(id);
      from = page.next;
      end = page.end;
    }
    await log.close();
    return ids;
  };

  /** Either the node refuses the folder and verify names it, or every acknowledged event is there. */
  const judge = async (what: string, wal: Buffer, events?: Buffer): Promise<'noticed' | 'harmless'> => {
    const of = join(folder, 'damaged');
    await rm(of, { recursive: true, force: true });
    await cp(dir, of, { recursive: true });
    await writeFile(walFile(of), wal);
    if (events !== undefined) await writeFile(eventFile(of), events);
    const { faults } = await verifyFolder(of);
    const found = await idsOf(of);
    if (typeof found === 'string') {
      expect([what, found]).toEqual([what, expect.stringContaining('events.wal')]);
      expect([what, faults]).toEqual([what, [found]]);
      tally.noticed++;
      return 'noticed';
    }
    expect([what, faults, acknowledged.filter((id) => !found.has(id))]).toEqual([what, [], []]);
    tally.harmless++;
    return 'harmless';
  };

  it('is sound before', async () => {
    expect(framesOf(whole).length).toBeGreaterThan(10);
    expect(await judge('nothing', whole)).toBe('harmless');
  });

  it('is noticed wherever it is cut', async () => {
    const cuts = framesOf(whole).flatMap((at) => [at, at + 24, at + PAGE / 2]);
    for (let count = 0; count < AT_RANDOM; count++) cuts.push(randomInt(whole.length));
    for (const cut of cuts) expect(await judge(`cut at ${cut}`, whole.subarray(0, cut))).toBe('noticed');
  }, 300_000);

  it('is noticed wherever its end is zeroed, but for a commit that nobody was told of', async () => {
    const frames = framesOf(whole);
    for (const [index, at] of frames.entries()) {
      const outcome = await judge(`zeroed from ${at}`, Buffer.from(whole).fill(0, at));
      if (index < frames.length - 1) expect([at, outcome]).toEqual([at, 'noticed']);
    }
  }, 300_000);

  it('loses nothing unnoticed to zeroed pages, to flipped bits and to garbage', async () => {
    for (let count = 0; count < AT_RANDOM; count++) {
      const page = randomInt(whole.length / PAGE) * PAGE;
      await judge(`page ${page} zeroed`, Buffer.from(whole).fill(0, page, page + PAGE));
      await judge(`page ${page} garbage`, Buffer.from(whole).fill(randomBytes(64), page, page + PAGE));
      const bytes = Buffer.from(whole);
      const at = randomInt(framesOf(whole).at(-1) ?? 0);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << randomInt(8));
      await judge(`bit of ${at} flipped`, bytes);
    }
  }, 300_000);

  it('is noticed when it, the event file, or both are older ones', async () => {
    for (const [index, wal] of [...older, Buffer.alloc(whole.length)].entries()) {
      expect(await judge(`older ${index}`, wal)).toBe('noticed');
    }
    expect(await judge('older events', whole, olderEvents)).toBe('noticed');
    expect(await judge('both older', older[0] ?? whole, olderEvents)).toBe('noticed');
  });
});
