import { binaryEvent, START } from '@eventstore/db-client';
import { collect, Follower, fresh, note, notes, serverUnderTest } from './server-under-test.ts';

const linkTo = (revision: number | bigint, stream: string) =>
  binaryEvent({ type: '$>', data: Buffer.from(`${revision}@${stream}`) });

describe('links', () => {
  const server = serverUnderTest();
  const resolved = (stream: string) => collect(server.client.readStream(stream, { resolveLinkTos: true }));

  it('stay links unless the reader asks', async () => {
    const [target, links] = [fresh('target'), fresh('links')];
    await server.client.appendToStream(target, note(7));
    await server.client.appendToStream(links, linkTo(0, target));
    const [entry] = await collect(server.client.readStream(links));
    expect(entry?.event).toMatchObject({ type: '$>', streamId: links });
    expect(entry?.link).toBeUndefined();
  });

  it('resolve to the event they name, with the link beside it', async () => {
    const [target, links] = [fresh('target@with-at'), fresh('links')];
    await server.client.appendToStream(target, notes(3));
    const { position } = await server.client.appendToStream(links, [linkTo(2, target), note(9)]);
    const [entry, plain] = await resolved(links);
    expect(entry?.event).toMatchObject({ streamId: target, revision: 2n, data: { number: 2 } });
    expect(entry?.link).toMatchObject({ streamId: links, revision: 0n, type: '$>' });
    // Where the reader found it, not where the target is.
    expect(entry?.commitPosition).toBe(entry?.link?.position?.commit);
    expect(plain?.event).toMatchObject({ data: { number: 9 }, position });
    expect(plain?.link).toBeUndefined();
  });

  it.each([
    ['never was', async (_target: string) => 99],
    [
      'is truncated',
      async (target: string) => {
        await server.client.setStreamMetadata(target, { truncateBefore: 2 });
        return 0;
      },
    ],
    [
      'is in a deleted stream',
      async (target: string) => {
        await server.client.deleteStream(target);
        return 0;
      },
    ],
    [
      'is in a tombstoned stream',
      async (target: string) => {
        await server.client.tombstoneStream(target);
        return 0;
      },
    ],
  ])('come alone when their target %s', async (_why, make) => {
    const [target, links] = [fresh('target'), fresh('links')];
    await server.client.appendToStream(target, notes(3));
    const revision = await make(target);
    await server.client.appendToStream(links, linkTo(revision, target));
    const [entry] = await resolved(links);
    expect(entry?.link).toMatchObject({ type: '$>', streamId: links });
    expect(entry?.event).toBeUndefined();
  });

  it('resolve in subscriptions, in the past and live', async () => {
    const [target, links] = [fresh('target'), fresh('links')];
    await server.client.appendToStream(target, notes(2));
    await server.client.appendToStream(links, linkTo(0, target));
    const follower = new Follower(
      server.client.subscribeToStream(links, { fromRevision: START, resolveLinkTos: true }),
    );
    await follower.caughtUp();
    await server.client.appendToStream(links, linkTo(1, target));
    await follower.received(2);
    expect(follower.events.map(({ event }) => event?.revision)).toEqual([0n, 1n]);
    expect(follower.events.map(({ link }) => link?.streamId)).toEqual([links, links]);
    await follower.stop();
  });

  it('resolve in $all', async () => {
    const [target, links] = [fresh('target'), fresh('links')];
    await server.client.appendToStream(target, note(5));
    const { position } = await server.client.appendToStream(links, linkTo(0, target));
    const [entry] = await collect(
      server.client.readAll({ fromPosition: position ?? START, resolveLinkTos: true, maxCount: 1 }),
    );
    expect(entry?.event).toMatchObject({ streamId: target, data: { number: 5 } });
    expect(entry?.link).toMatchObject({ streamId: links, position });
  });
});
