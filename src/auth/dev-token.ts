import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import type { Config } from '../config/config.ts';
import type { Actor } from '../request/actor.ts';
import { DEV_AUDIENCE, DEV_ISSUER, devKey } from './dev-key.ts';

/**
 * A token signed with the development key of the data folder, as a server on the same folder accepts it.
 * @param id as issued, whatever its shape
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
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + ttlSeconds)
    .sign(await importJWK(key));
};

/** Puts each where the configured claims say that it is looked for: a claim is looked for by its whole name first. */
const claims = (
  { subjectClaim, rolesClaim, audienceClaim, roleMap, requiredAcr }: Config['tokens'],
  id: string,
  roles: Actor['roles'],
) => ({
  [audienceClaim]: DEV_AUDIENCE,
  [subjectClaim]: id,
  [rolesClaim]: roleMap ? roleMap.flatMap(([value, role]) => (roles.includes(role) ? value : [])) : roles,
  ...(requiredAcr.length > 0 && { acr: requiredAcr[0] }),
});
