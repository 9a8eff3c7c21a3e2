import { randomUUID } from 'node:crypto';
import {
  ANY,
  binaryEvent,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeletedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import {
  appendCalls,
  collect,
  errorOf,
  fresh,
  isRealServer,
  NO_REVISION,
  note,
  notes,
  numbersOf,
  serverUnderTest,
} from './server-under-test.ts';

describe.each(appendCalls)('appending through %s', (_name, options) => {
  const server = serverUnderTest();

  describe('expecting nothing in particular', () => {
    it('begins a stream and goes on with it', async () => {
      const stream = fresh('any');
      const first = await server.client.appendToStream(stream, note(0), { ...options, expectedRevision: ANY });
      expect(first).toMatchObject({ success: true, nextExpectedRevision: 0n });
      const second = await server.client.appendToStream(stream, notes(3), { ...options, expectedRevision: ANY });
      expect(second.nextExpectedRevision).toBe(3n);
      expect(second.position?.commit).toBeGreaterThan(first.position?.commit ?? 0n);
    });
  });

  describe('expecting no stream', () => {
    it('begins a stream', async () => {
      const appended = await server.client.appendToStream(fresh('new'), notes(2), {
        ...options,
        expectedRevision: NO_STREAM,
      });
      expect(appended.nextExpectedRevision).toBe(1n);
    });

    it('may say it as a revision', async () => {
      const stream = fresh('new');
      const revision = { ...options, expectedRevision: NO_REVISION };
      expect((await server.client.appendToStream(stream, note(0), revision)).nextExpectedRevision).toBe(0n);
      const error = await errorOf(server.client.appendToStream(stream, note(1), revision));
      expect(error).toBeInstanceOf(WrongExpectedVersionError);
      expect(error).toMatchObject({ streamName: stream, actualVersion: 0n });
    });

    it('is refused when the stream has events', async () => {
      const stream = fresh('taken');
      await server.client.appendToStream(stream, notes(2), options);
      const error = await errorOf(
        server.client.appendToStream(stream, note(9), { ...options, expectedRevision: NO_STREAM }),
      );
      expect(error).toBeInstanceOf(WrongExpectedVersionError);
      expect(error).toMatchObject({ streamName: stream, expectedVersion: NO_STREAM, actualVersion: 1n });
      expect(numbersOf(await collect(server.client.readStream(stream)))).toEqual([0, 1]);
    });
  });

  describe('expecting the stream to exist', () => {
    it('goes on with a stream that does', async () => {
      const stream = fresh('existing');
      await server.client.appendToStream(stream, note(0), options);
      const appended = await server.client.appendToStream(stream, note(1), {
        ...options,
        expectedRevision: STREAM_EXISTS,
      });
      expect(appended.nextExpectedRevision).toBe(1n);
    });

    it('is refused when it does not', async () => {
      const stream = fresh('absent');
      const error = await errorOf(
        server.client.appendToStream(stream, note(0), { ...options, expectedRevision: STREAM_EXISTS }),
      );
      expect(error).toBeInstanceOf(WrongExpectedVersionError);
      expect(error).toMatchObject({ expectedVersion: STREAM_EXISTS, actualVersion: NO_STREAM });
    });

    it('takes metadata for existence', async () => {
      const stream = fresh('only-metadata');
      await server.client.setStreamMetadata(stream, { maxCount: 5 });
      const appended = await server.client.appendToStream(stream, note(0), {
        ...options,
        expectedRevision: STREAM_EXISTS,
      });
      expect(appended.nextExpectedRevision).toBe(0n);
    });
  });

  describe('expecting a revision', () => {
    it('succeeds when it is the last one', async () => {
      const stream = fresh('exact');
      const { nextExpectedRevision } = await server.client.appendToStream(stream, notes(4), options);
      const appended = await server.client.appendToStream(stream, note(4), {
        ...options,
        expectedRevision: nextExpectedRevision,
      });
      expect(appended.nextExpectedRevision).toBe(4n);
    });

    it.each([
      ['older', 1n],
      ['newer', 7n],
    ])('is refused when the last one is %s', async (_which, expectedRevision) => {
      const stream = fresh('other');
      await server.client.appendToStream(stream, notes(4), options);
      const error = await errorOf(server.client.appendToStream(stream, note(9), { ...options, expectedRevision }));
      expect(error).toBeInstanceOf(WrongExpectedVersionError);
      expect(error).toMatchObject({ expectedVersion: expectedRevision, actualVersion: 3n });
    });

    it('is refused when there is no stream', async () => {
      const error = await errorOf(
        server.client.appendToStream(fresh('none'), note(0), { ...options, expectedRevision: 3n }),
      );
      expect(error).toMatchObject({ expectedVersion: 3n, actualVersion: NO_STREAM });
    });

    it('lets one of many racing writers win', async () => {
      const stream = fresh('race');
      await server.client.appendToStream(stream, note(0), options);
      const attempts = await Promise.allSettled(
        notes(8).map((event) => server.client.appendToStream(stream, event, { ...options, expectedRevision: 0n })),
      );
      expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await collect(server.client.readStream(stream))).toHaveLength(2);
    });
  });

  it('answers a wrong version without an error when the client prefers it so', async () => {
    const client = server.another({ option: 'throwOnAppendFailure=false' });
    const answer = await client.appendToStream(fresh('quiet'), note(0), { ...options, expectedRevision: 5n });
    expect(answer).toMatchObject({ success: false, nextExpectedRevision: -1n });
  });

  it('refuses a tombstoned stream', async () => {
    const stream = fresh('tombstoned');
    await server.client.tombstoneStream(stream);
    for (const expectedRevision of [ANY, NO_STREAM, STREAM_EXISTS, 0n] as const) {
      const error = await errorOf(server.client.appendToStream(stream, note(0), { ...options, expectedRevision }));
      expect(error).toBeInstanceOf(StreamDeletedError);
      expect(error).toMatchObject({ streamName: stream });
    }
  });

  it('keeps every field of an event', async () => {
    const stream = fresh('fields-ü-日本');
    const id = randomUUID();
    const before = Date.now();
    const json = jsonEvent({
      id,
      type: 'Größe-日本',
      data: { text: 'ü€😀', deep: [1, { a: null }] },
      metadata: { by: 'ä' },
    });
    const binary = binaryEvent({
      type: 'Bytes',
      data: Uint8Array.from([0, 1, 254, 255]),
      metadata: Uint8Array.from([9]),
    });
    const { position } = await server.client.appendToStream(stream, [json, binary], options);
    const [first, second] = await collect(server.client.readStream(stream));
    expect(first?.event).toMatchObject({
      streamId: stream,
      id,
      revision: 0n,
      type: 'Größe-日本',
      isJson: true,
      data: { text: 'ü€😀', deep: [1, { a: null }] },
      metadata: { by: 'ä' },
    });
    const created = first?.event?.created.getTime() ?? 0;
    // The clock is the server's.
    expect(created).toBeGreaterThan(before - (isRealServer ? 60_000 : 1));
    expect(second?.event).toMatchObject({ revision: 1n, type: 'Bytes', isJson: false, position });
    expect([...((second?.event?.data as Uint8Array) ?? [])]).toEqual([0, 1, 254, 255]);
    expect([...((second?.event?.metadata as Uint8Array) ?? [])]).toEqual([9]);
  });

  it('stores all events of an append or none', async () => {
    const stream = fresh('together');
    await server.client.appendToStream(stream, note(0), options);
    await errorOf(server.client.appendToStream(stream, notes(5), { ...options, expectedRevision: 3n }));
    expect(await collect(server.client.readStream(stream))).toHaveLength(1);
    await server.client.appendToStream(stream, notes(500), options);
    expect(await collect(server.client.readStream(stream))).toHaveLength(501);
  });

  it('begins no stream by appending nothing', async () => {
    const stream = fresh('empty');
    await server.client.appendToStream(stream, [], options);
    const appended = await server.client.appendToStream(stream, note(0), { ...options, expectedRevision: NO_STREAM });
    expect(appended.nextExpectedRevision).toBe(0n);
    await server.client.appendToStream(stream, [], { ...options, expectedRevision: 0n });
    expect(await collect(server.client.readStream(stream))).toHaveLength(1);
  });

  describe('up to the maximum append size of 1 MiB', () => {
    const MAXIMUM = 1_048_576;
    const ofSize = (bytes: number) => binaryEvent({ type: 'Sized', data: new Uint8Array(bytes) });

    it('counts the data of all events together', async () => {
      const stream = fresh('size');
      const half = MAXIMUM / 2;
      await server.client.appendToStream(stream, [ofSize(half), ofSize(half)], options);
      const error = await errorOf(server.client.appendToStream(stream, [ofSize(half), ofSize(half + 1)], options));
      expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
      expect(error).toMatchObject({ maxAppendSize: MAXIMUM });
      expect(await collect(server.client.readStream(stream))).toHaveLength(2);
    });

    it('refuses an event of 16 MB and goes on serving', async () => {
      const stream = fresh('huge');
      const error = await errorOf(server.client.appendToStream(stream, ofSize(16_000_000), options));
      expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
      expect((await server.client.appendToStream(stream, note(0), options)).success).toBe(true);
    });
  });
});
