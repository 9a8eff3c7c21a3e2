import { binaryEvent, jsonEvent, MaxAppendSizeExceededError } from '@eventstore/db-client';
import { appendCalls, errorOf } from '../embedded/server-under-test.ts';
import { startEmbeddedNode } from '../support/node.ts';
import { nodeUnderTest } from '../support/node-under-test.ts';

const LARGEST = 16_000_000;
const TYPE = 'Scan';

describe.each(appendCalls)('a node that is told to take events of 16 MB, through %s', (_name, options) => {
  const server = nodeUnderTest(() => startEmbeddedNode({ args: ['--max-append-size', String(LARGEST)] }));

  const append = (bytes: number) => {
    const data = Buffer.alloc(bytes, 7);
    return server.client.appendToStream('scans', binaryEvent({ type: TYPE, data }), options);
  };
  const small = () => server.client.appendToStream('small', jsonEvent({ type: 'Noted', data: {} }), options);

  it('takes one and gives it back', async () => {
    const { nextExpectedRevision } = await append(LARGEST - TYPE.length);
    for await (const { event } of server.client.readStream('scans', { fromRevision: nextExpectedRevision })) {
      expect(Buffer.alloc(LARGEST - TYPE.length, 7).equals((event?.data as Uint8Array) ?? [])).toBe(true);
    }
  });

  it('refuses a larger one, says how large it may be, and goes on', async () => {
    const error = await errorOf(append(LARGEST + 1));
    expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
    expect(error).toMatchObject({ maxAppendSize: LARGEST });
    await small();
  });

  it('counts the type and the metadata of an event too', async () => {
    expect(await errorOf(append(LARGEST))).toMatchObject({
      message: expect.stringContaining(`An event may have at most ${LARGEST} bytes; this one has ${LARGEST + 4}.`),
    });
    await small();
  });

  it('refuses a message of more than 18 MiB before it has read all of it, and goes on', async () => {
    expect(await errorOf(append(20_000_000))).toMatchObject({
      code: 8,
      message: expect.stringContaining('larger than max (20000'),
    });
    await small();
  });

  it('takes stream names of 1,976 bytes and refuses longer ones', async () => {
    const named = (bytes: number) =>
      server.client.appendToStream('é'.repeat(bytes / 2), jsonEvent({ type: 'Noted', data: {} }), options);
    await named(1_976);
    expect(await errorOf(named(1_978))).toMatchObject({
      message: expect.stringContaining('A stream name may have at most 1976 bytes.'),
    });
  });
});
