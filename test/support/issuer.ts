import type { webcrypto } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export type SigningKey = {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: webcrypto.CryptoKey;
  readonly jwk: object;
};

export const signingKey = async (alg: string, kid: string): Promise<SigningKey> => {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), alg, kid, use: 'sig' } };
};

export type Issuer = {
  readonly name: string;
  readonly jwksUrl: string;
  /** The settings of an application that believes this issuer. */
  readonly env: Readonly<Record<string, string>>;
  /** What it publishes from now on. */
  publish(...keys: readonly SigningKey[]): void;
  /** 'down' answers 500, 'silent' cuts the connection, 'nonsense' answers with something that is no key set. */
  behave(how: 'well' | 'down' | 'silent' | 'nonsense'): void;
  /** How often its keys were fetched. */
  fetches(): number;
  sign(key: SigningKey, claims?: JWTPayload): Promise<string>;
  close(): Promise<void>;
};

/** A token issuer with its key set on a real HTTP server. */
export const startIssuer = async (): Promise<Issuer> => {
  let published: readonly SigningKey[] = [];
  let behaviour = 'well';
  let fetched = 0;
  const server = createServer((_request, response) => {
    fetched++;
    if (behaviour === 'silent') response.destroy();
    else if (behaviour === 'down') response.writeHead(500).end();
    else if (behaviour === 'nonsense') response.end('<html>login</html>');
    else
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ keys: published.map(({ jwk }) => jwk) }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const name = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    name,
    jwksUrl: `${name}/jwks`,
    env: { JWT_ISSUER: name, JWT_AUDIENCE: 'ledger', JWT_JWKS_URL: `${name}/jwks`, JWT_JWKS_COOLDOWN_MS: '100' },
    publish: (...keys) => {
      published = keys;
    },
    behave: (how) => {
      behaviour = how;
    },
    fetches: () => fetched,
    sign: ({ alg, kid, privateKey }, claims = {}) =>
      new SignJWT({ sub: 'pat-1', iss: name, aud: 'ledger', exp: Math.floor(Date.now() / 1_000) + 60, ...claims })
        .setProtectedHeader({ alg, kid })
        .sign(privateKey),
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
};
