import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';

export type HoldingProxy = {
  readonly connectionString: string;
  /** From now on nothing that persistent subscriptions hand out gets through, on connections that stay open; all else does. */
  readonly hold: () => void;
  /** Lets through what was held, and all that comes. */
  readonly release: () => void;
  readonly stop: () => Promise<void>;
};

const HELD = '/event_store.client.persistent_subscriptions.PersistentSubscriptions/Read';

/** Stands between a client and a node without TLS, call by call. */
export const startHoldingProxy = async (upstreamUrl: string): Promise<HoldingProxy> => {
  const [, authority = ''] = /^esdb:\/\/([^/?]+)/.exec(upstreamUrl) ?? [];
  let holding = false;
  const waiting = new Set<() => void>();
  const sessions = new Set<{ destroy: () => void }>();
  const server = http2.createServer();

  server.on('session', (session) => {
    const upstream = http2.connect(`http://${authority}`);
    for (const one of [session, upstream]) {
      sessions.add(one);
      one.on('error', () => {});
      one.on('close', () => sessions.delete(one));
    }
    session.on('close', () => upstream.destroy());
    upstream.on('close', () => session.destroy());
    session.on('stream', (stream, headers) => {
      const call = upstream.request(headers);
      let trailers: http2.OutgoingHttpHeaders = {};
      let messages = 0;
      const held: Buffer[] = [];
      const flush = () => {
        for (const chunk of held.splice(0)) stream.write(chunk);
      };
      waiting.add(flush);
      call.on('response', (response, flags) => {
        if ((flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0) stream.respond(response, { endStream: true });
        else stream.respond(response, { waitForTrailers: true });
      });
      call.on('trailers', (received) => {
        trailers = received;
      });
      // The first is the confirmation: the subscription looks like any other.
      call.on('data', (chunk: Buffer) => {
        messages += 1;
        if (holding && headers[':path'] === HELD && messages > 1) held.push(chunk);
        else stream.write(chunk);
      });
      call.on('end', () => stream.end());
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      stream.pipe(call);
      for (const one of [stream, call]) one.on('error', () => {});
      stream.on('close', () => {
        waiting.delete(flush);
        call.close(http2.constants.NGHTTP2_CANCEL);
      });
      call.on('close', () => stream.destroyed || stream.writableEnded || stream.close());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    connectionString: upstreamUrl.replace(authority, `127.0.0.1:${port}`),
    hold: () => {
      holding = true;
    },
    release: () => {
      holding = false;
      for (const flush of waiting) flush();
    },
    stop: async () => {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};
