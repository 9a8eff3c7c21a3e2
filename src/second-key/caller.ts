import { constants, createHmac, createPublicKey, hash, type KeyObject, timingSafeEqual, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { type SaidByBrowser, type SessionStanding, SessionWitness } from './console-session.ts';
import type { SessionRef } from './evidence.ts';
import { keptId } from './person-id.ts';

/** Who is asking, by the raw credential alone. */
export type Established = {
  readonly id: string;
  readonly roles: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** The console session that the person came with; missing for every other credential. */
  readonly session?: SessionRef;
};

/** What came with a request, as it stood on the wire. */
export type RawCredential = SaidByBrowser & {
  readonly authorization?: string | undefined;
  /** As in the request line. */
  readonly method?: string | undefined;
  readonly url: string;
};

type Json = Readonly<Record<string, unknown>>;
type Key = {
  readonly kid: string | undefined;
  readonly kty: string;
  readonly crv: string | undefined;
  readonly key: KeyObject;
};

const KNOWN_ROLES: ReadonlySet<string> = new Set(['patient', 'clinician', 'service', 'on-call', 'compliance', 'siem']);
const LEEWAY_MS = 5_000;
const KEYS_KEPT_MS = 600_000;
const KEYS_WAIT_MS = 3_000;
const REMEMBERED = 5_000;
const REMEMBERED_MS = 30_000;
const CONTENT = /^\/v1\/views\/([A-Za-z0-9_.-]{1,64})\/content(?:\?|$)/;

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const IEEE = { dsaEncoding: 'ieee-p1363' } as const;

type Algorithm = {
  readonly kty: string;
  readonly crv?: string;
  readonly hash: string | null;
  readonly options: typeof PSS | typeof IEEE | undefined;
};

type Remembered = { readonly caller: Established; readonly subject: unknown; readonly until: number };

/** How each accepted algorithm is checked: the type of its keys and what node:crypto has to be told. */
const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  RS256: { kty: 'RSA', hash: 'sha256', options: undefined },
  PS256: { kty: 'RSA', hash: 'sha256', options: PSS },
  ES256: { kty: 'EC', crv: 'P-256', hash: 'sha256', options: IEEE },
  ES384: { kty: 'EC', crv: 'P-384', hash: 'sha384', options: IEEE },
  EdDSA: { kty: 'OKP', hash: null, options: undefined },
};
/** Roles that read about everyone; they count only where the sign-in was of the required strength. */
const GUARDED_ROLES: ReadonlySet<string> = new Set(['on-call', 'compliance']);

/**
 * Establishes the caller a second time. It shares nothing with the verifier, passport or the guard: its own parser, its own keys, its own
 * signature check, its own idea of roles. Two bugs would have to agree on a wrong person.
 *
 * A signature costs 0.1 to 0.2 ms of a core, a fifth of what a list costs; a verified caller is remembered for half a minute under a
 * digest of the whole credential.
 */
export class CallerWitness {
  private readonly remembered = new Map<string, Remembered>();
  private keys: Promise<readonly Key[]> | undefined;
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private cookieSecret: Promise<Buffer> | undefined;
  private readonly sessions: SessionWitness;

  /** @param standing says of console sessions whether they still stand; without it none does */
  constructor(
    private readonly config: Pick<Config, 'tokens' | 'views' | 'console' | 'dataDir'>,
    standing?: SessionStanding,
  ) {
    this.sessions = new SessionWitness(config, standing);
  }

  /**
   * A token is the caller, whatever cookies came with it; after it the cookie of the very view that is asked for, and then a console session.
   * @returns undefined when the credential proves no one. Rejects when the keys to check it cannot be had.
   */
  async establish({ authorization, method = 'GET', url, ...said }: RawCredential): Promise<Established | undefined> {
    if (authorization !== undefined) {
      const [, token] = /^bearer +([^\s]+)$/i.exec(authorization.trim()) ?? [];
      return token === undefined ? undefined : this.fromToken(token);
    }
    if (said.cookie === undefined) return undefined;
    const [, viewId] = CONTENT.exec(url) ?? [];
    const viewer = viewId === undefined ? undefined : await this.fromCookie(said.cookie, viewId);
    return viewer ?? this.sessions.ofRequest(said, method !== 'GET' && method !== 'HEAD');
  }

