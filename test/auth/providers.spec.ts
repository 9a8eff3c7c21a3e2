import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { TokenVerifier } from '../../src/auth/token-verifier.ts';
import { readConfig } from '../../src/config/config.ts';
import { CallerWitness } from '../../src/second-key/caller.ts';
import type { RunningApp } from '../support/app.ts';
import { type Issuer, signingKey, startIssuer } from '../support/issuer.ts';
import { problemIn } from '../support/problem.ts';
import { providers } from '../support/providers.ts';
import { startShell } from '../support/shell.ts';

const bearer = (token: string) => ({ authorization: `Bearer ${token}`, url: '/v1/me/consultations' });

describe('a token as a provider writes it', () => {
  let issuer: Issuer;
  beforeAll(async () => {
    issuer = await startIssuer();
  });
  afterAll(() => issuer.close());

  it.each(providers.map((provider) => [provider.name, provider] as const))(
    'speaks for the same person in the same roles to both keys: %s',
    async (_, { alg, claims, env, kept, roles }) => {
      const key = await signingKey(alg, `key-${alg}`);
      issuer.publish(key);
      const config = readConfig({ ...issuer.env, ...env });
      const token = await issuer.sign(key, claims);
      const { actor } = await (await TokenVerifier.create(config)).verify(token);
      expect([actor.id, [...actor.roles].sort()]).toEqual([kept, [...roles].sort()]);
      const witnessed = await new CallerWitness(config).establish(bearer(token));
      expect([witnessed?.id, [...(witnessed?.roles ?? [])].sort()]).toEqual([kept, [...roles].sort()]);
    },
  );

  it('is for nobody where the audience stands in another claim than the configured one', async () => {
    const key = await signingKey('RS256', 'key');
    issuer.publish(key);
    const config = readConfig({ ...issuer.env, JWT_AUDIENCE_CLAIM: 'client_id' });
    for (const claims of [{ aud: 'ledger' }, { aud: 'ledger', client_id: 'other' }]) {
      const token = await issuer.sign(key, claims);
      await expect((await TokenVerifier.create(config)).verify(token)).rejects.toThrow('client_id claim');
      expect(await new CallerWitness(config).establish(bearer(token))).toBeUndefined();
    }
  });
});

describe('a caller without a role that a route asks for', () => {
  let issuer: Issuer;
  let shell: RunningApp;
  const key = signingKey('ES384', 'key');
  beforeAll(async () => {
    issuer = await startIssuer();
    issuer.publish(await key);
    shell = await startShell({
      env: {
        ...issuer.env,
        JWT_ROLES_CLAIM: 'https://app.example/roles',
        JWT_ROLE_MAP: 'Doctors=clinician,Officers=compliance',
        JWT_REQUIRED_ACR: 'mfa,urn:example:strong',
      },
      routes: { 'GET /probe/list': ['on-call', 'compliance'] },
    });
  });
  afterAll(async () => {
    await shell?.close();
    await issuer?.close();
  });
  const ask = async (path: string, claims: object) =>
    shell.call(path, { headers: { authorization: `Bearer ${await issuer.sign(await key, { ...claims })}` } });
  const roles = (...names: string[]) => ({ 'https://app.example/roles': names });

  it('is told which claim was looked at, and what was found there', async () => {
    const needs = 'this route needs one of the roles: clinician, service; ';
    const looked = `${needs}roles were looked for in the claim https://app.example/roles, `;
    const told = async (claims: object) => (await problemIn(await ask('/probe/clinic', claims))) as { detail: string };
    expect(await told({ roles: ['clinician'] })).toMatchObject({
      ...{ status: 403, code: 'forbidden', detail: `${looked}which the token does not have` },
    });
    // A name of a role is none where a map says what values mean.
    expect((await told(roles('clinician', 'Nurses'))).detail).toBe(`${looked}of which no value is in JWT_ROLE_MAP`);
    expect((await ask('/probe/clinic', roles('Doctors'))).status).toBe(200);
  });

  it('is asked for a stronger sign-in where a role of theirs needs one', async () => {
    const weak = await ask('/probe/list', { ...roles('Officers', 'Doctors'), acr: 'pwd' });
    expect(weak.headers.get('www-authenticate')).toBe(
      'Bearer realm="consultation-ledger", error="insufficient_user_authentication", acr_values="mfa urn:example:strong"',
    );
    expect(await problemIn(weak)).toMatchObject({ status: 401, code: 'stronger-sign-in-needed' });
    for (const acr of ['mfa', 'urn:example:strong'])
      expect((await ask('/probe/list', { ...roles('Officers'), acr })).status).toBe(200);
    // Other roles count as ever, and a strong sign-in gives no role.
    expect((await ask('/probe/clinic', { ...roles('Officers', 'Doctors'), acr: 'pwd' })).status).toBe(200);
    expect((await ask('/probe/list', { ...roles('Doctors'), acr: 'mfa' })).status).toBe(403);
  });
});

describe('a real OpenID provider', () => {
  let provider: ChildProcess;
  let issuer: string;
  let shell: RunningApp;
  beforeAll(async () => {
    provider = spawn(process.execPath, [join(import.meta.dirname, '../support/openid-provider.js')], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { value } = await createInterface({ input: provider.stdout as Readable })
      [Symbol.asyncIterator]()
      .next();
    issuer = value as string;
    const { jwks_uri: jwksUrl } = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as {
      jwks_uri: string;
    };
    shell = await startShell({
      env: {
        ...{ JWT_ISSUER: issuer, JWT_AUDIENCE: 'ledger', JWT_JWKS_URL: jwksUrl, JWT_SUBJECT_CLAIM: 'client_id' },
        ...{ JWT_ROLES_CLAIM: 'https://app.example/roles', JWT_ROLE_MAP: 'backend=service' },
      },
    });
  });
  afterAll(async () => {
    await shell?.close();
    provider?.kill();
  });

  it.each([
    ['PS256', 'auth0|booking', '_.auth0.7Cbooking'],
    ['ES384', 'es384@clients', '_.es384.40clients'],
  ])('gives a service a token, signed with %s, that is accepted', async (alg, clientId, kept) => {
    const secret = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent('a secret of this test')}`);
    const answer = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${secret.toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'ledger' }),
    });
    const { access_token: token = '' } = (await answer.json()) as { access_token?: string };
    expect(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())).toMatchObject({ alg });
    const me = await shell.call('/probe/me', { headers: { authorization: `Bearer ${token}` } });
    expect(await me.json()).toMatchObject({ id: kept, roles: ['service'] });
    const witnessed = await new CallerWitness(shell.config).establish(bearer(token));
    expect(witnessed).toMatchObject({ id: kept, roles: new Set(['service']) });
  });
});
