import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

export type S3Proxy = {
  readonly endpoint: string;
  /** How many times the bytes of an object were asked for, and what happens before the next such request gets through. */
  readonly reads: (key: string) => number;
  readonly beforeRead: (key: string, happens: () => Promise<unknown>) => void;
  readonly stop: () => Promise<void>;
};

/** Stands between a client and an S3 server, request by request. The signature is over the host that the client names, and stays as it is. */
export const startS3Proxy = async (upstream: string): Promise<S3Proxy> => {
  const { hostname, port: upstreamPort } = new URL(upstream);
  const reads = new Map<string, number>();
  const held = new Map<string, () => Promise<unknown>>();
  const agent = new http.Agent();

  const forward = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const { method, url = '/', headers } = request;
    const [, , ...path] = decodeURIComponent(new URL(url, upstream).pathname).split('/');
    const key = path.join('/');
    if (method === 'GET' && key !== '') {
      reads.set(key, (reads.get(key) ?? 0) + 1);
      const happens = held.get(key);
      held.delete(key);
      await happens?.();
    }
    const asked = http.request({ hostname, port: upstreamPort, agent, method, path: url, headers }, (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.rawHeaders);
      pipeline(answered, response, () => {});
    });
    asked.on('error', (error) => response.destroy(error));
    pipeline(request, asked, () => {});
  };
  const server = http.createServer((request, response) => {
    forward(request, response).catch((error: Error) => response.destroy(error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    endpoint: `http://127.0.0.1:${port}`,
    reads: (key) => reads.get(key) ?? 0,
    beforeRead: (key, happens) => void held.set(key, happens),
    stop: async () => {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
