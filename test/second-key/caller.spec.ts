import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportSPKI, importJWK, type JWTPayload } from 'jose';
import { devToken } from '../../src/auth/dev-token.ts';
import { TokenVerifier } from '../../src/auth/token-verifier.ts';
import { ViewCookies } from '../../src/auth/view-cookies.ts';
import { type Config, readConfig } from '../../src/config/config.ts';
import { CallerWitness } from '../../src/second-key/caller.ts';
import { type Issuer, type SigningKey, signingKey, startIssuer } from '../support/issuer.ts';

const bearer = (token: string) => ({ authorization: `Bearer ${token}`, url: '/v1/me/consultations' });
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = () => Math.floor(Date.now() / 1_000);

describe('establishing the caller from a token', () => {
  let issuer: Issuer;
  let config: Config;
  let keys: Record<'RS256' | 'PS256' | 'ES256' | 'ES384' | 'EdDSA', SigningKey>;
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'caller-'));
    issuer = await startIssuer();
    keys = {
      RS256: await signingKey('RS256', 'rsa'),
      PS256: await signingKey('PS256', 'pss'),
      ES256: await signingKey('ES256', 'ec'),
      ES384: await signingKey('ES384', 'ec-384'),
      EdDSA: await signingKey('EdDSA', 'ed'),
    };
    issuer.publish(...Object.values(keys));
    config = readConfig({ ...issuer.env, JWT_ROLES_CLAIM: 'realm_access.roles', DATA_DIR: dataDir });
  });
  afterAll(async () => {
    await issuer.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const roles = (...names: unknown[]) => ({ realm_access: { roles: names } });

  it('agrees with the first key on every token, good or bad', async () => {
    const [witness, verifier] = [new CallerWitness(config), await TokenVerifier.create(config)];
    const { RS256, PS256, ES256, ES384, EdDSA } = keys;
    const stranger = await signingKey('EdDSA', 'ed');
    const sign = (key: SigningKey, claims: JWTPayload = {}) => issuer.sign(key, claims);
    const good = await sign(EdDSA, roles('patient'));
    const [head = '', body = '', signature = ''] = good.split('.');
    const spki = await exportSPKI((await importJWK(RS256.jwk as never, 'RS256')) as never);
    const hmac = `${base64url({ alg: 'HS256', kid: 'rsa' })}.${body}`;
    const tokens: Record<string, string> = {
      good,
      rsa: await sign(RS256, roles('clinician', 'patient', 'offline_access')),
      ec: await sign(ES256, { realm_access: { roles: 'on-call compliance' } }),
      pss: await sign(PS256, roles('clinician')),
      'ec-384': await sign(ES384, roles('clinician')),
      'a key of another algorithm': await sign({ ...ES384, kid: 'ec' }),
      'no roles': await sign(ES256),
      'another person': await sign(EdDSA, { sub: 'pat-2', ...roles('patient') }),
      'another key of the same name': await sign(stranger, roles('patient')),
      'ended long ago': await sign(EdDSA, { exp: now() - 60 }),
      'ended just now': await sign(EdDSA, { exp: now() - 2 }),
      'not yet': await sign(EdDSA, { nbf: now() + 60 }),
      'for another': await sign(EdDSA, { aud: 'other' }),
      'for several': await sign(EdDSA, { aud: ['other', 'ledger'] }),
      'of another issuer': await sign(EdDSA, { iss: 'https://other.example' }),
      'no subject': await sign(EdDSA, { sub: undefined as never }),
      'a subject of another shape': await sign(EdDSA, { sub: 'auth0|a/b@c' }),
      'a subject that is no id': await sign(EdDSA, { sub: '../b' }),
      'a subject in the ledger’s encoding': await sign(EdDSA, { sub: '_.auth0.7Cb' }),
      'no signature': `${base64url({ alg: 'none' })}.${body}.`,
      'signed with the public key': `${hmac}.${createHmac('sha256', spki).update(hmac).digest('base64url')}`,
      'another body': `${head}.${base64url({ ...claimsOf(good), sub: 'pat-9' })}.${signature}`,
      'a part too many': `${good}.x`,
      'no token': 'x',
    };
    for (const [name, token] of Object.entries(tokens)) {
      const first = await verifier.verify(token).catch(() => undefined);
      const second = await witness.establish(bearer(token));
      expect([name, second?.id, second && [...second.roles].sort()]).toEqual([
        name,
        first?.actor.id,
        first && [...first.actor.roles].sort(),
      ]);
    }
  });

  it('remembers nobody for somebody else, and nobody longer than their token', async () => {
    const witness = new CallerWitness(config);
    const people = Array.from({ length: 30 }, (_, i) => `person-${i}`);
    const tokens = await Promise.all(people.map((sub) => issuer.sign(keys.EdDSA, { sub })));
    for (const round of [1, 2])
      expect([
        round,
        await Promise.all(tokens.map(async (token) => (await witness.establish(bearer(token)))?.id)),
      ]).toEqual([round, people]);
  });

  it('takes a key that the issuer published since', async () => {
    const witness = new CallerWitness(config);
    await witness.establish(bearer(await issuer.sign(keys.EdDSA)));
    const next = await signingKey('ES256', 'next');
    issuer.publish(...Object.values(keys), next);
    expect((await witness.establish(bearer(await issuer.sign(next))))?.id).toBe('pat-1');
  });

  it('cannot say who it is while the keys cannot be had', async () => {
    const witness = new CallerWitness(config);
    for (const how of ['down', 'silent', 'nonsense'] as const) {
      issuer.behave(how);
      await expect(witness.establish(bearer(await issuer.sign(keys.EdDSA)))).rejects.toThrow();
    }
    issuer.behave('well');
    expect((await witness.establish(bearer(await issuer.sign(keys.EdDSA))))?.id).toBe('pat-1');
  });
});

