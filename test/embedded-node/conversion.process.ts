import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { EventLog } from '../../embedded/log/event-log.ts';
import { replaceHighWaterMark } from '../../embedded/log/high-water-mark.ts';
import { markFile, openOlderFile, uint64 } from '../../embedded/log/layout.ts';
import { verifyFolder } from '../../embedded/verify.ts';
import { eventually } from '../support/eventually.ts';
import { ENTRY, runNode } from '../support/node.ts';
import { olderEvents, writeOlderStore } from '../support/older-store.ts';

/** One after the other, to be compared at once: Jest takes a minute for a megabyte of buffers. */
const whole = (buffers: readonly Buffer[]): string => Buffer.concat(buffers).toString('latin1');

/** All messages of a folder, in the order of their positions. */
const messages = async (dir: string): Promise<string> => {
  const log = await EventLog.open(dir);
  const all: Buffer[] = [];
  for (let from: bigint | 'start' = 'start', end = false; !end; ) {
    const page = log.readAll({ from, direction: 'forwards', max: 1_000 });
    for (const { encoded } of page.events) all.push(encoded);
    from = page.next;
    end = page.end;
  }
  await log.close();
  return whole(all);
};

describe('a data folder of the format before', () => {
  let folder: string;
  let dir: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'conversion-'));
    dir = join(folder, 'eventstore');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is converted at the start, event by event, and its files are kept as they were', async () => {
    const events = await writeOlderStore(dir, olderEvents(2_000), 300);
    replaceHighWaterMark(markFile(dir), 2_000n);
    const before = await readFile(join(dir, 'events.mdb'));
    const wal = await readFile(join(dir, 'events.wal'));
    const mark = await readFile(markFile(dir));
    expect(await messages(dir)).toBe(whole(events));
    expect((await verifyFolder(dir)).faults).toEqual([]);
    const kept = join(dir, 'before-format-4');
    expect((await readFile(join(kept, 'events.mdb'))).equals(before)).toBe(true);
    expect((await readFile(join(kept, 'events.wal'))).equals(wal)).toBe(true);
    expect((await readFile(markFile(kept))).equals(mark)).toBe(true);
    expect((await stat(join(dir, 'events.mdb'))).size).toBeLessThan(before.length);
    expect((await readdir(dir)).filter((name) => name.includes('converting'))).toEqual([]);
    const log = await EventLog.open(dir);
    expect(log.lastRevision('patient-3')).toBe(9223372036854775807n);
    expect(log.readStream('patient-5', { from: 'start', direction: 'forwards', max: 1 }).status).toBe('not-found');
    expect(log.lastRevision('patient-16')).toBe(116n);
    await log.close();
  });

  it('is verified and backed up once it is converted, and says so before', async () => {
    await writeOlderStore(dir, olderEvents(50), 10);
    const refused = { code: 2, stdout: expect.stringContaining('Start the node: it converts the folder') };
    expect(await runNode('verify', '--dir', dir)).toMatchObject(refused);
    expect(await runNode('backup', '--dir', dir, join(folder, 'backup'))).toMatchObject(refused);
  });

  it('is restored from a backup of that format', async () => {
    const events = await writeOlderStore(dir, olderEvents(500), 0);
    // A backup names no run of a write-ahead log.
    const root = open<Buffer, Buffer>({ path: join(dir, 'events.mdb'), encoding: 'binary', keyEncoding: 'binary' });
    const format = root.openDB<Buffer, Buffer>({ name: 'format', encoding: 'binary', keyEncoding: 'binary' });
    format.removeSync(Buffer.from('wal'));
    await root.close();
    const restored = join(folder, 'restored');
    expect(await runNode('restore', '--dir', restored, join(dir, 'events.mdb'))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('restored 500 events'),
    });
    expect(await messages(restored)).toBe(whole(events));
  });

  it('is left alone when an event in it is damaged', async () => {
    await writeOlderStore(dir, olderEvents(500), 10);
    const file = openOlderFile(join(dir, 'events.mdb'));
    const record = Buffer.from(file.log.get(uint64(200n)) ?? Buffer.alloc(0));
    await file.environment.close();
    const path = join(dir, 'events.mdb');
    const bytes = await readFile(path);
    const at = bytes.indexOf(record);
    bytes[at + 1] = 0xff;
    await writeFile(path, bytes);
    await expect(EventLog.open(dir)).rejects.toThrow(/position 200 can't be taken over.*Nothing was changed; restore/s);
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  it('is refused, and left as it is, when it had lost what was acknowledged', async () => {
    await writeOlderStore(dir, olderEvents(500), 10);
    replaceHighWaterMark(markFile(dir), 501n);
    const path = join(dir, 'events.mdb');
    const bytes = await readFile(path);
    await expect(EventLog.open(dir)).rejects.toThrow('at positions 500 to 500 were acknowledged and are missing');
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect((await readdir(dir)).filter((name) => /convert|before/.test(name))).toEqual([]);
  });

  it('loses nothing and ends whole, however often it is killed on the way', async () => {
    const events = await writeOlderStore(dir, olderEvents(30_000), 500);
    const start = () =>
      spawn(process.execPath, [ENTRY, '--dir', dir, '--insecure'], { stdio: ['ignore', 'pipe', 'ignore'], env: {} });
    const size = () =>
      stat(join(dir, 'events.mdb.converting')).then(
        ({ size: bytes }) => bytes,
        () => 0,
      );
    let kills = 0;
    let ready = false;
    const kill = async (child: ChildProcess) => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    };
    // Each run gets a little further than the one before.
    for (let enough = 0; !ready; kills++, enough += 600_000) {
      const child = start();
      child.stdout.once('data', () => {
        ready = true;
      });
      const reached = async () => ready || ((await size()) > enough && kills < 12);
      await eventually(reached, 60_000);
      await kill(child);
    }
    expect(kills).toBeGreaterThan(3);
    expect(await messages(dir)).toBe(whole(events));
    expect((await verifyFolder(dir)).faults).toEqual([]);
    await cp(join(dir, 'before-format-4'), join(folder, 'kept'), { recursive: true });
    expect(await messages(join(folder, 'kept'))).toBe(whole(events));
  }, 180_000);
});
