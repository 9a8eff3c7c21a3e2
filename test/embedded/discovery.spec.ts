import { type EventStoreDBClient, UnknownError, UnsupportedError } from '@eventstore/db-client';
import { collect, errorOf, fresh, isRealServer, note, serverUnderTest } from './server-under-test.ts';

/** What the client learnt from the server; it keeps it to itself. */
type Capabilities = {
  readonly serverVersion: string;
  supports(method: { readonly path: string }, feature?: string): boolean;
};

describe('finding the server', () => {
  const server = serverUnderTest();

  it('works through gossip with the same connection string as for a cluster', async () => {
    const client = server.another({ protocol: 'esdb+discover' });
    const stream = fresh('discovered');
    await client.appendToStream(stream, note(0));
    expect(await collect(client.readStream(stream))).toHaveLength(1);
  });

  it('works when only the leader will do', async () => {
    const client = server.another({ protocol: 'esdb+discover', option: 'nodePreference=leader' });
    const appended = await client.appendToStream(fresh('leader'), note(0), { requiresLeader: true });
    expect(appended.success).toBe(true);
  });

  it('tells what the server can do, so that appends travel in batches', async () => {
    const { capabilities: asked } = server.client as unknown as { capabilities: Promise<Capabilities> };
    const capabilities = await asked;
    expect(capabilities.serverVersion).toMatch(/^\d+\.\d+\.\d+/);
    const streams = 'event_store.client.streams.streams';
    const has = (method: string, feature?: string) => capabilities.supports({ path: `/${streams}/${method}` }, feature);
    expect(has('batchappend')).toBe(true);
    expect(has('read', 'position')).toBe(true);
    expect(has('teleport')).toBe(false);
  });

  // By design: the embedded node runs no projections and has no user management; it says so instead of half doing it.
  (isRealServer ? describe.skip : describe)('and what the embedded node does not have', () => {
    it.each([
      ['creating a projection', (client: EventStoreDBClient) => client.createProjection(fresh('p'), 'fromAll()')],
      ['listing projections', (client: EventStoreDBClient) => client.listProjections()],
      ['enabling a projection', (client: EventStoreDBClient) => client.enableProjection('$by_category')],
    ])('is refused in plain words: %s', async (_what, call) => {
      const error = await errorOf(call(server.client));
      expect(error).not.toBeInstanceOf(UnsupportedError);
      expect(error).toBeInstanceOf(UnknownError);
      expect(error).toMatchObject({ code: 12, message: expect.stringContaining('it runs no projections') });
    });
  });
});
