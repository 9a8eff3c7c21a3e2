import { hash } from 'node:crypto';
import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { drillIdIn } from '../../events/drill-events.ts';
import { CLIENT_ID, Id } from '../../events/values.ts';
import type { Config } from '../config/config.ts';
import { type Actor, RoleName, type VerifiedToken } from '../request/actor.ts';
import { DEV_AUDIENCE, DEV_ISSUER, devKey } from './dev-key.ts';
import { IdentityProviderUnavailable, Unauthenticated } from './errors.ts';

/** Signatures with a public key alone: an HMAC "signed" with a published key, or no signature, proves no one. */
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 5;
/** Keys are fetched anew after ten minutes, so that one the issuer withdrew stops working; without an answer nothing is accepted. */
const KEYS_MAX_AGE_MS = 600_000;
const KEYS_TIMEOUT_MS = 3_000;

/**
 * A signature costs about 0.25 ms of a core and a client sends the same token for minutes, so a valid token is
 * remembered this long; a key the issuer withdraws works at most so much longer.
 */
const REMEMBERED_MS = 60_000;
const REMEMBERED_TOKENS = 10_000;

/** Decides who a token speaks for. One per application, the same for HTTP requests and socket handshakes. */
export class TokenVerifier {
  /** By the token's hash, so that a dump of the memory shows no usable token. */
  private readonly known = new LRUCache<string, { readonly verified: VerifiedToken; readonly until: number }>({
    max: REMEMBERED_TOKENS,
  });

  private constructor(
    private readonly keys: JWTVerifyGetKey,
    private readonly expected: { readonly issuer: string; readonly audience: string },
    private readonly claims: { readonly rolesClaim: string; readonly subjectClaim: string },
  ) {}

  /** With the configured issuer's keys, or the development key of the data folder when none is configured. */
  static async create({ tokens, dataDir }: Config): Promise<TokenVerifier> {
    if (tokens.issuer) return new TokenVerifier(remoteKeys(tokens.issuer), tokens.issuer, tokens);
    const { d: _private, ...publicKey } = await devKey(dataDir);
    const keys = createLocalJWKSet({ keys: [publicKey] });
    return new TokenVerifier(keys, { issuer: DEV_ISSUER, audience: DEV_AUDIENCE }, tokens);
  }

  /**
   * Signature, issuer, audience, expiry (required) and the shape of the subject.
   * Roles this product does not know are ignored: an issuer serves other applications too.
   * @throws Unauthenticated, IdentityProviderUnavailable
   */
  async verify(token: string): Promise<VerifiedToken> {
    const digest = hash('sha256', token, 'base64');
    const known = this.known.get(digest);
    if (known && Date.now() < known.until) return known.verified;
    const verified = await this.check(token);
    const until = Math.min(Date.now() + REMEMBERED_MS, verified.expiresAt.getTime() + CLOCK_TOLERANCE_SECONDS * 1_000);
    this.known.set(digest, { verified, until });
    return verified;
  }

  private async check(token: string): Promise<VerifiedToken> {
    const { payload } = await jwtVerify(token, this.keys, {
      issuer: this.expected.issuer,
      audience: this.expected.audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'iss', 'aud'],
    }).catch(refuse);
    const subject = Id.safeParse(at(payload, this.claims.subjectClaim));
    if (!subject.success) throw new Unauthenticated(`the token's ${this.claims.subjectClaim} claim is not an id`);
    // They act in their drill alone, and what they do is taken for no breach.
    if (drillIdIn(subject.data) !== undefined)
      throw new Unauthenticated(
        `the token's ${this.claims.subjectClaim} claim is the id of a drill's synthetic person`,
      );
    const clientId = clientOf(payload);
    return {
      actor: {
        id: subject.data,
        roles: rolesIn(at(payload, this.claims.rolesClaim)),
        ...(clientId !== undefined && { clientId }),
      },
      expiresAt: new Date(Number(payload.exp) * 1_000),
    };
  }
}

const remoteKeys = ({ jwksUrl, jwksCooldownMs }: NonNullable<Config['tokens']['issuer']>): JWTVerifyGetKey => {
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    cooldownDuration: jwksCooldownMs,
    cacheMaxAge: KEYS_MAX_AGE_MS,
    timeoutDuration: KEYS_TIMEOUT_MS,
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      // Answers about the token itself; everything else means that the issuer could not be asked.
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      throw new IdentityProviderUnavailable({ cause: error });
    }
  };
};

const refuse = (error: unknown): never => {
  if (error instanceof IdentityProviderUnavailable) throw error;
  if (error instanceof errors.JWTExpired) throw new Unauthenticated('the token has expired', { cause: error });
  if (error instanceof errors.JWTClaimValidationFailed) {
    throw new Unauthenticated(
      `the token's ${error.claim} claim is ${error.reason === 'missing' ? 'missing' : 'not the expected one'}`,
      {
        cause: error,
      },
    );
  }
  throw new Unauthenticated('the token is not one that the issuer signed', { cause: error });
};

/** The value at a dotted path: `realm_access.roles` is how Keycloak nests them. */
const at = (payload: JWTPayload, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, key)
          ? value[key as keyof typeof value]
          : undefined,
      payload,
    );

/** `azp` as OpenID Connect has it, `client_id` as RFC 9068 does. One that is no plain id is left out: the ledger keeps no text of others. */
const clientOf = ({ azp, client_id: clientId }: JWTPayload): string | undefined =>
  [azp, clientId].find((claim): claim is string => typeof claim === 'string' && CLIENT_ID.test(claim));

/** A list, or one string with spaces between, as OAuth writes scopes. */
const rolesIn = (claim: unknown): Actor['roles'] => {
  const names: readonly unknown[] = Array.isArray(claim) ? claim : typeof claim === 'string' ? claim.split(' ') : [];
  return [...new Set(names.flatMap((name) => RoleName.safeParse(name).data ?? []))];
};
