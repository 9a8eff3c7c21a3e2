import { binaryEvent, jsonEvent, MaxAppendSizeExceededError } from '@eventstore/db-client';
import { appendCalls, errorOf } from '../embedded/server-under-test.ts';
import { startEmbeddedNode } from '../support/node.ts';
import { nodeUnderTest } from '../support/node-under-test.ts';

const LARGEST = 16_767_216;
/** Of an event with all that belongs to it. */
const LARGEST_EVENT = 16 * 1024 * 1024;
const TYPE = 'Scan';

describe.each(appendCalls)('a node that is told to take events of 16 MB, through %s', (_name, options) => {
  const server = nodeUnderTest(() => startEmbeddedNode({ args: ['--max-append-size', String(LARGEST)] }));

  const append = (bytes: number, metadata = Buffer.alloc(0)) => {
    const data = Buffer.alloc(bytes, 7);
    return server.client.appendToStream('scans', binaryEvent({ type: TYPE, data, metadata }), options);
  };
  const small = () => server.client.appendToStream('small', jsonEvent({ type: 'Noted', data: {} }), options);

  it('takes one and gives it back', async () => {
    const { nextExpectedRevision } = await append(LARGEST);
    for await (const { event } of server.client.readStream('scans', { fromRevision: nextExpectedRevision })) {
      expect(Buffer.alloc(LARGEST, 7).equals((event?.data as Uint8Array) ?? [])).toBe(true);
    }
  });

  it('refuses a larger one, says how large it may be, and goes on', async () => {
    const error = await errorOf(append(LARGEST + 1));
    expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
    expect(error).toMatchObject({ maxAppendSize: LARGEST });
    await small();
  });

  it('counts the type and the metadata of an event too', async () => {
    const metadata = Buffer.alloc(LARGEST_EVENT - LARGEST - TYPE.length);
    await append(LARGEST, metadata);
    expect(await errorOf(append(LARGEST, Buffer.concat([metadata, Buffer.alloc(1)])))).toMatchObject({
      message: expect.stringContaining(
        `An event may have at most ${LARGEST_EVENT} bytes; this one has ${LARGEST_EVENT + 1}.`,
      ),
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

  it('is not told to take more than EventStoreDB can be', async () => {
    const started = startEmbeddedNode({ args: ['--max-append-size', String(LARGEST + 1)] });
    await expect(started).rejects.toThrow('maxAppendSize');
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
