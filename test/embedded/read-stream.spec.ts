import { BACKWARDS, END, FORWARDS, START, StreamDeletedError, StreamNotFoundError } from '@eventstore/db-client';
import { collect, errorOf, fresh, NO_REVISION, note, notes, numbersOf, serverUnderTest } from './server-under-test.ts';

describe('reading a stream', () => {
  const server = serverUnderTest();
  const stream = fresh('read');
  const COUNT = 450;

  beforeAll(async () => {
    await server.client.appendToStream(stream, notes(COUNT));
  });

  const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);

  it('gives all events in order', async () => {
    const events = await collect(server.client.readStream(stream));
    expect(numbersOf(events)).toEqual(upTo(COUNT));
    expect(events.map(({ event }) => event?.revision)).toEqual(upTo(COUNT).map(BigInt));
  });

  it('gives all events backwards from the end', async () => {
    const events = await collect(server.client.readStream(stream, { direction: BACKWARDS, fromRevision: END }));
    expect(numbersOf(events)).toEqual(upTo(COUNT).reverse());
  });

  it.each([
    ['forwards from a revision, included', { direction: FORWARDS, fromRevision: 447n }, [447, 448, 449]],
    ['forwards, so many', { direction: FORWARDS, fromRevision: START, maxCount: 3 }, [0, 1, 2]],
    ['backwards from a revision, included', { direction: BACKWARDS, fromRevision: 2n }, [2, 1, 0]],
    ['backwards from the start', { direction: BACKWARDS, fromRevision: START }, [0]],
    ['backwards from beyond the end', { direction: BACKWARDS, fromRevision: 99_999n, maxCount: 2 }, [449, 448]],
    ['forwards from beyond the end', { direction: FORWARDS, fromRevision: 99_999n }, []],
    [
      'backwards from the end, said as a revision',
      { direction: BACKWARDS, fromRevision: NO_REVISION, maxCount: 1 },
      [449],
    ],
  ] as const)('reads %s', async (_what, options, expected) => {
    expect(numbersOf(await collect(server.client.readStream(stream, options)))).toEqual(expected);
  });

  it('is refused forwards from the end', async () => {
    const error = await errorOf(collect(server.client.readStream(stream, { direction: FORWARDS, fromRevision: END })));
    expect(error).toMatchObject({ code: 2, message: expect.stringContaining('Unexpected ReadStreamResult: Error') });
  });

  it('says where in the whole log an event is', async () => {
    const own = fresh('positions');
    const { position } = await server.client.appendToStream(own, notes(2));
    const [first, last] = await collect(server.client.readStream(own));
    expect(last?.event?.position).toEqual(position);
    expect(last?.commitPosition).toBe(position?.commit);
    expect(first?.event?.position?.commit).toBeLessThan(position?.commit ?? 0n);
  });

  it('says when there is no such stream', async () => {
    const missing = fresh('missing');
    const error = await errorOf(collect(server.client.readStream(missing)));
    expect(error).toBeInstanceOf(StreamNotFoundError);
    expect(
      await errorOf(collect(server.client.readStream(missing, { direction: BACKWARDS, fromRevision: END }))),
    ).toBeInstanceOf(StreamNotFoundError);
  });

  it('says when the stream was deleted for good', async () => {
    const gone = fresh('gone');
    await server.client.appendToStream(gone, note(0));
    await server.client.tombstoneStream(gone);
    const error = await errorOf(collect(server.client.readStream(gone)));
    expect(error).toBeInstanceOf(StreamDeletedError);
    expect(error).toMatchObject({ streamName: gone });
  });

  it('may be left in the middle', async () => {
    const seen: unknown[] = [];
    for await (const { event } of server.client.readStream(stream)) {
      seen.push(event);
      if (seen.length === 5) break;
    }
    expect(seen).toHaveLength(5);
    expect(await collect(server.client.readStream(stream, { maxCount: 1 }))).toHaveLength(1);
  });
});
