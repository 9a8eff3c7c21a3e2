import { io, type Socket } from 'socket.io-client';
import type { Application } from './application.ts';
import { type Answer, type Ask, Client } from './client.ts';
import { type Clinic, recordingOf } from './clinic.ts';
import { bytesOf, wrongBytes } from './content.ts';
import type { Credentials } from './credentials.ts';
import type { Due } from './incidents.ts';
import { Oracle, type Recipient } from './oracle.ts';
import { type Person, people } from './people.ts';

type Asking = Omit<Ask, 'token'> & {
  /** Whose token it comes with; nobody's when it is not given. */
  readonly as?: Person;
  /** In place of a token of `as`: whoever sends it proves nothing. */
  readonly forged?: string;
  /** Whose cookie it is. */
  readonly holder?: Person;
  /** The recording that the answer may consist of. */
  readonly content?: string;
  readonly range?: readonly [first: number, last: number];
};
type Expecting = Asking & { readonly status?: number; readonly holds?: (answer: Answer) => boolean };

/** `bytes`: so many of a recording. `item`: an id or a time. `act`: something was changed by somebody who may not. */
export type Leak = { readonly request: string } & (
  | { readonly kind: 'bytes'; readonly count: number }
  | { readonly kind: 'item'; readonly value: string }
  | { readonly kind: 'act' }
);

/** What a socket heard, and whether it was let in. */
type Listening = {
  readonly name: string;
  readonly as: Recipient;
  readonly socket: Socket;
  readonly heard: unknown[];
  readonly foreign: boolean;
  /** Ended by the application. */
  cut: boolean;
};

/** How something says that it stopped what the first checks let through. */
export const STOPPED: ReadonlySet<string> = new Set(['view-withheld', 'egress-violation', 'recording-corrupt']);

const CONNECT_MS = 3_000;
const made = new Map<string, Buffer>();
const contentOf = (name: string, length: number): Buffer => {
  const bytes = made.get(name) ?? bytesOf(name, length);
  made.set(name, bytes);
  return bytes;
};

/** The attacks on one running application, and what came of them. */
export class Trial {
  readonly oracle: Oracle;
  readonly client: Client;
  /** How every request was answered, by its name; where many have one name, the most telling answer. */
  readonly outcomes = new Map<string, string>();
  /** What somebody got who must not have it, or changed, by the request that did it. */
  readonly leaks: Leak[] = [];
  /** Rightful requests that failed. */
  readonly broken: string[] = [];
  /** Views that were opened. */
  readonly opened = new Set<string>();
  /** Incidents that there must be after what was answered so far. */
  readonly due: Due[] = [];
  private readonly sockets: Listening[] = [];

  constructor(
    app: Application,
    readonly clinic: Clinic,
    readonly credentials: Credentials,
    /** Whether somebody wrote past the application as well. */
    readonly tampered: boolean,
  ) {
    this.oracle = new Oracle(clinic);
    this.client = new Client(app.url);
  }

  /** A request that must be served. */
  async rightful(name: string, { status = 200, holds, ...asking }: Expecting): Promise<Answer> {
    const answer = await this.ask(asking);
    this.note(name, answer);
    this.look(name, asking.holder ?? asking.as, asking, answer);
    if (asking.content !== undefined && isContent(answer)) this.compare(name, asking.content, asking.range, answer);
    if (answer.status !== status) this.broken.push(`${name}: ${answer.status || 'no answer'} ${answer.code}`.trim());
    else if (holds && !holds(answer)) this.broken.push(`${name}: not what it should say`);
    return answer;
  }

  /** A request of somebody who must get nothing for it. */
  async foreign(name: string, asking: Asking): Promise<Answer> {
    const answer = await this.ask(asking);
    const recipient = asking.forged === undefined && asking.cookie === undefined ? asking.as : undefined;
    this.note(name, answer);
    this.look(name, recipient, asking, answer);
    if (answer.status >= 200 && answer.status < 300) {
      const { method = 'GET' } = asking;
      if (isContent(answer)) this.leakBytes(name, answer.body.length);
      else if (method === 'GET') this.leakItem(name, `${method} ${asking.path.split('?')[0]}`);
      else if (method !== 'HEAD') this.acted(name);
    }
    return answer;
  }

  /** A request that anybody may make, and in whose answer nothing foreign may be. */
  async curious(name: string, asking: Asking): Promise<Answer> {
    const answer = await this.ask(asking);
    this.note(name, answer);
    this.look(name, asking.as, asking, answer);
    return answer;
  }

