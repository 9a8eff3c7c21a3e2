import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { jsonEvent } from '@eventstore/db-client';
import { eventually } from '../support/eventually.ts';
import { nodeUnderTest } from '../support/node-under-test.ts';

/** Reads, follows and writes, takes nothing of what arrives, and says when all of it is under way. */
const BUSY = `
  import { once } from 'node:events';
  import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
  const under = Array.from({ length: 5 }, async (_, index) => {
    // Clients with equal settings share one connection.
    const client = EventStoreDBClient.connectionString(\`\${process.argv[1]}&keepAliveInterval=\${10_000 + index}\`);
    await Promise.all([
      once(client.readStream('long'), 'readable'),
      once(client.subscribeToAll(), 'confirmation'),
      once(client.subscribeToStream('long'), 'confirmation'),
    ]);
    const write = () => client.appendToStream('theirs', jsonEvent({ type: 'Noted', data: {} })).then(write);
    await client.appendToStream('theirs', jsonEvent({ type: 'Noted', data: {} }));
    write();
  });
  await Promise.all(under);
  console.log('busy');`;

describe('clients that vanish', () => {
  let busy: ChildProcess | undefined;
  afterAll(() => {
    busy?.kill('SIGKILL');
  });
  const server = nodeUnderTest();

  const open = async () => (await readdir(`/proc/${server.node.pid}/fd`)).length;

  it('in the middle of reading, following and writing leave nothing open and harm nobody', async () => {
    const filler = 'x'.repeat(10_000);
    for (let round = 0; round < 5; round++) {
      const events = Array.from({ length: 50 }, () => jsonEvent({ type: 'Long', data: { filler } }));
      await server.client.appendToStream('long', events);
    }
    const before = await open();
    const args = ['--input-type=module', '-e', BUSY, server.connectionString];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    busy = child;
    await once(child.stdout, 'data');
    expect(await open()).toBeGreaterThanOrEqual(before + 5);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    await eventually(async () => (await open()) <= before);
    // Their stream goes on without a gap.
    const mine = jsonEvent({ type: 'Noted', data: {} });
    await server.client.appendToStream('theirs', mine);
    const ids: (string | undefined)[] = [];
    for await (const { event } of server.client.readStream('theirs')) {
      expect(event?.revision).toBe(BigInt(ids.length));
      ids.push(event?.id);
    }
    expect(ids).toContain(mine.id);
  });
});
