import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export type Received = {
  readonly key: string;
  readonly body: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly at: number;
};
export type Answer = (received: Received, response: ServerResponse, request: IncomingMessage) => void;

/** Answers with a status and nothing else. */
export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_received, response) => {
    response.writeHead(code, headers).end();
  };

/** A server that messages are delivered to. */
export class Receiver {
  readonly received: Received[] = [];
  connections = 0;
  answer: Answer = status(204);
  private server: Server | undefined;

  constructor(private readonly tls?: { readonly key: string; readonly cert: string }) {}

  async start(port = 0): Promise<this> {
    const listener = async (request: IncomingMessage, response: ServerResponse) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { headers, method = '', url: path = '' } = request;
      const key = String(headers['idempotency-key']);
      const received = { key, body, method, path, headers, at: performance.now() };
      this.received.push(received);
      this.answer(received, response, request);
    };
    this.server = this.tls ? createTlsServer(this.tls, listener) : createServer(listener);
    this.server.on('connection', () => {
      this.connections += 1;
    });
    await once(this.server.listen(port, '127.0.0.1'), 'listening');
    return this;
  }

  get port(): number {
    return (this.server?.address() as AddressInfo | undefined)?.port ?? 0;
  }

  get url(): URL {
    return new URL(`http${this.tls ? 's' : ''}://127.0.0.1:${this.port}/hook?a=1`);
  }

  get keys(): string[] {
    return this.received.map(({ key }) => key);
  }

  async stop(): Promise<void> {
    if (!this.server?.listening) return;
    this.server.closeAllConnections();
    await once(this.server.close(), 'close');
  }
}