describe('establishing the viewer from a cookie', () => {
  let dataDir: string;
  let config: Config;
  let cookies: ViewCookies;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'caller-'));
    config = readConfig({ DATA_DIR: dataDir });
    cookies = await ViewCookies.create(config);
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  const issued = (viewId: string, viewerId: string, ms = 60_000) =>
    cookies.issue({ viewId, viewerId, expiresAt: new Date(Date.now() + ms) }, Date.now(), false).split(';')[0] ?? '';
  const at = (cookie: string, path = '/v1/views/view-1/content') =>
    new CallerWitness(config).establish({ cookie, url: path });

  it('is whose cookie it is, for that view alone, without a role', async () => {
    const cookie = issued('view-1', 'pat-1');
    expect(await at(cookie)).toMatchObject({ id: 'pat-1', roles: new Set() });
    expect(await at(`theme=dark; ${cookie}`, '/v1/views/view-1/content?x=1')).toMatchObject({ id: 'pat-1' });
    expect(await at(cookie, '/v1/views/view-2/content')).toBeUndefined();
    expect(await at(cookie, '/v1/me/consultations')).toBeUndefined();
  });

  it('is nobody with a cookie that ended, was changed, or was signed by somebody else', async () => {
    expect(await at(issued('view-1', 'pat-1', -1_000))).toBeUndefined();
    const [head, , mac] = issued('view-1', 'pat-1').split('.');
    expect(await at(`${head}.${base64url({ sub: 'pat-2', aud: 'view-1', exp: now() + 60 })}.${mac}`)).toBeUndefined();
    const foreign = `${base64url({ alg: 'HS256', typ: 'view-pass' })}.${base64url({ sub: 'pat-1', aud: 'view-1', exp: now() + 60 })}`;
    const signed = createHmac('sha256', 'somebody-elses-secret').update(foreign).digest('base64url');
    expect(await at(`view=${foreign}.${signed}`)).toBeUndefined();
  });

  it('is who the token says where there is one, whatever cookies come with it', async () => {
    const token = await devToken(config, { id: 'pat-2', roles: ['patient'] }, 60);
    const both = { ...bearer(token), cookie: issued('view-1', 'pat-1'), url: '/v1/views/view-1/content' };
    expect(await new CallerWitness(config).establish(both)).toMatchObject({ id: 'pat-2' });
  });

  it('cannot say who it is where its key cannot be read', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'caller-'));
    try {
      await writeFile(join(empty, 'dev-signing-key.json'), 'no key');
      const witness = new CallerWitness(readConfig({ DATA_DIR: empty }));
      const token = await devToken(config, { id: 'pat-2', roles: [] }, 60);
      await expect(witness.establish(bearer(token))).rejects.toThrow();
    } finally {
      await rm(empty, { recursive: true, force: true });
    }
  });
});

const claimsOf = (token: string): JWTPayload =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as JWTPayload;
