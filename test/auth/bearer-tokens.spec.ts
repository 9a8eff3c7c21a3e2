import { createHmac, type webcrypto } from 'node:crypto';
import { exportSPKI, importJWK, type JWTPayload } from 'jose';
import type { RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { type Issuer, type SigningKey, signingKey, startIssuer } from '../support/issuer.ts';
import { problemIn } from '../support/problem.ts';
import { startShell } from '../support/shell.ts';

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = () => Math.floor(Date.now() / 1_000);

describe('a bearer token', () => {
  let issuer: Issuer;
  let shell: RunningApp;
  let rsa: SigningKey;
  let ec: SigningKey;
  let all: SigningKey[];
  let ed: SigningKey;

  beforeAll(async () => {
    issuer = await startIssuer();
    [rsa, ec, ed] = await Promise.all([
      signingKey('RS256', 'rsa'),
      signingKey('ES256', 'ec'),
      signingKey('EdDSA', 'ed'),
    ]);
    all = [rsa, await signingKey('PS256', 'pss'), ec, await signingKey('ES384', 'ec-384'), ed];
    issuer.publish(...all);
    shell = await startShell({ env: { ...issuer.env, JWT_ROLES_CLAIM: 'realm_access.roles' } });
  });
  afterAll(async () => {
    await shell?.close();
    await issuer?.close();
  });

  const present = (token: string, scheme = 'Bearer') =>
    shell.call('/probe/me', { headers: { authorization: `${scheme} ${token}` } });
  const refused = async (token: string, scheme?: string) => {
    const response = await present(token, scheme);
    const problem = await problemIn(response);
    expect(problem).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="consultation-ledger", error="invalid_token"');
    expect(JSON.stringify(problem)).not.toContain(token.slice(0, 20));
    return problem.detail;
  };

  it.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])(
    'is accepted with an %s signature of the issuer',
    async (alg) => {
      const key = all.find((candidate) => candidate.alg === alg) as SigningKey;
      const response = await present(
        await issuer.sign(key, { realm_access: { roles: ['patient', 'offline_access', 'patient'] } }),
      );
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ id: 'pat-1', roles: ['patient'] });
    },
  );

  it.each([
    ['azp', { azp: 'clinic-web', client_id: 'other' }, 'clinic-web'],
    ['client_id', { client_id: 'https://apps.example.org/player' }, 'https://apps.example.org/player'],
    ['none, where it is no plain id', { azp: 'Dr. Jane Doe <jane>' }, undefined],
  ])('names the client that it was issued to: %s', async (_, claims, expected) => {
    const me = (await (await present(await issuer.sign(ec, claims))).json()) as { clientId?: string };
    expect(me.clientId).toBe(expected);
  });

  it('speaks for its own subject, however many others come at the same time', async () => {
    const people = Array.from({ length: 40 }, (_, i) => `person-${i}`);
    const tokens = await Promise.all(people.map((sub, i) => issuer.sign([rsa, ec, ed][i % 3] as SigningKey, { sub })));
    const seen = await Promise.all(
      tokens.map(async (token) => ((await (await present(token)).json()) as { id: string }).id),
    );
    expect(seen).toEqual(people);
  });

  it('is refused once it has expired, though it was accepted before', async () => {
    // Five seconds of tolerance for clocks that differ: this one has about one second left.
    const token = await issuer.sign(ec, { exp: now() - 4 });
    expect((await present(token)).status).toBe(200);
    const refusal = await eventually(async () => {
      const response = await present(token);
      return response.status === 401 ? response : undefined;
    });
    expect(await problemIn(refusal)).toMatchObject({ detail: 'the token has expired' });
  });

  it('may be of somebody without any role', async () => {
    expect(await (await present(await issuer.sign(ec))).json()).toMatchObject({ roles: [] });
  });

  it('is asked for when there is none', async () => {
    const response = await shell.call('/probe/me');
    expect(await problemIn(response)).toMatchObject({ code: 'unauthenticated', detail: 'a bearer token is needed' });
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="consultation-ledger"');
  });

  it('is not looked for in the query', async () => {
    const token = await issuer.sign(ec);
    const response = await shell.call(`/probe/me?access_token=${token}&auth_token=${token}&token=${token}`);
    expect(response.status).toBe(401);
  });

  const good = (): JWTPayload => ({ sub: 'pat-1', iss: issuer.name, aud: 'ledger', exp: now() + 60 });
  const forgeries: [string, () => Promise<string>][] = [
    ['expired', () => issuer.sign(ec, { exp: now() - 30 })],
    ['without an expiry', () => issuer.sign(ec, { exp: undefined })],
    ['not valid yet', () => issuer.sign(ec, { nbf: now() + 60 })],
    ['of another issuer', () => issuer.sign(ec, { iss: 'https://evil.example.org' })],
    ['for another audience', () => issuer.sign(ec, { aud: 'billing' })],
    ['without an audience', () => issuer.sign(ec, { aud: undefined })],
    ['without a subject', () => issuer.sign(ec, { sub: undefined })],
    ['with a subject that names a stream', () => issuer.sign(ec, { sub: '$ce-patient' })],
    ['with a subject that names a path', () => issuer.sign(ec, { sub: '../pat-1' })],
    ['with a subject longer than an id', () => issuer.sign(ec, { sub: 'x'.repeat(65) })],
    ['with a subject that is a list', () => issuer.sign(ec, { sub: ['pat-1'] as unknown as string })],
    ['signed by somebody else under a known key id', async () => issuer.sign(await signingKey('ES256', 'ec'))],
    ['signed by somebody else', async () => issuer.sign(await signingKey('ES256', 'other'))],
    [
      'that brings its own key',
      async () => {
        const own = await signingKey('ES256', 'ec');
        const [, payload, signature] = (await issuer.sign(own)).split('.');
        return `${base64url({ alg: 'ES256', kid: 'ec', jwk: own.jwk, jku: 'https://evil.example.org' })}.${payload}.${signature}`;
      },
    ],
    ['without a signature (alg none)', async () => `${base64url({ alg: 'none' })}.${base64url(good())}.`],
    ['without a signature (alg nOnE)', async () => `${base64url({ alg: 'nOnE', kid: 'rsa' })}.${base64url(good())}.`],
    [
      'with an HMAC made with the public key',
      async () => {
        const publicKey = await exportSPKI((await importJWK(rsa.jwk)) as webcrypto.CryptoKey);
        const signed = `${base64url({ alg: 'HS256', kid: 'rsa', typ: 'JWT' })}.${base64url(good())}`;
        return `${signed}.${createHmac('sha256', publicKey).update(signed).digest('base64url')}`;
      },
    ],
    [
      'signed with an algorithm that is not accepted',
      async () => {
        const long = await signingKey('RS512', 'long');
        issuer.publish(...all, long);
        return issuer.sign(long);
      },
    ],
    [
      'whose payload was changed afterwards',
      async () => {
        const [header, , signature] = (await issuer.sign(ec)).split('.');
        return `${header}.${base64url({ ...good(), sub: 'pat-2' })}.${signature}`;
      },
    ],
    [
      'with a critical header nobody understands',
      async () => {
        const [, payload, signature] = (await issuer.sign(ec)).split('.');
        return `${base64url({ alg: 'ES256', kid: 'ec', crit: ['b64'], b64: false })}.${payload}.${signature}`;
      },
    ],
    ['cut off', async () => (await issuer.sign(ec)).slice(0, -20)],
    ['of two parts', async () => 'abc.def'],
    ['that is no token', async () => 'letmein'],
    ['that is no JSON inside', async () => 'AAAA.AAAA.AAAA'],
  ];
  it.each(forgeries)('is refused when it is one %s', async (_what, forge) => {
    await refused(await forge());
  });

  it('is refused under another scheme', async () => {
    const token = await issuer.sign(ec);
    expect((await present(token, 'Basic')).status).toBe(401);
  });

  it('says in the refusal which check failed and not what it holds', async () => {
    expect(await refused(await issuer.sign(ec, { exp: now() - 30 }))).toBe('the token has expired');
    expect(await refused(await issuer.sign(ec, { aud: 'billing' }))).toBe(
      "the token's aud claim is not the expected one",
    );
    expect(await refused(await issuer.sign(ec, { exp: undefined }))).toBe("the token's exp claim is missing");
    expect(await refused(await issuer.sign(ec, { sub: '$all' }))).toBe(
      "the token's sub claim is not an id: must not begin with `$`",
    );
  });

  it('of another role is not enough for a route that asks for one', async () => {
    const nurse = await issuer.sign(ec, { realm_access: { roles: ['patient'] } });
    const doctor = await issuer.sign(ec, { realm_access: { roles: ['clinician'] } });
    const call = (token: string, path: string) => shell.call(path, { headers: { authorization: `Bearer ${token}` } });
    expect((await call(doctor, '/probe/clinic')).status).toBe(200);
    expect(await problemIn(await call(nurse, '/probe/clinic'))).toMatchObject({ status: 403, code: 'forbidden' });
  });

  it('opens no route that the table of roles does not list', async () => {
    const all = await issuer.sign(ec, { realm_access: { roles: ['clinician', 'service', 'compliance', 'on-call'] } });
    const response = await shell.call('/probe/unlisted', { headers: { authorization: `Bearer ${all}` } });
    expect(await problemIn(response)).toMatchObject({ status: 403, code: 'forbidden' });
    expect((await shell.call('/probe/unlisted')).status).toBe(403);
  });
});