  /** The person on a socket, by what its handshake came with. */
  fromHandshake(said: SaidByBrowser): Promise<Established | undefined> {
    return this.sessions.ofHandshake(said);
  }

  /**
   * Looks at the token of a sign-in, and writes down whom it proves.
   * @returns undefined when it proves no one
   */
  async attest(
    token: string,
    session: SessionRef & { readonly endsAt: Date },
  ): Promise<{ readonly caller: Established; readonly statement: string } | undefined> {
    const caller = await this.fromToken(token);
    return caller && { caller, statement: await this.sessions.state(session, caller, session.endsAt.getTime()) };
  }

  /** @param token a JWT as it was sent */
  async fromToken(token: string): Promise<Established | undefined> {
    const digest = hash('sha512', token, 'base64');
    const known = this.remembered.get(digest);
    // Whose an id was may be forgotten meanwhile.
    if (known && Date.now() < known.until && keptId(known.subject) === known.caller.id) return known.caller;
    const { caller, subject } = (await this.check(token)) ?? {};
    if (!caller) return undefined;
    this.remembered.delete(digest);
    this.remembered.set(digest, {
      ...{ caller, subject },
      until: Math.min(Date.now() + REMEMBERED_MS, caller.expiresAt + LEEWAY_MS),
    });
    const [oldest] = this.remembered.keys();
    if (this.remembered.size > REMEMBERED && oldest !== undefined) this.remembered.delete(oldest);
    return caller;
  }

  private async check(token: string): Promise<Pick<Remembered, 'caller' | 'subject'> | undefined> {
    const [head = '', body = '', signature = '', ...more] = token.split('.');
    const header = jsonIn(head);
    const claims = jsonIn(body);
    const algorithm = typeof header?.alg === 'string' ? ALGORITHMS[header.alg] : undefined;
    if (more.length > 0 || !header || !claims || !algorithm || header.crit !== undefined) return undefined;

    const signed = Buffer.from(`${head}.${body}`);
    const proof = Buffer.from(signature, 'base64url');
    const fits = ({ kty, crv, kid }: Key) =>
      kty === algorithm.kty &&
      (algorithm.crv === undefined || crv === algorithm.crv) &&
      (header.kid === undefined || header.kid === kid);
    const holds = ({ key }: Key) => verify(algorithm.hash, signed, { key, ...algorithm.options }, proof);
    let candidates = (await this.currentKeys()).filter(fits);
    if (candidates.length === 0) candidates = (await this.currentKeys(true)).filter(fits);
    if (!candidates.some(holds)) return undefined;

    const { issuer, audience } = this.expected();
    const expiresAt = Number(claims.exp) * 1_000;
    const meantFor = claimAt(claims, this.config.tokens.audienceClaim);
    const audiences: readonly unknown[] = Array.isArray(meantFor) ? meantFor : [meantFor];
    if (claims.iss !== issuer || !audiences.includes(audience)) return undefined;
    if (typeof claims.exp !== 'number' || !(Date.now() < expiresAt + LEEWAY_MS)) return undefined;
    if (claims.nbf !== undefined && !(typeof claims.nbf === 'number' && claims.nbf * 1_000 <= Date.now() + LEEWAY_MS))
      return undefined;
    const caller = personIn(claims, this.config.tokens, expiresAt);
    return caller && { caller, subject: claimAt(claims, this.config.tokens.subjectClaim) };
  }

  private async fromCookie(header: string, viewId: string): Promise<Established | undefined> {
    const key = await this.secret();
    for (const pair of header.split(';').slice(0, 50)) {
      const [name = '', value = ''] = pair.trim().split(/=(.*)/s);
      if (name !== 'view') continue;
      const [head = '', body = '', mac = '', ...more] = value.split('.');
      const expected = createHmac('sha256', key).update(`${head}.${body}`).digest();
      const given = Buffer.from(mac, 'base64url');
      if (more.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) continue;
      const [kind, pass] = [jsonIn(head), jsonIn(body)];
      if (kind?.typ !== 'view-pass' || kind.alg !== 'HS256') continue;
      if (typeof pass?.sub !== 'string' || pass.aud !== viewId) continue;
      if (typeof pass.exp !== 'number' || pass.exp * 1_000 <= Date.now()) continue;
      return { id: pass.sub, roles: new Set(), expiresAt: pass.exp * 1_000 };
    }
    return undefined;
  }

