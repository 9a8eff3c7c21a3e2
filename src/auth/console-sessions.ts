import { hkdfSync, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { z } from 'zod';
import { CLIENT_ID, Id } from '../../events/values.ts';
import type { Config } from '../config/config.ts';
import { refused } from '../config/data-dir.ts';
import { keptFile } from '../config/kept-file.ts';
import { RoleName, type VerifiedToken } from '../request/actor.ts';

const KEY_BYTES = 32;
/** Each kind has its own type, so that none is ever taken for another. */
const JWE = { alg: 'dir', enc: 'A256GCM', typ: 'console-session' } as const;
const LOGIN = { ...JWE, typ: 'console-login' } as const;
/** Browsers keep 4,096 bytes of a cookie with its name and attributes. */
const MOST_CHARACTERS = 3_900;
const LOGIN_SECONDS = 600;
/** A cookie is written anew when this much of the idle time has passed. */
const REFRESH_AFTER = 1 / 30;

/** What the page sends with every call of its own; a call that no person made says `background`, and keeps no session open. */
export const CONSOLE_HEADER = 'x-ledger-console';

const Seconds = z.int().positive();
const Sealed = z.strictObject({
  id: Id,
  account: Id,
  person: Id,
  roles: z.array(RoleName),
  client: z.string().regex(CLIENT_ID).optional(),
  /** Roles that the sign-in was too weak for. */
  weak: z.array(RoleName),
  by: z.enum(['development', 'issuer']),
  /** When the person signed in, when the session ends, and when it does if nothing is done in it. */
  since: Seconds,
  /** Whether the sign-in was strong enough for dangerous acts. */
  strong: z.boolean(),
  ends: Seconds,
  idle: Seconds,
  /** What the second key wrote of the same person. Nothing here reads it. */
  witness: z.string(),
});

/** A sign-in at the issuer that is under way, in a cookie of its own. */
const Login = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
  stepUp: z.boolean(),
  /** The session that the new one takes the place of. */
  replaces: z.strictObject({ id: Id, account: Id }).optional(),
  ends: Seconds,
});
export type Login = Omit<z.infer<typeof Login>, 'ends'>;

export type SignedInBy = 'development' | 'issuer';

/** A session as it is begun, by what the token of the sign-in says. */
export type BegunSession = {
  readonly id: string;
  readonly verified: VerifiedToken;
  readonly account: string;
  readonly by: SignedInBy;
  readonly signedInAt: Date;
  readonly isStrong: boolean;
  readonly endsAt: Date;
  /** The second key's own statement. */
  readonly witness: string;
};

export type Stands = (session: {
  readonly id: string;
  readonly account: string;
  readonly personId: string;
}) => Promise<boolean>;

/** A session as a request came with it. */
export type OpenSession = {
  readonly verified: VerifiedToken & { readonly session: NonNullable<VerifiedToken['session']> };
  readonly by: SignedInBy;
  readonly endsAt: Date;
  readonly idleUntil: Date;
  /** The cookie that says that the person was here just now; undefined while the one they have says it well enough. */
  readonly refreshed: (() => Promise<string>) | undefined;
};

/**
 * Console sessions: who signed in, encrypted in a cookie that scripts cannot read and only this application can open (JWE, `dir` and A256GCM), so that every
 * instance knows it and no token is in a browser. A session has the roles that its token had at the sign-in, and no more.
 */
export class ConsoleSessions {
  /** Whether a session was begun and not ended, by the ledger. Set by the code that records it; until then there is no session. */
  stands: Stands = async () => false;
  private readonly listeners = new Set<(sessionId: string) => void>();

  private constructor(
    private readonly key: Uint8Array,
    private readonly config: Config['console'],
  ) {}

  /** With the configured secret, or one of the data folder's own when none is configured. */
  static async create({ console, dataDir }: Pick<Config, 'console' | 'dataDir'>): Promise<ConsoleSessions> {
    const secret = console.sessionSecret ?? (await ownSecret(dataDir));
    return new ConsoleSessions(new Uint8Array(hkdfSync('sha256', secret, '', 'console session', KEY_BYTES)), console);
  }

