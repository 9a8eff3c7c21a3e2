import {
  ANY,
  BACKWARDS,
  binaryEvent,
  END,
  jsonEvent,
  NO_STREAM,
  type StreamMetadata,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { eventually } from '../support/eventually.ts';
import { collect, errorOf, fresh, isRealServer, note, notes, numbersOf, serverUnderTest } from './server-under-test.ts';

describe('stream metadata', () => {
  const server = serverUnderTest();
  const read = async (stream: string) => numbersOf(await collect(server.client.readStream(stream)));

  it('is empty until somebody writes it', async () => {
    expect((await server.client.getStreamMetadata(fresh('none'))).metadata).toBeUndefined();
  });

  it('comes back as it was written', async () => {
    const stream = fresh('written');
    const metadata: StreamMetadata<{ own: { deep: (number | string)[] } }> = {
      maxCount: 10,
      maxAge: 1_000,
      truncateBefore: 2,
      cacheControl: 5,
      acl: { readRoles: ['a', 'b'], writeRoles: ['c'], metaReadRoles: ['$all'] },
      own: { deep: [1, 'ü'] },
    };
    const first = await server.client.setStreamMetadata(stream, metadata, { expectedRevision: NO_STREAM });
    expect(first.nextExpectedRevision).toBe(0n);
    expect((await server.client.getStreamMetadata(stream)).metadata).toEqual(metadata);
    const second = await server.client.setStreamMetadata(stream, { maxCount: 3 }, { expectedRevision: 0n });
    expect(second.nextExpectedRevision).toBe(1n);
    expect((await server.client.getStreamMetadata(stream)).metadata).toEqual({ maxCount: 3 });
    const [stored] = await collect(server.client.readStream(`$$${stream}`));
    expect(stored?.event?.data).toEqual({ $maxCount: 3 });
  });

  it('is under optimistic concurrency like any stream', async () => {
    const stream = fresh('concurrent');
    await server.client.setStreamMetadata(stream, { maxCount: 1 });
    const error = await errorOf(
      server.client.setStreamMetadata(stream, { maxCount: 2 }, { expectedRevision: NO_STREAM }),
    );
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
  });

  it('shows its last version alone', async () => {
    const stream = fresh('versions');
    for (const maxCount of [1, 2, 3]) await server.client.setStreamMetadata(stream, { maxCount });
    const events = await collect(server.client.readStream(`$$${stream}`));
    expect(events.map(({ event }) => event?.revision)).toEqual([2n]);
  });

  it('limits how many events show', async () => {
    const stream = fresh('max-count');
    await server.client.appendToStream(stream, notes(10));
    await server.client.setStreamMetadata(stream, { maxCount: 3 });
    expect(await read(stream)).toEqual([7, 8, 9]);
    await server.client.appendToStream(stream, note(10));
    expect(await read(stream)).toEqual([8, 9, 10]);
    const backwards = await collect(server.client.readStream(stream, { direction: BACKWARDS, fromRevision: END }));
    expect(numbersOf(backwards)).toEqual([10, 9, 8]);
    await server.client.setStreamMetadata(stream, {});
    expect(await read(stream)).toHaveLength(11);
  });

  it('hides events before a revision', async () => {
    const stream = fresh('truncated');
    await server.client.appendToStream(stream, notes(10));
    await server.client.setStreamMetadata(stream, { truncateBefore: 6 });
    expect(await read(stream)).toEqual([6, 7, 8, 9]);
    await server.client.setStreamMetadata(stream, { truncateBefore: 6, maxCount: 2 });
    expect(await read(stream)).toEqual([8, 9]);
    await server.client.setStreamMetadata(stream, { truncateBefore: 100 });
    expect(await read(stream)).toEqual([]);
    const appended = await server.client.appendToStream(stream, note(10), { expectedRevision: 9n });
    expect(appended.nextExpectedRevision).toBe(10n);
  });

  it('hides events that are too old', async () => {
    const stream = fresh('aged');
    await server.client.appendToStream(stream, notes(5));
    await server.client.setStreamMetadata(stream, { maxAge: 3_600 });
    expect(await read(stream)).toHaveLength(5);
    await server.client.setStreamMetadata(stream, { maxAge: 1 });
    await eventually(async () => (await read(stream)).length === 0);
    await server.client.appendToStream(stream, note(5));
    expect(await read(stream)).toEqual([5]);
  });

  it.each([
    ['no JSON', 'not json'],
    ['limits that make no sense', { $maxCount: -1, $maxAge: 0, $tb: 'x' }],
  ])('counts as empty where it is %s', async (_what, data) => {
    const stream = fresh('nonsense');
    await server.client.appendToStream(stream, notes(3));
    await server.client.appendToStream(`$$${stream}`, jsonEvent({ type: '$metadata', data: data as never }));
    expect(await read(stream)).toEqual([0, 1, 2]);
  });

  it('brings a deleted stream back when it is written', async () => {
    const stream = fresh('revived');
    await server.client.appendToStream(stream, notes(2));
    await server.client.deleteStream(stream);
    await server.client.setStreamMetadata(stream, { maxCount: 5, own: 'kept' }, { expectedRevision: ANY });
    expect(await read(stream)).toEqual([]);
    const { metadata } = await server.client.getStreamMetadata(stream);
    expect(metadata).toMatchObject({ maxCount: 5, own: 'kept', truncateBefore: 2 });
    await server.client.appendToStream(stream, note(2));
    expect(await read(stream)).toEqual([2]);
  });

  (isRealServer ? it.skip : it)('keeps a revision beyond 2^53 exactly', async () => {
    // Needs bytes that are JSON without passing through the client's JSON: a binary event of the right type. The real
    // server takes metadata from JSON events alone.
    const stream = fresh('exact');
    await server.client.appendToStream(stream, notes(2));
    const data = Buffer.from('{"$tb":9223372036854775806,"own":12345678901234567890}');
    await server.client.appendToStream(`$$${stream}`, binaryEvent({ type: '$metadata', data }));
    expect(await read(stream)).toEqual([]);
    await server.client.deleteStream(stream);
    expect(await errorOf(read(stream))).toMatchObject({ type: 'stream-not-found' });
  });
});
