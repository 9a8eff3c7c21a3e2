import {
  ANY,
  BACKWARDS,
  END,
  NO_STREAM,
  START,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import {
  appendCalls,
  collect,
  errorOf,
  fresh,
  NO_REVISION,
  note,
  notes,
  numbersOf,
  serverUnderTest,
} from './server-under-test.ts';

describe('deleting a stream', () => {
  const server = serverUnderTest();

  it.each([
    ['any revision', ANY],
    ['its last revision', 2n],
  ] as const)('makes it read as missing, expecting %s', async (_what, expectedRevision) => {
    const stream = fresh('deleted');
    await server.client.appendToStream(stream, notes(3));
    const { position } = await server.client.deleteStream(stream, { expectedRevision });
    expect(position?.commit).toBeGreaterThan(0n);
    expect(await errorOf(collect(server.client.readStream(stream)))).toBeInstanceOf(StreamNotFoundError);
    expect(
      await errorOf(collect(server.client.readStream(stream, { direction: BACKWARDS, fromRevision: END }))),
    ).toBeInstanceOf(StreamNotFoundError);
  });

  it.each([
    ['an older revision', 0n, '0', 2n],
    ['a newer revision', 9n, '9', 2n],
    ['no stream', NO_STREAM, '-1', 2n],
    ['no stream, said as a revision', NO_REVISION, '-1', 2n],
  ] as const)('is refused, expecting %s', async (_what, expectedRevision, expected, actualVersion) => {
    const stream = fresh('kept');
    await server.client.appendToStream(stream, notes(3));
    const error = await errorOf(server.client.deleteStream(stream, { expectedRevision }));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(error).toMatchObject({ streamName: stream, actualVersion });
    expect(String((error as WrongExpectedVersionError).message)).toContain(`Expected version: ${expected}`);
    expect(await collect(server.client.readStream(stream))).toHaveLength(3);
  });

  it('is refused when there is nothing to delete, with -1 for its last revision', async () => {
    const error = await errorOf(server.client.deleteStream(fresh('nothing')));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(error).toMatchObject({ actualVersion: -1n });
  });

  it('may be said twice', async () => {
    const stream = fresh('twice');
    await server.client.appendToStream(stream, note(0));
    await server.client.deleteStream(stream);
    await server.client.deleteStream(stream);
    expect(await errorOf(collect(server.client.readStream(stream)))).toBeInstanceOf(StreamNotFoundError);
  });

  it('loses the metadata', async () => {
    const stream = fresh('metadata');
    await server.client.appendToStream(stream, note(0));
    await server.client.setStreamMetadata(stream, { maxCount: 7, own: 'thing' });
    await server.client.deleteStream(stream);
    await server.client.appendToStream(stream, note(1));
    const { metadata } = await server.client.getStreamMetadata(stream);
    expect(metadata).toEqual({ truncateBefore: 1 });
  });
});

describe.each(appendCalls)('writing through %s to a deleted stream', (_name, options) => {
  const server = serverUnderTest();

  it.each([
    ['any revision', ANY],
    ['no stream', NO_STREAM],
    ['the revision it had', 2n],
  ] as const)('brings it back with its numbering going on, expecting %s', async (_what, expectedRevision) => {
    const stream = fresh('revived');
    await server.client.appendToStream(stream, notes(3));
    await server.client.deleteStream(stream);
    const appended = await server.client.appendToStream(stream, note(3), { ...options, expectedRevision });
    expect(appended.nextExpectedRevision).toBe(3n);
    const events = await collect(server.client.readStream(stream, { fromRevision: START }));
    expect(numbersOf(events)).toEqual([3]);
    expect(events[0]?.event?.revision).toBe(3n);
  });

  it('is refused when the stream must exist', async () => {
    const stream = fresh('must-exist');
    await server.client.appendToStream(stream, note(0));
    await server.client.deleteStream(stream);
    const error = await errorOf(
      server.client.appendToStream(stream, note(1), { ...options, expectedRevision: 'stream_exists' }),
    );
    expect(error).toBeInstanceOf(StreamDeletedError);
  });

  it('may happen again and again', async () => {
    const stream = fresh('again');
    for (let round = 0; round < 3; round++) {
      const { nextExpectedRevision } = await server.client.appendToStream(stream, notes(2), options);
      expect(nextExpectedRevision).toBe(BigInt(round * 2 + 1));
      expect(await collect(server.client.readStream(stream))).toHaveLength(2);
      await server.client.deleteStream(stream);
    }
  });
});

describe('tombstoning a stream', () => {
  const server = serverUnderTest();

  it.each([
    ['any revision', ANY],
    ['its last revision', 1n],
  ] as const)('closes it for good, expecting %s', async (_what, expectedRevision) => {
    const stream = fresh('closed');
    await server.client.appendToStream(stream, notes(2));
    const { position } = await server.client.tombstoneStream(stream, { expectedRevision });
    expect(position?.commit).toBeGreaterThan(0n);
    expect(await errorOf(collect(server.client.readStream(stream)))).toBeInstanceOf(StreamDeletedError);
    expect(await errorOf(server.client.appendToStream(stream, note(2)))).toBeInstanceOf(StreamDeletedError);
    expect(await errorOf(server.client.deleteStream(stream))).toBeInstanceOf(StreamDeletedError);
    expect(await errorOf(server.client.tombstoneStream(stream))).toBeInstanceOf(StreamDeletedError);
  });

  it.each([
    ['any revision', ANY],
    ['no stream', NO_STREAM],
  ] as const)('works on a stream that never was, expecting %s', async (_what, expectedRevision) => {
    const stream = fresh('never');
    await server.client.tombstoneStream(stream, { expectedRevision });
    expect(await errorOf(server.client.appendToStream(stream, note(0)))).toBeInstanceOf(StreamDeletedError);
  });

  it('is refused, expecting another revision', async () => {
    const stream = fresh('other');
    await server.client.appendToStream(stream, notes(2));
    const error = await errorOf(server.client.tombstoneStream(stream, { expectedRevision: 5n }));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(error).toMatchObject({ streamName: stream, expectedVersion: 5n, actualVersion: 1n });
    expect(String((error as WrongExpectedVersionError).message)).toContain('Delete failed');
    expect(await collect(server.client.readStream(stream))).toHaveLength(2);
  });

  it('is refused on a stream that never was, expecting a revision', async () => {
    const error = await errorOf(server.client.tombstoneStream(fresh('never'), { expectedRevision: 5n }));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(error).toMatchObject({ expectedVersion: 5n, actualVersion: -1n });
  });

  it('closes its metadata too', async () => {
    const stream = fresh('metadata');
    await server.client.tombstoneStream(stream);
    expect(await errorOf(server.client.setStreamMetadata(stream, { maxCount: 1 }))).toBeInstanceOf(StreamDeletedError);
    expect(await errorOf(server.client.getStreamMetadata(stream))).toBeInstanceOf(StreamDeletedError);
  });

  // EventStoreDB takes what goes on from metadata that it has in mind: not for ever, so only at once is it to be relied on.
  it('takes metadata where there was some before, and shows it to nobody', async () => {
    const stream = fresh('metadata');
    await server.client.appendToStream(stream, note(0));
    await server.client.deleteStream(stream);
    await server.client.tombstoneStream(stream);
    const { nextExpectedRevision } = await server.client.setStreamMetadata(stream, { maxCount: 2 });
    expect(nextExpectedRevision).toBe(1n);
    expect(await errorOf(server.client.getStreamMetadata(stream))).toBeInstanceOf(StreamDeletedError);
    expect(await errorOf(server.client.appendToStream(stream, note(1)))).toBeInstanceOf(StreamDeletedError);
  });

  it('closes a soft-deleted stream', async () => {
    const stream = fresh('twice');
    await server.client.appendToStream(stream, note(0));
    await server.client.deleteStream(stream);
    await server.client.tombstoneStream(stream);
    expect(await errorOf(server.client.appendToStream(stream, note(1)))).toBeInstanceOf(StreamDeletedError);
  });
});
