import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError, EventStoreDBClient, jsonEvent, START } from '@eventstore/db-client';
import { DATA_FORMAT, eventFile, openEventFile } from '../../embedded/log/layout.ts';
import { eventually } from '../support/eventually.ts';
import { ENTRY, runNode, startEmbeddedNode } from '../support/node.ts';

/** Runs the node where it must not start. */
const refusal = async (...args: string[]) => {
  const { code, stdout, stderr } = await runNode(...args);
  const { msg } = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '{}');
  return { code, stdout, msg: msg as string };
};

/** sysexits.h: files that no restart makes whole. */
const EXIT_DATA = 65;

/** Appends 500 at once, each on a stream of its own, again and again, and says when it is at it. */
const BUSY = `
  import { randomUUID } from 'node:crypto';
  import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
  const client = EventStoreDBClient.connectionString(process.argv[1]);
  const data = { filler: 'x'.repeat(300) };
  const append = () => client.appendToStream('busy-' + randomUUID(), jsonEvent({ type: 'Noted', data }));
  for (;;) console.log((await Promise.all(Array.from({ length: 500 }, append))).length);`;

const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('the node as a process', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'node-process-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('ends when the process that started it was killed', async () => {
    const parent = spawn(
      process.execPath,
      [
        '-e',
        `const child = require('node:child_process').spawn(process.execPath, ${JSON.stringify([ENTRY, '--dir', folder, '--insecure', '--parent'])}, { stdio: ['pipe', 'pipe', 'inherit'] });
         child.stdout.pipe(process.stdout);`,
      ],
      { stdio: ['ignore', 'pipe', 'ignore'], env: {} },
    );
    const [line] = await once(parent.stdout, 'data');
    const { pid } = JSON.parse(String(line));
    expect(alive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await eventually(() => !alive(pid));
  });

  it('leaves its folder to one node at a time, and says who has it', async () => {
    const node = await startEmbeddedNode({ dir: folder });
    // The lock must outlive a garbage collection.
    const client = EventStoreDBClient.connectionString(node.connectionString);
    for (let round = 0; round < 200; round++) {
      await client.appendToStream('s', jsonEvent({ type: 'Noted', data: { filler: 'x'.repeat(50_000) } }));
    }
    await client.dispose();
    const { code, stdout, msg } = await refusal('--dir', folder, '--insecure');
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(msg).toContain(`in use by another node (process ${node.pid})`);
    await node.stop();
  });

  it('takes over the folder of a node that was killed', async () => {
    const node = await startEmbeddedNode({ dir: folder });
    await node.kill('SIGKILL');
    await node.restart();
    await node.stop();
  });

  it.each([
    ['older', DATA_FORMAT - 2],
    ['newer', DATA_FORMAT + 1],
  ])('recognises an %s data format and leaves it alone', async (_which, found) => {
    const node = await startEmbeddedNode({ dir: folder });
    await node.stop();
    const file = openEventFile(eventFile(folder), 'write');
    const format = file.environment.openDB<Buffer, Buffer>({
      name: 'format',
      encoding: 'binary',
      keyEncoding: 'binary',
    });
    format.putSync(Buffer.from('format'), Buffer.from(String(found)));
    await file.environment.close();
    const { code, msg } = await refusal('--dir', folder, '--insecure');
    expect(code).toBe(EXIT_DATA);
    expect(msg).toContain(`is in data format ${found}; this version reads format ${DATA_FORMAT}`);
  });

  it('recognises files that are not its own', async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(eventFile(folder), Buffer.alloc(50_000, 'x'));
    const { code, msg } = await refusal('--dir', folder, '--insecure');
    expect(code).toBe(EXIT_DATA);
    expect(msg).toContain('is not an event file');
  });

  it.each([
    [
      ['access', 'tls'],
      ['events.mdb', 'events.wal', 'events.mark'],
    ],
    [
      ['events.mark', 'events.wal'],
      ['events.mdb', 'access', 'tls'],
    ],
    [['tls'], ['events.mdb', 'events.wal', 'events.mark', 'access']],
  ])('asks what became of the events where %j of a store are left, and begins none', async (left, gone) => {
    const node = await startEmbeddedNode({ dir: folder, closed: true });
    await node.stop();
    for (const name of gone) await rm(join(folder, name), { recursive: true });
    const { code, msg } = await refusal('--dir', folder);
    expect(code).toBe(EXIT_DATA);
    expect(msg).toContain(`events.mdb is gone; of the store that was here remain: ${left.join(', ')}.`);
    expect(msg).toContain(`To begin anew, without any of its events, remove ${join(folder, left[0] ?? '')}`);
    expect(existsSync(eventFile(folder))).toBe(false);
    for (const name of left) await rm(join(folder, name), { recursive: true });
    const anew = await startEmbeddedNode({ dir: folder, closed: true });
    await anew.stop();
  });

  it.each([
    ['a folder', ['--insecure'], 'a data folder is needed'],
    ['a loopback address', ['--dir', '/tmp/x', '--host', '0.0.0.0'], 'listens on this machine only'],
    ['a possible port', ['--dir', '/tmp/x', '--port', '70000'], 'port'],
    ['known options', ['--dir', '/tmp/x', '--unsafe'], '--unsafe'],
  ])('wants %s', async (_what, args, complaint) => {
    const { code, stdout, msg } = await refusal(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(msg).toContain(complaint);
  });

  it('refuses a port that is taken', async () => {
    const node = await startEmbeddedNode();
    const port = /:(\d+)\?/.exec(node.connectionString)?.[1] ?? '';
    const { code, msg } = await refusal('--dir', folder, '--insecure', '--port', port);
    expect(code).toBe(1);
    expect(msg).toContain('EADDRINUSE');
    await node.stop();
  });

  it('answers what reached the log before it stops, and ends what is open', async () => {
    const node = await startEmbeddedNode({ dir: folder });
    const client = EventStoreDBClient.connectionString(node.connectionString);
    await client.appendToStream('s', jsonEvent({ type: 'First', data: {} }));
    const subscription = client.subscribeToAll({ fromPosition: START });
    const ended = once(subscription, 'error');
    subscription.resume();
    const writes = Array.from({ length: 200 }, (_, number) =>
      client.appendToStream('s', jsonEvent({ type: 'Noted', data: { number } })).then(
        () => true,
        (error: unknown) => error,
      ),
    );
    await node.kill('SIGTERM');
    const outcomes = await Promise.all(writes);
    const [error] = await ended;
    expect(error).toMatchObject({ type: 'unavailable' });
    for (const outcome of outcomes) if (outcome !== true) expect(outcome).toBeInstanceOf(CancelledError);
    await client.dispose();

    await node.restart();
    const again = EventStoreDBClient.connectionString(node.connectionString);
    let stored = 0;
    for await (const _ of again.readStream('s')) stored++;
    expect(stored - 1).toBeGreaterThanOrEqual(outcomes.filter((outcome) => outcome === true).length);
    await again.dispose();
    await node.stop();
  });

  it('stops when clients were killed while it answered them', async () => {
    const node = await startEmbeddedNode({ dir: folder, closed: true });
    const { connectionString } = JSON.parse(await readFile(node.credentialsFile ?? '', 'utf8'));
    // Whether a connection closes by itself depends on the moment.
    for (let round = 0; round < 8; round++) {
      const args = ['--input-type=module', '-e', BUSY, connectionString];
      const client = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(client.stdout, 'data');
      await delay(Math.random() * 1_000);
      const gone = once(client, 'exit');
      client.kill('SIGKILL');
      await gone;
    }
    // Without an end to its wait it would take as long as the keep-alive of connections that are gone: 20 s, or for ever.
    const stopped = node.kill('SIGTERM').then(() => true);
    expect(await Promise.race([stopped, delay(15_000, false, { ref: false })])).toBe(true);
    expect(node.exitCode).toBe(0);
  }, 60_000);
});
