import { Agent, request } from 'node:http';

export type Ask = {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  readonly path: string;
  /** A bearer token; none when it is not given. */
  readonly token?: string | undefined;
  readonly cookie?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: object;
  readonly raw?: Buffer;
  /** Called once the first bytes of the answer are there, and waited for before the rest is read. */
  readonly meanwhile?: () => Promise<void>;
};

export type Answer = {
  /** 0 where there was none. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Of a problem. */
  readonly code: string;
  /** Undefined unless it is JSON. */
  readonly json: unknown;
};

const LIMIT_MS = 10_000;

/** One request after which nothing is assumed: whatever arrived before a connection broke is the answer. */
export class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(readonly url: string) {}

  ask({ method = 'GET', path, token, cookie, headers = {}, json, raw, meanwhile }: Ask): Promise<Answer> {
    const payload = raw ?? (json && Buffer.from(JSON.stringify(json)));
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let [status, given]: [number, Record<string, string>] = [0, {}];
      const end = () => {
        clearTimeout(late);
        resolve(answerOf(status, given, Buffer.concat(chunks)));
      };
      const asked = request(new URL(path, this.url), {
        method,
        // A connection that is read slowly is nobody else's.
        agent: meanwhile ? false : this.agent,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(cookie !== undefined && { cookie }),
          ...(json && { 'content-type': 'application/json' }),
          ...(payload && { 'content-length': payload.length }),
          ...headers,
        },
      });
      const late = setTimeout(() => asked.destroy(), LIMIT_MS);
      asked.once('close', end);
      asked.on('error', () => undefined);
      asked.once('response', (response) => {
        status = response.statusCode ?? 0;
        given = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
        response.on('error', () => undefined);
        const read = () => response.on('data', (chunk: Buffer) => void chunks.push(chunk));
        if (meanwhile) response.once('readable', () => void meanwhile().then(read, read));
        else read();
      });
      asked.end(payload);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

const answerOf = (status: number, headers: Record<string, string>, body: Buffer): Answer => {
  const type = headers['content-type'] ?? '';
  const json = /json/.test(type) ? parsed(body) : undefined;
  const code = /problem/.test(type) ? String((json as { code?: unknown } | undefined)?.code ?? '') : '';
  return { status, headers, body, code, json };
};

const parsed = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
};
