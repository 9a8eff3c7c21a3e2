import { jsonEvent } from '@eventstore/db-client';
import { appendCalls, errorOf } from '../embedded/server-under-test.ts';
import { nodeUnderTest } from '../support/node-under-test.ts';

describe.each(appendCalls)('ids of events, through %s', (_name, options) => {
  const server = nodeUnderTest();
  const noted = (id: string) => jsonEvent({ id, type: 'Noted', data: {} });

  it.each(['', 'noted-1', '3f333df6-90a4-4fda-8dd3-9485d27cee360', '3f333df690a44fda8dd39485d27cee36'])(
    'refuses %j, stores nothing of its append, and goes on',
    async (id) => {
      const stream = crypto.randomUUID();
      const events = [noted(crypto.randomUUID()), noted(id)];
      expect(await errorOf(server.client.appendToStream(stream, events, options))).toMatchObject({
        message: expect.stringContaining('An event id must be a UUID'),
      });
      const { nextExpectedRevision } = await server.client.appendToStream(stream, noted(crypto.randomUUID()), options);
      expect(nextExpectedRevision).toBe(0n);
    },
  );

  it('takes one in capitals for the same id', async () => {
    const [stream, id] = [crypto.randomUUID(), crypto.randomUUID()];
    await server.client.appendToStream(stream, noted(id.toUpperCase()), options);
    await server.client.appendToStream(stream, noted(id), options);
    const ids: (string | undefined)[] = [];
    for await (const { event } of server.client.readStream(stream)) ids.push(event?.id);
    expect(ids).toEqual([id]);
  });
});
