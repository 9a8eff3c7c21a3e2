import { createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { SessionOver } from './errors.ts';
import type { Evidence, SessionRef } from './evidence.ts';

/** What a browser says beside a session's cookie, as it stood on the wire. */
export type SaidByBrowser = {
  readonly cookie?: string | undefined;
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | undefined;
  readonly 'x-ledger-console'?: string | readonly string[] | undefined;
};

/** The ledger's word on sessions, as the second key reads it. */
export type SessionStanding = Pick<Evidence, 'isSignedIn'>;

/** A person, as a token showed them. */
type Shown = { readonly id: string; readonly roles: ReadonlySet<string> };

/** A person at the console. */
export type AtConsole = Shown & { readonly expiresAt: number; readonly session: SessionRef };

type Keys = { readonly cookie: Buffer; readonly statement: Buffer };
type Json = Readonly<Record<string, unknown>>;

const LOOPBACK = /^(localhost|[a-z0-9-]+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;
/** Of the two keys one looks a moment later. */
const LEEWAY_MS = 5_000;
const TAG_BYTES = 16;

/**
 * The second key's own reading of console sessions. When a person signs in it looks at their token itself and writes down, under a key of its own, whom it
 * found; later it believes that alone. The first key keeps the statement in its cookie without reading it, and this key reads of the cookie no more than the
 * statement, the id that ties the two together, and the time until which it was not idle.
 */
export class SessionWitness {
  private keys: Promise<Keys> | undefined;

  constructor(
    private readonly config: Pick<Config, 'console' | 'dataDir'>,
    private readonly standing: SessionStanding | undefined,
  ) {}

  /** @param endsAt of the session, in milliseconds since the epoch */
  async state(session: SessionRef, { id, roles }: Shown, endsAt: number): Promise<string> {
    const said = Buffer.from(JSON.stringify([session.id, session.account, id, [...roles], endsAt])).toString(
      'base64url',
    );
    return `${said}.${mac((await this.currentKeys()).statement, said).toString('base64url')}`;
  }

  /** @param isChange anything but a GET or HEAD */
  async ofRequest(said: SaidByBrowser, isChange: boolean): Promise<AtConsole | undefined> {
    const named = said['x-ledger-console'];
    if (named !== '1' && named !== 'background') return undefined;
    if (isChange && said.origin === undefined && said['sec-fetch-site'] === undefined) return undefined;
    return this.read(said);
  }

  async ofHandshake(said: SaidByBrowser): Promise<AtConsole | undefined> {
    return said.origin === undefined && said['sec-fetch-site'] === undefined ? undefined : this.read(said);
  }

  /** @throws SessionOver, EvidenceUnavailable */
  private async read(said: SaidByBrowser): Promise<AtConsole | undefined> {
    if (said['sec-fetch-site'] !== undefined && said['sec-fetch-site'] !== 'same-origin') return undefined;
    const { url } = this.config.console;
    const home = url ?? (LOOPBACK.test(said.host ?? '') ? `http://${said.host}`.toLowerCase() : undefined);
    if (said.origin !== undefined && said.origin !== home) return undefined;
    const prefix = url?.startsWith('https:') ? '__Host-ledger=' : 'ledger=';
    const found: string[] = [];
    for (const pair of (said.cookie ?? '').split(';'))
      if (pair.trim().startsWith(prefix)) found.push(pair.trim().slice(prefix.length));
    const [cookie] = found;
    if (cookie === undefined || found.length > 1) return undefined;
    const keys = await this.currentKeys();
    const session = opened(cookie, keys.cookie);
    if (typeof session?.witness !== 'string' || typeof session.idle !== 'number') return undefined;
    const [words = '', proof = '', ...more] = session.witness.split('.');
    const expected = mac(keys.statement, words);
    const given = Buffer.from(proof, 'base64url');
    if (more.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const [about, account, id, roles, endsAt] = JSON.parse(Buffer.from(words, 'base64url').toString()) as [
      string,
      string,
      string,
      string[],
      number,
    ];
    const expiresAt = Math.min(endsAt, session.idle * 1_000);
    if (about !== session.id || !(Date.now() < expiresAt + LEEWAY_MS)) return undefined;
    const ref = { id: about, account };
    if (!this.standing) return undefined;
    // The first key may not have heard of it yet: nothing is wrong with the caller but that the session is over.
    if (!(await this.standing.isSignedIn(ref, id))) throw new SessionOver();
    return { id, roles: new Set(roles), expiresAt, session: ref };
  }

  private currentKeys(): Promise<Keys> {
    this.keys ??= this.derived();
    // Read again at the next request, where the file was not there yet.
    this.keys.catch(() => {
      this.keys = undefined;
    });
    return this.keys;
  }

  private async derived(): Promise<Keys> {
    const secret =
      this.config.console.sessionSecret ??
      (await readFile(join(this.config.dataDir, 'console-session-secret'), 'utf8'));
    const key = (use: string) => Buffer.from(hkdfSync('sha256', secret, '', use, 32));
    return { cookie: key('console session'), statement: key('console session, second key') };
  }
}

const mac = (key: Buffer, words: string): Buffer => createHmac('sha256', key).update(words).digest();

/** A compact JWE (RFC 7516) of the one kind that there is: `dir`, A256GCM, nothing compressed. */
const opened = (jwe: string, key: Buffer): Json | undefined => {
  const [head = '', wrapped, iv = '', body = '', tag = '', ...more] = jwe.split('.');
  if (wrapped !== '' || more.length > 0) return undefined;
  try {
    const { alg, enc, typ, ...others } = JSON.parse(Buffer.from(head, 'base64url').toString()) as Json;
    if (alg !== 'dir' || enc !== 'A256GCM' || typ !== 'console-session' || Object.keys(others).length > 0)
      return undefined;
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(head, 'ascii')).setAuthTag(Buffer.from(tag, 'base64url'));
    const text = Buffer.concat([decipher.update(Buffer.from(body, 'base64url')), decipher.final()]).toString();
    return JSON.parse(text) as Json;
  } catch {
    return undefined; // Not sealed with this key, or not whole.
  }
};
