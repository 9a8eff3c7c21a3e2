import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { verifyFolder } from '../../embedded/verify.ts';
import { eventually } from '../support/eventually.ts';
import { mayMount, mount, unmount } from '../support/mount.ts';
import { startEmbeddedNode, type TestNode } from '../support/node.ts';

const run = (command: string, ...args: string[]) => {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
};

/** Makes a file with a file system in it and mounts it; gives the way back. */
const mountImage = async (image: string, at: string, size: string): Promise<() => unknown> => {
  await mkdir(at);
  run('truncate', '--size', size, image);
  run('mkfs.ext4', '-q', '-O', '^has_journal', image);
  run('mount', '-o', 'loop', image, at);
  return () => unmount(at);
};

// With credentials the client calls Append, whose errors carry the status; of BatchAppend's it tells "unknown".
const credentials = { username: 'any', password: 'any' };

const hasLoopDevices = existsSync('/dev/loop-control') && spawnSync('mkfs.ext4', ['-V']).status === 0;

describe('a node that was suspended while commits were under way', () => {
  it('goes on where it was, and does not take it for a disk that died', async () => {
    const node = await startEmbeddedNode();
    const client = EventStoreDBClient.connectionString(`${node.connectionString}&keepAliveInterval=-1`);
    let acknowledged = 0;
    let writing = true;
    const writers = Array.from({ length: 32 }, async (_, number) => {
      while (writing) {
        // A call that took this long is given up by its client; what became of it is another test's.
        await client.appendToStream(`s-${number}`, jsonEvent({ type: 'Noted', data: {} })).catch(() => {});
        acknowledged++;
      }
    });
    await eventually(() => acknowledged > 1_000);
    process.kill(node.pid, 'SIGSTOP');
    // Longer than a disk may take.
    await setTimeout(32_000);
    process.kill(node.pid, 'SIGCONT');
    const before = acknowledged;
    await eventually(() => acknowledged > before + 1_000, 30_000);
    expect(node.exitCode).toBeNull();
    expect(node.log()).not.toContain('The disk did not answer');
    writing = false;
    await Promise.all(writers);
    await client.dispose();
    await node.stop();
  }, 90_000);
});

