import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AllStreamResolvedEvent, EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { eventFile } from '../../embedded/log/layout.ts';
import { fillStore, zeroPagesWith } from '../support/damage.ts';
import { runNode, startEmbeddedNode } from '../support/node.ts';

const operate = async (...args: string[]) => {
  const { code, stdout } = await runNode(...args);
  return { code, lastLine: stdout.trimEnd().split('\n').at(-1) ?? '' };
};

const readAll = async (connectionString: string): Promise<AllStreamResolvedEvent[]> => {
  const client = EventStoreDBClient.connectionString(connectionString);
  const events: AllStreamResolvedEvent[] = [];
  for await (const event of client.readAll()) events.push(event);
  await client.dispose();
  return events;
};

/** In the middle of the store, so that whoever walks it comes upon the page. */
const MARKED = randomBytes(16);
describe('the event store as files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'backup-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is backed up while it is written to, and restored to exactly what it was', async () => {
    const node = await startEmbeddedNode();
    const client = EventStoreDBClient.connectionString(node.connectionString);
    let writing = true;
    let appended = 0;
    const writer = (async () => {
      while (writing) {
        // Many at a time, so that checkpoints fall into the backup.
        const events = Array.from({ length: 50 }, () => jsonEvent({ type: 'Noted', data: { number: appended++ } }));
        await client.appendToStream(`stream-${appended % 7}`, events);
      }
    })();
    while (appended < 2_500) await new Promise((resolve) => setImmediate(resolve));
    const backup = join(folder, 'backup.mdb');
    const made = await operate('backup', '--dir', node.dir, backup);
    expect(made).toEqual({ code: 0, lastLine: expect.stringMatching(/^backed up \d+ events in \d+ streams/) });
    writing = false;
    await writer;
    await client.dispose();
    const original = await readAll(node.connectionString);
    await node.stop();

    const restored = await operate('restore', '--dir', join(folder, 'restored'), backup);
    expect(restored).toEqual({ code: 0, lastLine: expect.stringMatching(/^restored \d+ events/) });
    const other = await startEmbeddedNode({ dir: join(folder, 'restored') });
    const copy = await readAll(other.connectionString);
    await other.stop();
    expect(copy.length).toBeGreaterThan(2_400);
    expect(copy).toEqual(original.slice(0, copy.length));
    expect(await operate('verify', '--dir', join(folder, 'restored'))).toMatchObject({ code: 0 });
    expect((await stat(backup)).mode & 0o077).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(['backup.mdb', 'restored']);
  });

  it('is never written over', async () => {
    const node = await startEmbeddedNode({ dir: join(folder, 'node') });
    const backup = join(folder, 'backup.mdb');
    expect((await operate('backup', '--dir', node.dir, backup)).code).toBe(0);
    expect(await operate('backup', '--dir', node.dir, backup)).toMatchObject({
      code: 2,
      lastLine: expect.stringContaining('already there'),
    });
    expect(await operate('restore', '--dir', node.dir, backup)).toMatchObject({
      code: 2,
      lastLine: expect.stringContaining(`in use by another node (process ${node.pid})`),
    });
    await node.stop();
    expect(await operate('restore', '--dir', node.dir, backup)).toMatchObject({
      code: 2,
      lastLine: expect.stringContaining('already there'),
    });
  });

  it('is not restored from something else, nor from half of it', async () => {
    const node = await startEmbeddedNode();
    const whole = join(folder, 'whole.mdb');
    await operate('backup', '--dir', node.dir, whole);
    await node.stop();
    const sources: [string, Buffer, string][] = [
      ['junk', Buffer.alloc(20_000, 'junk'), 'is not an event file'],
      ['empty', Buffer.alloc(0), 'is not an event file'],
      ['half', (await readFile(whole)).subarray(0, 12_288), 'is cut short'],
    ];
    for (const [name, content, complaint] of sources) {
      await writeFile(join(folder, name), content);
      const target = join(folder, `from-${name}`);
      expect(await operate('restore', '--dir', target, join(folder, name))).toEqual({
        code: 2,
        lastLine: expect.stringContaining(complaint),
      });
      expect((await readdir(target)).filter((name) => name.startsWith('events'))).toEqual([]);
    }
  });

  describe('with pages that end whoever reads them', () => {
    const complaint =
      "has a page that can't be read: SIGABRT ended the process that reads it after \\d+ of \\d+ entries";
    let dir: string;
    beforeEach(async () => {
      dir = join(folder, 'store');
      await fillStore(dir, MARKED);
    });

    it('are damaged when they are verified or backed up, which leaves nothing behind', async () => {
      await zeroPagesWith(eventFile(dir), MARKED);
      const verified = await runNode('verify', '--dir', dir);
      expect(verified).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(`^fault: ${eventFile(dir)} ${complaint}`),
      });
      expect(verified.stdout).toContain('DAMAGED: 1 faults or more. Keep the folder as it is, and restore a backup');
      expect((await operate('backup', '--dir', dir, join(folder, 'copy'))).code).toBe(1);
      expect(await readdir(folder)).toEqual(['store']);
    });

    it('are damaged when they are to be restored, which leaves nothing behind', async () => {
      const copy = join(folder, 'copy');
      expect((await operate('backup', '--dir', dir, copy)).code).toBe(0);
      await zeroPagesWith(copy, MARKED);
      const target = join(folder, 'restored');
      const { code, stdout } = await runNode('restore', '--dir', target, copy);
      expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(`^fault: ${copy} ${complaint}`) });
      expect(stdout).toContain('Nothing was restored. Take another backup.');
      expect((await readdir(target)).filter((name) => name.startsWith('events'))).toEqual([]);
    });
  });

  it("is not restored from a data folder's own file, which lacks the newest events", async () => {
    const node = await startEmbeddedNode({ dir: join(folder, 'node') });
    await node.stop();
    const target = join(folder, 'restored');
    expect(await operate('restore', '--dir', target, join(folder, 'node', 'events.mdb'))).toEqual({
      code: 2,
      lastLine: expect.stringContaining('no backup but the events.mdb of a data folder'),
    });
    expect((await readdir(target)).filter((name) => name.startsWith('events'))).toEqual([]);
  });

  it.each([
    [['verify'], 'a data folder is needed'],
    [['backup', '--dir', '/nowhere'], 'the name of the backup file is needed'],
    [['repair'], 'is none of: verify, compact, backup <file>, restore <file>'],
    [['verify', '--dir', '/nowhere'], "can't be used"],
  ])('is asked for in the right words: %j', async (args, complaint) => {
    expect(await operate(...args)).toEqual({ code: 2, lastLine: expect.stringContaining(complaint) });
  });
});