  /** The `Set-Cookie` that begins a session. @throws Error where what the issuer says of the person fits into no cookie */
  begin(
    { id, account, verified, by, signedInAt, isStrong, endsAt, witness }: BegunSession,
    now: number,
  ): Promise<string> {
    const { actor, strongerFor = [] } = verified;
    return this.cookieOf(
      {
        ...{ id, account, by, witness, person: actor.id, roles: [...actor.roles], weak: [...strongerFor] },
        ...(actor.clientId !== undefined && { client: actor.clientId }),
        ...{ strong: isStrong, since: inSeconds(signedInAt.getTime()), ends: inSeconds(endsAt.getTime()), idle: 1 },
      },
      now,
    );
  }

  /** Tells of each session that ends before its time, on whichever instance. */
  onEnd(listener: (sessionId: string) => void): void {
    this.listeners.add(listener);
  }

  /** To be called when the ledger says that a session ended. */
  ended(sessionId: string): void {
    for (const listener of this.listeners) listener(sessionId);
  }

  /** The `Set-Cookie` of a sign-in that goes to the issuer. Lax: the way back from there begins on another site. */
  async loginBegan(login: Login, now: number): Promise<string> {
    const text = JSON.stringify({ ...login, ends: inSeconds(now) + LOGIN_SECONDS });
    const jwe = await new CompactEncrypt(Buffer.from(text)).setProtectedHeader(LOGIN).encrypt(this.key);
    return this.setCookie(this.loginName(login.state), jwe, LOGIN_SECONDS, 'Lax');
  }

  /** The sign-in that an answer of the issuer with this `state` belongs to, in this browser. */
  async loginOf({ cookie }: IncomingHttpHeaders, state: string, now: number): Promise<Login | undefined> {
    const cookies = valuesIn(cookie, this.loginName(state));
    const login = cookies.length === 1 ? await this.unsealed(cookies[0] ?? '', LOGIN.typ, Login) : undefined;
    return login?.state === state && now < login.ends * 1_000 ? login : undefined;
  }

  /** The `Set-Cookie` after which an answer of the issuer belongs to no sign-in any more. */
  loginEnded(state: string): string {
    return this.setCookie(this.loginName(state), '', 0, 'Lax');
  }

  /** The session of a browser that goes to another page of ours: it says nothing of itself but the cookie, and gets nothing for it. */
  async known({ cookie }: IncomingHttpHeaders, now: number): Promise<OpenSession | undefined> {
    return this.open(cookie, now, false);
  }

  /** The `Set-Cookie` that leaves the browser without one. */
  end(): string {
    return this.setCookie(this.name, '', 0);
  }

  /**
   * Whom the cookie of a request speaks for. Undefined for one that is none, has ended, or came from a page that is not the console's own: SameSite keeps other
   * sites out, and these rules the pages of our own site, and those that `CORS_ORIGINS` lets read answers.
   * @param change whether the request may change something, for which a browser always says where it came from
   */
  async ofRequest(headers: IncomingHttpHeaders, change: boolean, now: number): Promise<OpenSession | undefined> {
    const said = headers[CONSOLE_HEADER];
    if ((said !== '1' && said !== 'background') || !this.isOwnPage(headers, change)) return undefined;
    return this.open(headers.cookie, now, said === '1');
  }

  /** Likewise of a socket's handshake, where a page cannot set a header: there the browser must say which page it is. */
  async ofHandshake(headers: IncomingHttpHeaders, now: number): Promise<OpenSession | undefined> {
    return this.isOwnPage(headers, true) ? this.open(headers.cookie, now, false) : undefined;
  }

  /** Whether a request came from a page of the console, by what its browser says of it. */
  isOwnPage({ host, origin, 'sec-fetch-site': site }: IncomingHttpHeaders, mustSay: boolean): boolean {
    if (site !== undefined && site !== 'same-origin') return false;
    if (origin === undefined) return site !== undefined || !mustSay;
    return origin === this.ownOrigin(host);
  }

  /** Where the console is, for who asks under this `Host`. Under a name that is not loopback it is only where `CONSOLE_URL` says. */
  ownOrigin(host: string | undefined): string | undefined {
    if (this.config.url !== undefined) return this.config.url;
    const url = `http://${host}`;
    return host !== undefined && URL.canParse(url) && isLoopback(new URL(url).hostname)
      ? new URL(url).origin
      : undefined;
  }

