import { ANY, NO_STREAM, STREAM_EXISTS, WrongExpectedVersionError } from '@eventstore/db-client';
import { appendCalls, collect, errorOf, fresh, note, notes, numbersOf, serverUnderTest } from './server-under-test.ts';

describe.each(appendCalls)('repeating an append through %s', (_name, options) => {
  const server = serverUnderTest();
  const readBack = async (stream: string) => numbersOf(await collect(server.client.readStream(stream)));

  it.each([
    ['any revision', ANY],
    ['no stream', NO_STREAM],
  ] as const)('is answered like the first time, expecting %s', async (_what, expectedRevision) => {
    const stream = fresh('repeat');
    const events = notes(3);
    const first = await server.client.appendToStream(stream, events, { ...options, expectedRevision });
    await server.client.appendToStream(stream, note(3), options);
    const again = await server.client.appendToStream(stream, events, { ...options, expectedRevision });
    expect(again).toEqual(first);
    expect(await readBack(stream)).toEqual([0, 1, 2, 3]);
  });

  it('is answered like the first time, expecting the stream to exist', async () => {
    const stream = fresh('repeat');
    await server.client.appendToStream(stream, note(0), options);
    const event = note(1);
    const first = await server.client.appendToStream(stream, event, { ...options, expectedRevision: STREAM_EXISTS });
    const again = await server.client.appendToStream(stream, event, { ...options, expectedRevision: STREAM_EXISTS });
    expect(again).toEqual(first);
    expect(await readBack(stream)).toEqual([0, 1]);
  });

  it('is answered like the first time, expecting the same revision', async () => {
    const stream = fresh('repeat');
    await server.client.appendToStream(stream, note(0), options);
    const events = [note(1), note(2)];
    const first = await server.client.appendToStream(stream, events, { ...options, expectedRevision: 0n });
    await server.client.appendToStream(stream, note(3), options);
    const again = await server.client.appendToStream(stream, events, { ...options, expectedRevision: 0n });
    expect(again).toEqual(first);
    expect(await readBack(stream)).toEqual([0, 1, 2, 3]);
  });

  it('accepts a part that begins where the first one began', async () => {
    const stream = fresh('part');
    const events = notes(4);
    await server.client.appendToStream(stream, events, { ...options, expectedRevision: NO_STREAM });
    const part = await server.client.appendToStream(stream, events.slice(0, 2), {
      ...options,
      expectedRevision: NO_STREAM,
    });
    expect(part.nextExpectedRevision).toBe(1n);
    const later = await server.client.appendToStream(stream, events.slice(1, 3), { ...options, expectedRevision: ANY });
    expect(later.nextExpectedRevision).toBe(2n);
    expect(await readBack(stream)).toEqual([0, 1, 2, 3]);
  });

  it('is told by its ids when any revision will do: not by their order, nor by how often they come', async () => {
    const stream = fresh('within');
    const [one, other] = [note(0), note(1)];
    await server.client.appendToStream(stream, one, options);
    expect((await server.client.appendToStream(stream, [one, one], options)).nextExpectedRevision).toBe(0n);
    await server.client.appendToStream(stream, [other, other], options);
    expect((await server.client.appendToStream(stream, [other, one], options)).nextExpectedRevision).toBe(0n);
    // Of several places the first one is told.
    expect((await server.client.appendToStream(stream, [other, other], options)).nextExpectedRevision).toBe(1n);
    expect(await readBack(stream)).toEqual([0, 1, 1]);
  });

  it.each([
    ['any revision', ANY],
    ['no stream', NO_STREAM],
  ] as const)('is refused when some of it is new, expecting %s', async (_what, expectedRevision) => {
    const stream = fresh('mixed');
    const events = notes(2);
    await server.client.appendToStream(stream, events, options);
    const error = await errorOf(
      server.client.appendToStream(stream, [...events, note(2)], { ...options, expectedRevision }),
    );
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(await readBack(stream)).toEqual([0, 1]);
  });

  it('is refused when the events are others at an older revision', async () => {
    const stream = fresh('others');
    await server.client.appendToStream(stream, notes(3), options);
    const error = await errorOf(server.client.appendToStream(stream, notes(1), { ...options, expectedRevision: 0n }));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
  });

  it('recognises a repeat by stream: the same ids elsewhere are new', async () => {
    const events = notes(2);
    const [one, other] = [fresh('one'), fresh('other')];
    await server.client.appendToStream(one, events, options);
    await server.client.appendToStream(other, events, options);
    expect(await readBack(other)).toEqual([0, 1]);
  });

  it('writes equal ids at exact revisions, since the caller insists', async () => {
    const stream = fresh('insist');
    const event = note(0);
    await server.client.appendToStream(stream, event, options);
    const again = await server.client.appendToStream(stream, event, { ...options, expectedRevision: 0n });
    expect(again.nextExpectedRevision).toBe(1n);
    expect(await readBack(stream)).toEqual([0, 0]);
  });

  // EventStoreDB gives no answer to a repeat that comes while the first is being written, but a time-out after 2 s.
  it('stores events once when repeats arrive together, whatever each is answered', async () => {
    const stream = fresh('storm');
    const events = notes(3);
    const answers = await Promise.allSettled(
      Array.from({ length: 10 }, () => server.client.appendToStream(stream, events, options)),
    );
    const revisions = answers.flatMap((answer) =>
      answer.status === 'fulfilled' ? [answer.value.nextExpectedRevision] : [],
    );
    expect(new Set(revisions)).toEqual(new Set([2n]));
    for (const answer of answers) {
      if (answer.status === 'rejected') expect(['timeout', 'deadline-exceeded']).toContain(answer.reason.type);
    }
    expect(await readBack(stream)).toEqual([0, 1, 2]);
  });
});