  async listen(
    name: string,
    namespace: '/me' | '/on-call' | '/compliance',
    {
      as,
      forged,
      foreign,
      more = {},
    }: { as?: Person; forged?: string; foreign: boolean; more?: Record<string, string> },
  ): Promise<Socket> {
    const token = forged ?? (as && this.credentials.token(as));
    const socket = io(`${this.client.url}${namespace}`, {
      auth: { ...(token !== undefined && { token }), ...more },
      query: more,
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    });
    const heard: unknown[] = [];
    socket.onAny((...message) => void heard.push(message));
    const listening = { name, as: forged === undefined ? as : undefined, socket, heard, foreign, cut: false };
    this.sockets.push(listening);
    socket.once('disconnect', () => {
      listening.cut = true;
    });
    const outcome = await new Promise<string>((resolve) => {
      const late = setTimeout(() => resolve('no answer'), CONNECT_MS);
      const told = (what: string) => () => {
        clearTimeout(late);
        resolve(what);
      };
      socket.once('connect', told('let in'));
      socket.once('connect_error', told('refused'));
    });
    if (foreign) this.outcomes.set(name, outcome);
    else if (outcome !== 'let in') this.broken.push(`${name}: ${outcome}`);
    return socket;
  }

  /** Whether a socket that should hear something did. */
  heard(name: string, event: string): boolean {
    return this.sockets.some(
      (one) => one.name === name && one.heard.some((message) => (message as unknown[])[0] === event),
    );
  }

  /** Looks at everything that sockets have heard, and leaves. */
  hangUp(): void {
    for (const { name, as, socket, heard, cut } of this.sockets) {
      if (cut) this.outcomes.set(`${name}: what it was to hear`, '500 egress-violation');
      for (const message of heard)
        for (const value of this.oracle.foreignInMessage(as, message)) this.leakItem(name, value);
      socket.disconnect();
    }
    this.client.close();
  }

  bytesOf(name: string): Buffer {
    return contentOf(name, recordingOf(this.clinic, name)[1].length);
  }

  private ask({ as, forged, holder: _holder, content: _content, range, headers, ...ask }: Asking): Promise<Answer> {
    const token = forged ?? (as && this.credentials.token(as));
    const ranged = range && { range: `bytes=${range[0]}-${range[1]}` };
    return this.client.ask({ ...ask, headers: { ...headers, ...ranged }, token });
  }

  private note(name: string, { status, code }: Answer): void {
    if (!STOPPED.has(this.outcomes.get(name)?.split(' ')[1] ?? '')) this.outcomes.set(name, `${status} ${code}`.trim());
  }

  private look(name: string, recipient: Recipient, { path, json }: Asking, answer: Answer): void {
    for (const value of this.oracle.foreignIn(recipient, { path, sent: json }, answer)) this.leakItem(name, value);
  }

  private compare(name: string, content: string, range: Asking['range'], { body, status }: Answer): void {
    const whole = this.bytesOf(content);
    const wanted = range && status === 206 ? whole.subarray(range[0], range[1] + 1) : whole;
    const wrong = wrongBytes(body, wanted);
    if (wrong > 0) this.leakBytes(name, wrong);
    else if (body.length !== wanted.length) this.broken.push(`${name}: ${body.length} of ${wanted.length} bytes`);
  }

  leakBytes(request: string, count: number): void {
    if (count > 0) this.leaks.push({ request, kind: 'bytes', count });
  }

  acted(request: string): void {
    this.leaks.push({ request, kind: 'act' });
  }

  leakItem(request: string, id: string): void {
    const value = this.named(id);
    const known = this.leaks.some((leak) => leak.kind === 'item' && leak.request === request && leak.value === value);
    if (!known) this.leaks.push({ request, kind: 'item', value });
  }

  /** An id in words, for whoever reads what leaked. */
  private named(value: string): string {
    for (const [key, one] of Object.entries(this.clinic.consultations)) {
      if (one.consultationId === value) return `consultation ${key}`;
      for (const [name, { recordingId }] of Object.entries(one.recordings))
        if (recordingId === value) return `recording ${name}`;
    }
    for (const [key, { viewId }] of Object.entries(this.clinic.views)) if (viewId === value) return `view ${key}`;
    return value;
  }
}

const isContent = ({ status, headers }: Answer): boolean =>
  status >= 200 && status < 300 && /^(audio|video)\//.test(headers['content-type'] ?? '');

export const withRoles = (name: keyof typeof people, ...roles: Person['roles'][number][]): Person => ({
  ...people[name],
  roles,
});