(mayMount ? describe : describe.skip)('a node on a disk of its own', () => {
  let disk: string;
  beforeEach(async () => {
    disk = await mkdtemp(join(tmpdir(), 'disk-'));
    if (!mount('-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk)) throw new Error('The disk could not be mounted.');
  });
  afterEach(async () => {
    unmount(disk);
    await rm(disk, { recursive: true, force: true });
  });

  const large = () => jsonEvent({ type: 'Large', data: { filler: 'x'.repeat(20_000) } });

  it('refuses appends while the disk is full, goes on reading, and recovers when there is room', async () => {
    await writeFile(join(disk, 'filler'), Buffer.alloc(6_000_000));
    const node = await startEmbeddedNode({ dir: join(disk, 'data') });
    const client = EventStoreDBClient.connectionString(node.connectionString);
    const acknowledged: string[] = [];
    let refusal: unknown;
    while (refusal === undefined) {
      const event = large();
      try {
        await client.appendToStream('s', [event]);
        acknowledged.push(event.id);
      } catch (error) {
        refusal = error;
      }
    }
    expect(acknowledged.length).toBeGreaterThan(10);
    // Without credentials the client appends through BatchAppend.
    expect(refusal).toMatchObject({
      type: 'unknown',
      message: expect.stringContaining('The disk of the event store is full'),
    });
    await expect(client.appendToStream('s', [large(), large(), large()], { credentials })).rejects.toMatchObject({
      code: 8,
      message: expect.stringContaining('The disk of the event store is full: nothing was stored.'),
    });

    const ids = async () => {
      const read: string[] = [];
      for await (const { event } of client.readStream('s')) read.push(event?.id ?? '');
      return read;
    };
    expect(await ids()).toEqual(acknowledged);
    // Also when it is started then.
    await node.restart();
    expect(await ids()).toEqual(acknowledged);

    await rm(join(disk, 'filler'));
    for (let count = 0; count < 10; count++) {
      const event = large();
      await client.appendToStream('s', event, { expectedRevision: BigInt(acknowledged.length - 1) });
      acknowledged.push(event.id);
    }
    expect(await ids()).toEqual(acknowledged);
    await client.dispose();
    await node.kill('SIGKILL');
    expect(await verifyFolder(node.dir)).toMatchObject({ faults: [] });
    await node.restart();
    const again = EventStoreDBClient.connectionString(node.connectionString);
    let stored = 0;
    for await (const _ of again.readStream('s')) stored++;
    expect(stored).toBe(acknowledged.length);
    await again.dispose();
    await node.stop();
  });

  it('stores nothing of an append that the disk has no room for, and takes a smaller one', async () => {
    const node = await startEmbeddedNode({ dir: join(disk, 'data'), args: ['--max-append-size', '16000000'] });
    await writeFile(join(disk, 'filler'), Buffer.alloc(7_000_000));
    const client = EventStoreDBClient.connectionString(node.connectionString);
    const tooLarge = jsonEvent({ type: 'Large', data: { filler: 'x'.repeat(12_000_000) } });
    const before = large();
    await client.appendToStream('s', before);
    await expect(client.appendToStream('s', tooLarge, { credentials })).rejects.toMatchObject({ code: 8 });
    const after = large();
    expect(await client.appendToStream('s', after)).toMatchObject({ nextExpectedRevision: 1n });
    await client.dispose();
    await node.kill('SIGKILL');
    expect(await verifyFolder(node.dir)).toMatchObject({ faults: [] });
    await node.restart();
    const again = EventStoreDBClient.connectionString(node.connectionString);
    const stored: (string | undefined)[] = [];
    for await (const { event } of again.readStream('s')) stored.push(event?.id);
    expect(stored).toEqual([before.id, after.id]);
    await again.dispose();
    await node.stop();
  });

  (hasLoopDevices ? describe : describe.skip)('in a file on another disk', () => {
    let image: string;
    let inner: string;
    let node: TestNode;
    let client: EventStoreDBClient;
    let unmountImage: () => void;
    beforeEach(async () => {
      image = join(disk, 'image');
      inner = join(disk, 'inner');
      unmountImage = await mountImage(image, inner, '64M');
      node = await startEmbeddedNode({ dir: join(inner, 'data') });
      client = EventStoreDBClient.connectionString(node.connectionString);
      await client.appendToStream('s', large());
    });
    afterEach(async () => {
      await client.dispose();
      await node.kill('SIGKILL');
      unmountImage();
    });

    it('ends, and promises nothing, when the disk fails while it writes', async () => {
      // The file loses its blocks and gets no others.
      run('sync');
      run('fallocate', '--punch-hole', '--offset', '0', '--length', '64M', image);
      await writeFile(join(disk, 'filler'), Buffer.alloc(20_000_000)).catch(() => {});
      await expect(client.appendToStream('s', large(), { credentials })).rejects.toMatchObject({ type: 'unavailable' });
      await eventually(() => node.exitCode !== null, 10_000);
      expect(node.exitCode).toBe(1);
      expect(node.log()).toContain('The disk failed to store the last events. Nothing more is written until');
    });

    it('waits while its file system is frozen, as for a snapshot', async () => {
      run('fsfreeze', '--freeze', inner);
      const appending = client.appendToStream('s', large());
      const answered = await Promise.race([appending, setTimeout(1_000, 'not yet')]);
      run('fsfreeze', '--unfreeze', inner);
      expect(answered).toBe('not yet');
      expect(await appending).toMatchObject({ nextExpectedRevision: 1n });
    });
  });

  (hasLoopDevices ? it : it.skip)(
    'goes on reading while the disk does not answer, and ends when that lasts',
    async () => {
      // A file system in a file on another one, which is frozen.
      const [outer, inner] = [join(disk, 'outer'), join(disk, 'inner')];
      const ends = [await mountImage(join(disk, 'image'), outer, '14M')];
      try {
        ends.push(await mountImage(join(outer, 'image'), inner, '12M'));
        const node = await startEmbeddedNode({ dir: join(inner, 'data') });
        ends.push(() => node.kill('SIGKILL'));
        const client = EventStoreDBClient.connectionString(node.connectionString);
        ends.push(() => client.dispose());
        // A client that is told "unavailable" gives up its connection, and one with equal settings would share it.
        const reader = EventStoreDBClient.connectionString(`${node.connectionString}&keepAliveInterval=10001`);
        ends.push(() => reader.dispose());
        await client.appendToStream('s', large());
        run('fsfreeze', '--freeze', outer);
        ends.push(() => spawnSync('fsfreeze', ['--unfreeze', outer]));
        let refusal: unknown;
        client.appendToStream('s', large(), { credentials, deadline: 60_000 }).catch((error: unknown) => {
          refusal = error;
        });
        while (refusal === undefined) {
          let read = 0;
          for await (const _ of reader.readStream('s')) read++;
          expect(read).toBe(1);
        }
        expect(refusal).toMatchObject({ type: 'unavailable' });
        run('fsfreeze', '--unfreeze', outer);
        await eventually(() => node.exitCode !== null, 10_000);
        expect(node.exitCode).toBe(1);
        expect(node.log()).toContain('The disk did not answer within 30 seconds.');
        await node.restart();
        expect((await verifyFolder(node.dir)).faults).toEqual([]);
      } finally {
        for (const end of ends.reverse()) await end();
      }
    },
    60_000,
  );

  it('does not start on a read-only data folder, says so, and changes nothing', async () => {
    const dir = join(disk, 'data');
    const node = await startEmbeddedNode({ dir });
    await node.stop();
    const before = await readdir(dir);
    if (!mount('-o', 'remount,ro', disk)) throw new Error('The disk could not be made read-only.');
    await expect(startEmbeddedNode({ dir })).rejects.toThrow(
      /The data folder .* can't be used: .*[Rr]ead-only file system/,
    );
    if (!mount('-o', 'remount,rw', disk)) throw new Error('The disk could not be made writable again.');
    expect(await readdir(dir)).toEqual(before);
    const again = await startEmbeddedNode({ dir });
    await again.stop();
  });

  it('does not start where there is no room at all, and says so', async () => {
    await mkdir(join(disk, 'data'));
    await writeFile(join(disk, 'filler'), Buffer.alloc(20_000_000)).catch(() => {});
    await expect(startEmbeddedNode({ dir: join(disk, 'data') })).rejects.toThrow(/can't be used|could not be written/);
  });
});
