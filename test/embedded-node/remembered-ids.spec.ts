import { ANY, DeadlineExceededError, NO_STREAM, STREAM_EXISTS, TimeoutError } from '@eventstore/db-client';
import { appendCalls, collect, errorOf, fresh, note, numbersOf } from '../embedded/server-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { startEmbeddedNode } from '../support/node.ts';
import { nodeUnderTest } from '../support/node-under-test.ts';

const remembering = (ids: number) => nodeUnderTest(() => startEmbeddedNode({ args: ['--remember-ids', String(ids)] }));

describe.each(appendCalls)('a repeat on a node that forgets, through %s', (name, options) => {
  const numbers = async (server: ReturnType<typeof remembering>, stream: string) =>
    numbersOf(await collect(server.client.readStream(stream)));

  describe('with two ids remembered', () => {
    const server = remembering(2);
    const append = (stream: string, event: ReturnType<typeof note>) =>
      server.client.appendToStream(stream, event, options);

    it('is recognised while it is remembered, and stored again once it is not', async () => {
      const stream = fresh('forgotten');
      const event = note(0);
      const first = await append(stream, event);
      await append(stream, note(1));
      expect(await append(stream, event)).toEqual(first);
      await append(stream, note(2));
      expect((await append(stream, event)).nextExpectedRevision).toBe(3n);
      expect(await numbers(server, stream)).toEqual([0, 1, 2, 0]);
    });

    it('is stored again after a restart, unless it insists on where it belongs', async () => {
      const stream = fresh('restarted');
      const event = note(0);
      const first = await server.client.appendToStream(stream, event, { ...options, expectedRevision: NO_STREAM });
      await server.client.dispose();
      await server.node.restart();
      const again = (expectedRevision: typeof ANY | typeof NO_STREAM | typeof STREAM_EXISTS) =>
        server.client.appendToStream(stream, event, { ...options, expectedRevision });
      expect(await again(NO_STREAM)).toEqual(first);
      expect((await again(ANY)).nextExpectedRevision).toBe(1n);
      expect(await numbers(server, stream)).toEqual([0, 0]);
    });

    it('is recognised in the first stream its id went to alone', async () => {
      const [stream, other] = [fresh('here'), fresh('there')];
      const event = note(0);
      for (const each of [stream, other, stream, other]) await append(each, event);
      expect(await numbers(server, stream)).toEqual([0]);
      expect(await numbers(server, other)).toEqual([0, 0]);
    });

    it('gets no answer, but a time-out, while what it repeats is being written', async () => {
      const together = async () => {
        const stream = fresh('together');
        const event = note(0);
        const hasty = () => server.client.appendToStream(stream, event, { ...options, deadline: 3_000 });
        const answers = await Promise.allSettled([hasty(), hasty()]);
        const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
        return { stream, event, refused };
      };
      // On a busy machine the first may be written before the second comes: then they were not at once.
      const { stream, event, refused } = await eventually(async () => {
        const tried = await together();
        return tried.refused.length > 0 ? tried : undefined;
      });
      expect(refused).toEqual([expect.any(name === 'Append' ? TimeoutError : DeadlineExceededError)]);
      expect((await append(stream, event)).nextExpectedRevision).toBe(0n);
      expect(await numbers(server, stream)).toEqual([0]);
    });
  });

  describe('with none remembered', () => {
    const server = remembering(0);

    it.each([
      ['any revision', ANY],
      ['the stream to exist', STREAM_EXISTS],
    ] as const)('is stored again, expecting %s', async (_what, expectedRevision) => {
      const stream = fresh('none');
      await server.client.appendToStream(stream, note(0), options);
      const event = note(1);
      await server.client.appendToStream(stream, event, { ...options, expectedRevision });
      await server.client.appendToStream(stream, event, { ...options, expectedRevision });
      expect(await numbers(server, stream)).toEqual([0, 1, 1]);
    });
  });
});

describe('the number of ids to remember', () => {
  it('is refused when it is none', async () => {
    const started = errorOf(startEmbeddedNode({ args: ['--remember-ids', 'few'] }));
    expect(await started).toMatchObject({ message: expect.stringContaining('how many ids to remember is a number') });
  });
});