  private async open(header: string | undefined, now: number, isPerson: boolean): Promise<OpenSession | undefined> {
    const cookies = valuesIn(header, this.name);
    // Which of several is the console's own cannot be told.
    if (cookies.length !== 1) return undefined;
    const sealed = await this.unsealed(cookies[0] ?? '', JWE.typ, Sealed);
    const end = sealed && Math.min(sealed.ends, sealed.idle) * 1_000;
    if (!sealed || end === undefined || now >= end) return undefined;
    if (!(await this.stands({ id: sealed.id, account: sealed.account, personId: sealed.person }))) return undefined;
    const idle = this.idleFrom(now);
    const isLater = isPerson && idle - sealed.idle > (this.config.idleMs / 1_000) * REFRESH_AFTER;
    return {
      verified: {
        actor: {
          ...{ id: sealed.person, roles: sealed.roles },
          ...(sealed.client !== undefined && { clientId: sealed.client }),
        },
        expiresAt: new Date(end),
        strongerFor: sealed.weak,
        session: {
          ...{ id: sealed.id, account: sealed.account, isStrong: sealed.strong },
          signedInAt: new Date(sealed.since * 1_000),
        },
      },
      by: sealed.by,
      endsAt: new Date(sealed.ends * 1_000),
      idleUntil: new Date(Math.min(sealed.ends, isPerson ? idle : sealed.idle) * 1_000),
      refreshed: isLater ? () => this.cookieOf(sealed, now) : undefined,
    };
  }

  private async unsealed<T>(jwe: string, typ: string, schema: z.ZodType<T>): Promise<T | undefined> {
    try {
      const { plaintext, protectedHeader } = await compactDecrypt(jwe, this.key, {
        keyManagementAlgorithms: [JWE.alg],
        contentEncryptionAlgorithms: [JWE.enc],
      });
      return protectedHeader.typ === typ
        ? schema.safeParse(JSON.parse(Buffer.from(plaintext).toString())).data
        : undefined;
    } catch {
      // Forged, cut off, or of another secret: no session.
      return undefined;
    }
  }

  private async cookieOf(session: z.infer<typeof Sealed>, now: number): Promise<string> {
    const text = JSON.stringify({ ...session, idle: this.idleFrom(now) });
    const jwe = await new CompactEncrypt(Buffer.from(text)).setProtectedHeader(JWE).encrypt(this.key);
    if (jwe.length > MOST_CHARACTERS) throw new Error('the session fits into no cookie');
    return this.setCookie(this.name, jwe, Math.max(0, session.ends - inSeconds(now)));
  }

  private setCookie(name: string, value: string, maxAge: number, sameSite: 'Strict' | 'Lax' = 'Strict'): string {
    const flags = ['HttpOnly', `SameSite=${sameSite}`, ...(this.isSecure ? ['Secure'] : [])];
    return [`${name}=${value}`, 'Path=/', `Max-Age=${maxAge}`, ...flags].join('; ');
  }

  private idleFrom(now: number): number {
    return inSeconds(now + this.config.idleMs);
  }

  private get isSecure(): boolean {
    return this.config.url?.startsWith('https:') ?? false;
  }

  /** Each sign-in has its own: two tabs may be signing in at once. */
  private loginName(state: string): string {
    return `${this.name}-login-${state.slice(0, 16)}`;
  }

  private get name(): string {
    return this.isSecure ? '__Host-ledger' : 'ledger';
  }
}

const inSeconds = (ms: number): number => Math.floor(ms / 1_000);

const isLoopback = (name: string): boolean =>
  name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name) || name.endsWith('.localhost');

const valuesIn = (header = '', name: string): readonly string[] =>
  header.split(';').flatMap((pair) => {
    const cookie = pair.trim();
    return cookie.startsWith(`${name}=`) ? [cookie.slice(name.length + 1)] : [];
  });

const ownSecret = async (dataDir: string): Promise<string> => {
  const path = join(dataDir, 'console-session-secret');
  const secret = await keptFile(path, async () => randomBytes(KEY_BYTES).toString('hex'));
  if (secret.length < KEY_BYTES) throw refused(`${path} holds no secret; remove it and a new one is made`);
  return secret;
};
