import { createHash } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import { type LedgerClient, ledgerClient } from '../clients/typescript/client.ts';

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes);

/** What the API answered, whatever it was. */
export class Answer {
  constructor(
    private readonly asked: string,
    readonly status: number,
    readonly headers: Headers,
    readonly bytes: Buffer,
  ) {}

  /** The body as the API's own document describes it. */
  json<T>(): T {
    return JSON.parse(this.bytes.toString('utf8')) as T;
  }

  /** The stable code of a refusal. */
  get code(): string | undefined {
    const isProblem = this.headers.get('content-type')?.startsWith('application/problem+json');
    return isProblem ? this.json<{ code: string }>().code : undefined;
  }

  /** @throws unless the status is this one, with what the API said */
  is(status: number): this {
    if (this.status === status) return this;
    throw new Error(`${this.asked} was answered ${this.status}, not ${status}: ${this.bytes.subarray(0, 500)}`);
  }
}

const LIMIT_MS = 15_000;

/** Somebody with a token of their own, as an app or a backend would speak to the API for them. */
export class Person {
  /** As a team's own code asks, typed by the document. `get` and `post` are for what the API is not meant for. */
  readonly api: LedgerClient;
  private readonly sockets: Socket[] = [];

  constructor(
    private readonly url: string,
    readonly id: string,
    private readonly token: string,
  ) {
    this.api = ledgerClient({ baseUrl: url, token: () => token });
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask('GET', path, { headers });
  }

  post(path: string, body: object): Promise<Answer> {
    return this.ask('POST', path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  }

  async ask(method: string, path: string, { headers = {}, ...request }: RequestInit): Promise<Answer> {
    const answer = await fetch(new URL(path, this.url), {
      ...request,
      method,
      headers: { ...(headers as Record<string, string>), authorization: `Bearer ${this.token}` },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return new Answer(`${method} ${path}`, answer.status, answer.headers, Buffer.from(await answer.arrayBuffer()));
  }

  /** A socket in a namespace, not connected yet, so that nothing said at once is missed. */
  socket(namespace: '/me' | '/on-call'): Socket {
    const socket = io(new URL(namespace, this.url).href, {
      auth: { token: this.token },
      transports: ['websocket'],
      reconnection: false,
      autoConnect: false,
      forceNew: true,
    });
    this.sockets.push(socket);
    return socket;
  }

  hangUp(): void {
    for (const socket of this.sockets) socket.disconnect();
  }
}

/** Connects, and waits until the namespace let it in. */
export const connected = (socket: Socket): Promise<void> =>
  within('a socket to connect', (resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
    socket.connect();
  });

/** The first message of this kind that matches. */
export const heard = <T>(socket: Socket, event: string, matches: (message: T) => boolean = () => true): Promise<T> =>
  within(`"${event}" to be heard`, (resolve) => {
    const listen = (message: T) => {
      if (!matches(message)) return;
      socket.off(event, listen);
      resolve(message);
    };
    socket.on(event, listen);
  });

/** Looks again and again until something is there. */
export const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
  const end = performance.now() + LIMIT_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > end) throw new Error(`waited ${LIMIT_MS / 1_000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

const within = <T>(what: string, start: (resolve: (value: T) => void, reject: (error: Error) => void) => void) =>
  new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited ${LIMIT_MS / 1_000} s for ${what}`)), LIMIT_MS);
    start(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
