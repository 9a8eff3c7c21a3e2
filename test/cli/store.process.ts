import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { startEmbeddedNode } from '../support/node.ts';

describe('the commands for the embedded store', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cli-store-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const ledger = async (args: readonly string[], env: Record<string, string>) => {
    const child = spawn(process.execPath, ['dist/src/cli/main.js', ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exited = once(child, 'exit');
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = await exited;
    return { code, out, err };
  };

  it('back it up while it runs, verify it, and restore it elsewhere', async () => {
    const node = await startEmbeddedNode({ dir: join(folder, 'eventstore') });
    const client = EventStoreDBClient.connectionString(node.connectionString);
    await client.appendToStream('s', jsonEvent({ type: 'Noted', data: {} }));
    const copy = join(folder, 'copy');
    expect(await ledger(['verify-store'], { DATA_DIR: folder })).toMatchObject({
      code: 0,
      out: 'sound: 4 events in 4 streams, last position 3\n',
    });
    expect(await ledger(['backup', copy], { DATA_DIR: folder })).toMatchObject({ code: 0 });
    await client.dispose();
    await node.stop();
    const elsewhere = join(folder, 'elsewhere');
    expect(await ledger(['restore', copy], { DATA_DIR: elsewhere })).toMatchObject({ code: 0 });
    expect(await ledger(['verify-store'], { DATA_DIR: elsewhere })).toMatchObject({
      code: 0,
      out: 'sound: 4 events in 4 streams, last position 3\n',
    });
  });

  it('tell damage by how they end', async () => {
    const node = await startEmbeddedNode({ dir: join(folder, 'eventstore') });
    await node.stop();
    const file = await open(join(node.dir, 'events.mdb'), 'r+');
    await file.truncate(8_192);
    await file.close();
    const { code, out } = await ledger(['verify-store'], { DATA_DIR: folder });
    expect(code).toBe(1);
    expect(out).toContain('cut short');
  });

  it('leave the store of a cluster alone', async () => {
    const { code, err } = await ledger(['backup', join(folder, 'copy')], {
      DATA_DIR: folder,
      STORE_URL: 'esdb://localhost:2113?tls=false',
    });
    expect(code).toBe(1);
    expect(err).toContain('use the backup and verification of your cluster');
  });
});
