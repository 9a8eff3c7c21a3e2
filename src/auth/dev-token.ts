import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import type { Config } from '../config/config.ts';
import type { Actor } from '../request/actor.ts';
import { DEV_AUDIENCE, DEV_ISSUER, devKey } from './dev-key.ts';

/**
 * A token signed with the development key of the data folder, as a server on the same folder accepts it.
 * @param ttlSeconds how long it is valid from now
 * @throws when an issuer is configured: a server there would not accept it
 */
export const devToken = async (
  { tokens, dataDir }: Pick<Config, 'tokens' | 'dataDir'>,
  { id, roles }: Actor,
  ttlSeconds: number,
): Promise<string> => {
  if (tokens.issuer) {
    throw new Error('development tokens work only while no issuer is configured: ask the issuer in JWT_ISSUER for one');
  }
  const key = await devKey(dataDir);
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT(claims(tokens, id, roles))
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT' })
    .setIssuer(DEV_ISSUER)
    .setAudience(DEV_AUDIENCE)
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + ttlSeconds)
    .sign(await importJWK(key));
};

/** Puts id and roles where the configured claims say they are looked for. */
const claims = ({ subjectClaim, rolesClaim }: Config['tokens'], id: string, roles: Actor['roles']) => {
  const payload: Record<string, unknown> = {};
  put(payload, subjectClaim, id);
  put(payload, rolesClaim, roles);
  return payload;
};

const put = (target: Record<string, unknown>, path: string, value: unknown): void => {
  const [name = '', ...rest] = path.split('.');
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const inner = (target[name] ?? {}) as Record<string, unknown>;
  target[name] = inner;
  put(inner, rest.join('.'), value);
};
