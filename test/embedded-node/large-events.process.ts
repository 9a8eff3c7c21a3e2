import { binaryEvent, jsonEvent, MaxAppendSizeExceededError } from '@eventstore/db-client';
import { appendCalls, errorOf } from '../embedded/server-under-test.ts';
import { startEmbeddedNode } from '../support/node.ts';
import { nodeUnderTest } from '../support/node-under-test.ts';

/** Of one append, and of one message. */
const LARGEST = 16_767_216;
/** What a message holds besides the data of its event, with a margin. */
const ENVELOPE = 1_000;

describe.each(appendCalls)(
  'a node that is told to take as much as EventStoreDB can be, through %s',
  (_name, options) => {
    const server = nodeUnderTest(() => startEmbeddedNode({ args: ['--max-append-size', String(LARGEST)] }));

    const append = (...sizes: number[]) => {
      const events = sizes.map((bytes) => binaryEvent({ type: 'Scan', data: Buffer.alloc(bytes, 7) }));
      return server.client.appendToStream('scans', events, options);
    };
    const small = () => server.client.appendToStream('small', jsonEvent({ type: 'Noted', data: {} }), options);

    it('takes an event that fills a message and gives it back', async () => {
      const { nextExpectedRevision } = await append(LARGEST - ENVELOPE);
      const read: unknown[] = [];
      for await (const { event } of server.client.readStream('scans', { fromRevision: nextExpectedRevision })) {
        read.push(event?.data);
      }
      expect(read).toHaveLength(1);
      expect(Buffer.alloc(LARGEST - ENVELOPE, 7).equals(read[0] as Uint8Array)).toBe(true);
    });

    it('takes as much in several events, refuses more, says how much it may be, and goes on', async () => {
      const quarter = LARGEST / 4;
      await append(quarter, quarter, quarter, quarter);
      const error = await errorOf(append(quarter, quarter, quarter, quarter + 1));
      expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
      expect(error).toMatchObject({ maxAppendSize: LARGEST });
      await small();
    });

    it.each([LARGEST, 20_000_000])(
      'refuses an event of %i bytes, whose message is too large, and goes on',
      async (bytes) => {
        expect(await errorOf(append(bytes))).toMatchObject({
          code: 8,
          message: expect.stringMatching(/larger than max \(\d+ vs\.? 16767216\)/),
        });
        await small();
      },
    );

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
  },
);
