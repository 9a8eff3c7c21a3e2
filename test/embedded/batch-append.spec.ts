import { NO_STREAM, WrongExpectedVersionError } from '@eventstore/db-client';
import { collect, errorOf, fresh, note, notes, numbersOf, serverUnderTest } from './server-under-test.ts';

describe('appending much at once over one connection', () => {
  const server = serverUnderTest();

  it('keeps the order of each stream', async () => {
    // The client opens its connection with the first append and lets those that follow pass it meanwhile.
    await server.client.appendToStream(fresh('first'), note(0));
    const streams = Array.from({ length: 10 }, (_, index) => fresh(`lane-${index}`));
    await Promise.all(
      Array.from({ length: 1_000 }, (_, index) =>
        server.client.appendToStream(streams[index % 10] ?? '', note(Math.floor(index / 10))),
      ),
    );
    for (const stream of streams) {
      const numbers = numbersOf(await collect(server.client.readStream(stream)));
      expect(numbers).toEqual(Array.from({ length: 100 }, (_, index) => index));
    }
  });

  it('answers each append for itself, failures between successes', async () => {
    const [good, bad] = [fresh('good'), fresh('bad')];
    const answers = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) =>
        index % 2 === 0
          ? server.client.appendToStream(good, note(index))
          : server.client.appendToStream(bad, note(index), { expectedRevision: 99n }),
      ),
    );
    const refused = answers.filter((answer) => answer.status === 'rejected');
    expect(refused).toHaveLength(30);
    for (const { reason } of refused) {
      expect(reason).toBeInstanceOf(WrongExpectedVersionError);
      expect(reason).toMatchObject({ streamName: bad, actualVersion: NO_STREAM });
    }
    expect(await collect(server.client.readStream(good))).toHaveLength(30);
  });

  it('puts an append that came in many chunks together again', async () => {
    const stream = fresh('chunks');
    const appended = await server.client.appendToStream(stream, notes(1_000), { batchAppendSize: 2_000 });
    expect(appended.nextExpectedRevision).toBe(999n);
    const numbers = numbersOf(await collect(server.client.readStream(stream)));
    expect(numbers).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
  });

  it('refuses an append in chunks as a whole, and once', async () => {
    const stream = fresh('refused-chunks');
    await server.client.appendToStream(stream, note(0));
    const error = await errorOf(
      server.client.appendToStream(stream, notes(500), { batchAppendSize: 2_000, expectedRevision: NO_STREAM }),
    );
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(await collect(server.client.readStream(stream))).toHaveLength(1);
  });

  it('times out an append whose deadline has passed', async () => {
    const stream = fresh('late');
    const error = await errorOf(server.client.appendToStream(stream, note(0), { deadline: -1_000 }));
    expect(error).toMatchObject({ type: 'deadline-exceeded' });
    expect((await server.client.appendToStream(stream, note(0))).nextExpectedRevision).toBe(0n);
  });
});