  private expected(): { readonly issuer: string; readonly audience: string } {
    return (
      this.config.tokens.issuer ?? {
        issuer: 'urn:consultation-ledger:development',
        audience: 'consultation-ledger',
      }
    );
  }

  /** @param anew there is a key that these don't have: asked for again, as soon as the issuer may be asked again */
  private async currentKeys(anew = false): Promise<readonly Key[]> {
    const { issuer } = this.config.tokens;
    const before = this.fetchedAt;
    if (anew && issuer) await delay(Math.max(0, before + issuer.jwksCooldownMs - performance.now()));
    // Another request asked meanwhile.
    const isEnough = !anew || !issuer || this.fetchedAt !== before;
    if (this.keys && performance.now() - this.fetchedAt < KEYS_KEPT_MS && isEnough) return this.keys;
    this.fetchedAt = performance.now();
    const keys = issuer ? publishedKeys(issuer.jwksUrl) : developmentKey(this.config.dataDir);
    this.keys = keys;
    // Asked for again by the next request, not in ten minutes.
    keys.catch(() => {
      if (this.keys === keys) this.keys = undefined;
    });
    return keys;
  }

  private secret(): Promise<Buffer> {
    const { cookieSecret } = this.config.views;
    this.cookieSecret ??= cookieSecret
      ? Promise.resolve(Buffer.from(cookieSecret))
      : readFile(join(this.config.dataDir, 'view-cookie-secret'));
    return this.cookieSecret;
  }
}

const jsonIn = (part: string): Json | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
};

const keyOf = (jwk: unknown): Key[] => {
  const { kty, kid, use, d: _private, ...rest } = (jwk ?? {}) as Record<string, unknown>;
  if (typeof kty !== 'string' || (use !== undefined && use !== 'sig')) return [];
  try {
    const key = createPublicKey({ key: { kty, ...rest } as never, format: 'jwk' });
    const crv = typeof rest.crv === 'string' ? rest.crv : undefined;
    return [{ kid: typeof kid === 'string' ? kid : undefined, kty, crv, key }];
  } catch {
    return []; // A key of a kind that node:crypto doesn't know signs nothing that is accepted here.
  }
};

const publishedKeys = async (url: string): Promise<readonly Key[]> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(KEYS_WAIT_MS), redirect: 'error' });
  if (!response.ok) throw new Error(`the issuer answered ${response.status} for its keys`);
  const { keys } = (await response.json()) as { keys?: unknown };
  return Array.isArray(keys) ? keys.flatMap(keyOf) : [];
};

const developmentKey = async (dataDir: string): Promise<readonly Key[]> =>
  keyOf(JSON.parse(await readFile(join(dataDir, 'dev-signing-key.json'), 'utf8')));

const personIn = (
  claims: Json,
  { subjectClaim, rolesClaim, roleMap, requiredAcr }: Config['tokens'],
  expiresAt: number,
): Established | undefined => {
  const id = keptId(claimAt(claims, subjectClaim));
  if (id === '') return undefined;
  const claimed = claimAt(claims, rolesClaim);
  const values = new Set<unknown>(Array.isArray(claimed) ? claimed : []);
  if (typeof claimed === 'string') for (const value of [claimed, ...claimed.split(' ')]) values.add(value);
  const roles = new Set<string>();
  for (const value of values) {
    if (!roleMap && typeof value === 'string' && KNOWN_ROLES.has(value)) roles.add(value);
    for (const [named, role] of roleMap ?? []) if (named === value) roles.add(role);
  }
  const reached: readonly unknown[] = [claims.acr, ...(Array.isArray(claims.acrs) ? claims.acrs : [claims.acrs])];
  if (requiredAcr.length > 0 && !requiredAcr.some((acr) => reached.includes(acr)))
    for (const role of GUARDED_ROLES) roles.delete(role);
  return { id, roles, expiresAt };
};

/** By the whole name, or else step by step; a step in double quotes may have dots. */
const claimAt = (claims: Json, name: string): unknown => {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (let rest = name; rest !== ''; ) {
    const quoted = rest.startsWith('"');
    const end = quoted ? rest.indexOf('"', 1) : rest.indexOf('.');
    const step = rest.slice(quoted ? 1 : 0, end === -1 ? undefined : end);
    rest = end === -1 ? '' : rest.slice(end + (quoted ? 2 : 1));
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Json)[step];
  }
  return value;
};
