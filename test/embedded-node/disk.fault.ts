import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { verifyFolder } from '../../embedded/verify.ts';
import { startEmbeddedNode } from '../support/node.ts';

const mount = (...args: string[]) => spawnSync('mount', args).status === 0;
const unmount = (dir: string) => spawnSync('umount', [dir]);

/** Mounting a disk of one's own takes root's rights. */
const mayMount = process.getuid?.() === 0;

(mayMount ? describe : describe.skip)('a node on a disk of its own', () => {
  let disk: string;
  beforeEach(async () => {
    disk = await mkdtemp(join(tmpdir(), 'disk-'));
    if (!mount('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk)) throw new Error('The disk could not be mounted.');
  });
  afterEach(async () => {
    unmount(disk);
    await rm(disk, { recursive: true, force: true });
  });

  const large = () => jsonEvent({ type: 'Large', data: { filler: 'x'.repeat(20_000) } });

  it('refuses appends while the disk is full, goes on reading, and recovers when there is room', async () => {
    await writeFile(join(disk, 'filler'), Buffer.alloc(1_500_000));
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
    // BatchAppend tells its client no more than "unknown"; Append brings the status itself.
    expect(refusal).toMatchObject({ type: 'unknown' });
    const credentials = { username: 'any', password: 'any' };
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
    await writeFile(join(disk, 'filler'), Buffer.alloc(8_000_000)).catch(() => {});
    await expect(startEmbeddedNode({ dir: join(disk, 'data') })).rejects.toThrow(/can't be used|could not be written/);
  });
});
