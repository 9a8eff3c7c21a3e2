import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { DEV_AUDIENCE, DEV_ISSUER, devKey } from '../../src/auth/dev-key.ts';
import type { Person } from './people.ts';

const HOUR = 3_600;

export type Credentials = {
  /** A token as the issuer makes them. */
  readonly token: (person: Person) => string;
  /** Tokens that say to be this person's and are not, by what is wrong with them. */
  readonly forged: (person: Person, from: Person) => Readonly<Record<string, string>>;
};

/** Made with node:crypto alone, so that what is attacked has no part in the attack. */
export const credentialsOf = async (dataDir: string): Promise<Credentials> => {
  const jwk = await devKey(dataDir);
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  const published = createPublicKey(key);
  const { privateKey: otherKey } = generateKeyPairSync('ed25519');
  const header = { alg: 'EdDSA', kid: jwk.kid, typ: 'JWT' };

  const claims = ({ id, roles }: Person, more: object = {}) => {
    const now = Math.floor(Date.now() / 1_000);
    return {
      ...{ sub: id, roles, iss: DEV_ISSUER, aud: DEV_AUDIENCE, jti: randomUUID(), iat: now, exp: now + HOUR },
      ...more,
    };
  };
  const signed = (payload: object, head: object = header, by = key): string => {
    const text = `${part(head)}.${part(payload)}`;
    return `${text}.${sign(null, Buffer.from(text), by).toString('base64url')}`;
  };
  const hmac = (payload: object, secret: string | Buffer): string => {
    const text = `${part({ ...header, alg: 'HS256' })}.${part(payload)}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const known = new Map<string, string>();
  const token = (person: Person): string => {
    const id = JSON.stringify(person);
    const made = known.get(id) ?? signed(claims(person));
    known.set(id, made);
    return made;
  };
  return {
    token,
    forged: (person, from) => {
      const [genuineHeader, genuinePayload] = token(person).split('.');
      const [, , signatureOfAnother] = token(from).split('.');
      const past = Math.floor(Date.now() / 1_000) - HOUR;
      return {
        garbage: 'not.a.token',
        'alg none': `${part({ ...header, alg: 'none' })}.${part(claims(person))}.`,
        'signed by another key': signed(claims(person), header, otherKey),
        'signed with the published key as a secret': hmac(
          claims(person),
          published.export({ type: 'spki', format: 'pem' }),
        ),
        'signed with x as a secret': hmac(claims(person), Buffer.from(jwk.x, 'base64url')),
        expired: signed(claims(person, { iat: past - HOUR, exp: past })),
        'without an end': signed(claims(person, { exp: undefined })),
        'of another audience': signed(claims(person, { aud: 'another-application' })),
        'of another issuer': signed(claims(person, { iss: 'urn:somebody-else' })),
        'with the signature of another token': `${part(header)}.${part(claims(person))}.${signatureOfAnother}`,
        'with a genuine payload and no signature': `${genuineHeader}.${genuinePayload}.${part('nothing')}`,
      };
    },
  };
};

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A cookie of a view with another view's name in it, its signature kept; and one that nobody signed. */
export const forgedCookies = (cookie: string, viewId: string, viewerId: string): Readonly<Record<string, string>> => {
  const [header = '', , signature = ''] = cookie.replace(/^view=/, '').split('.');
  const claims = part({ sub: viewerId, aud: viewId, exp: Math.floor(Date.now() / 1_000) + HOUR });
  const none = part({ alg: 'none', typ: 'view-pass' });
  return {
    'with another view in it': `view=${header}.${claims}.${signature}`,
    'that nobody signed': `view=${none}.${claims}.`,
    'signed with nothing': `view=${header}.${claims}.${createHmac('sha256', '').update(`${header}.${claims}`).digest('base64url')}`,
  };
};
