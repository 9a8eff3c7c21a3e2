import { hash } from 'node:crypto';
import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { drillIdIn } from '../../events/drill-events.ts';
import { CLIENT_ID } from '../../events/values.ts';
import type { Config } from '../config/config.ts';
import { latest } from '../flow/latest.ts';
import { type Role, RoleName, type VerifiedToken } from '../request/actor.ts';
import { GivenPersonId } from '../request/person-id.ts';
import { claimIn } from './claims.ts';
import { DEV_AUDIENCE, DEV_ISSUER, devKey } from './dev-key.ts';
import { IdentityProviderUnavailable, Unauthenticated } from './errors.ts';

/** Signatures with a public key alone: an HMAC "signed" with a published key, or no signature, proves no one. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
/** Who reads about everyone and stops whom they like: these count only for a sign-in of the required strength. */
const STRONG_ROLES: readonly Role[] = ['on-call', 'compliance'];
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

/** Makes durable whose an id of the ledger is. */
type KeepId = (kept: string) => Promise<void>;

type Remembered = { readonly verified: VerifiedToken; readonly subject: unknown; readonly until: number };

const keptIdOf = (issued: unknown): string | undefined => GivenPersonId.safeParse(issued).data;

/** Decides who a token speaks for. One per application, the same for HTTP requests and socket handshakes. */
export class TokenVerifier {
  /** By the token's hash, so that a dump of the memory shows no usable token. */
  private readonly known = latest<string, Remembered>(REMEMBERED_TOKENS);

  private constructor(
    private readonly keys: JWTVerifyGetKey,
    private readonly expected: { readonly issuer: string; readonly audience: string },
    private readonly claims: Omit<Config['tokens'], 'issuer'>,
    private readonly keepId: KeepId,
  ) {}

  /** With the configured issuer's keys, or the development key of the data folder when none is configured. */
  static async create({ tokens, dataDir }: Config, keepId: KeepId = async () => {}): Promise<TokenVerifier> {
    if (tokens.issuer) return new TokenVerifier(remoteKeys(tokens.issuer), tokens.issuer, tokens, keepId);
    const { d: _private, ...publicKey } = await devKey(dataDir);
    const keys = createLocalJWKSet({ keys: [publicKey] });
    return new TokenVerifier(keys, { issuer: DEV_ISSUER, audience: DEV_AUDIENCE }, tokens, keepId);
  }

  /**
   * Signature, issuer, audience, expiry (required) and the shape of the subject.
   * Roles this product does not know are ignored: an issuer serves other applications too.
   * @throws Unauthenticated, IdentityProviderUnavailable
   */
  async verify(token: string): Promise<VerifiedToken> {
    const digest = hash('sha256', token, 'base64');
    const known = this.known.get(digest);
    // A person who was forgotten meanwhile is another one to the ledger.
    if (known && Date.now() < known.until && keptIdOf(known.subject) === known.verified.actor.id) return known.verified;
    const { verified, subject } = await this.check(token);
    const until = Math.min(Date.now() + REMEMBERED_MS, verified.expiresAt.getTime() + CLOCK_TOLERANCE_SECONDS * 1_000);
    this.known.set(digest, { verified, subject, until });
    return verified;
  }

  private async check(token: string): Promise<Pick<Remembered, 'verified' | 'subject'>> {
    const { payload } = await jwtVerify(token, this.keys, {
      issuer: this.expected.issuer,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'iss'],
    }).catch(refuse);
    const { audienceClaim, subjectClaim } = this.claims;
    const audience = claimIn(payload, audienceClaim);
    if (audience === undefined) throw new Unauthenticated(`the token's ${audienceClaim} claim is missing`);
    if (![audience].flat().includes(this.expected.audience))
      throw new Unauthenticated(`the token's ${audienceClaim} claim is not the expected one`);
    const issued = claimIn(payload, subjectClaim);
    const subject = GivenPersonId.safeParse(issued);
    if (!subject.success)
      throw new Unauthenticated(`the token's ${subjectClaim} claim is not an id: ${subject.error.issues[0]?.message}`);
    // They act in their drill alone, and what they do is taken for no breach.
    if (drillIdIn(subject.data) !== undefined)
      throw new Unauthenticated(`the token's ${subjectClaim} claim is the id of a drill's synthetic person`);
    // For whom the issuer vouches is on disk at once: the second key looks there.
    await this.keepId(subject.data);
    const clientId = clientOf(payload);
    const { roles, rolesFrom } = this.rolesOf(payload);
    const strongerFor = this.isStrong(payload) ? [] : roles.filter((role) => STRONG_ROLES.includes(role));
    const verified = {
      actor: {
        id: subject.data,
        roles: roles.filter((role) => !strongerFor.includes(role)),
        ...(clientId !== undefined && { clientId }),
      },
      expiresAt: new Date(Number(payload.exp) * 1_000),
      ...{ rolesFrom, strongerFor },
    };
    return { verified, subject: issued };
  }

  private rolesOf(payload: JWTPayload): { readonly roles: readonly Role[]; readonly rolesFrom: string } {
    const { rolesClaim, roleMap } = this.claims;
    const claimed = claimIn(payload, rolesClaim);
    const values = valuesOf(claimed);
    const roles = [
      ...new Set(
        values.flatMap((value) =>
          roleMap
            ? roleMap.flatMap(([mapped, role]) => (mapped === value ? role : []))
            : (RoleName.safeParse(value).data ?? []),
        ),
      ),
    ];
    const found =
      claimed === undefined
        ? 'which the token does not have'
        : roles.length > 0
          ? `which gives: ${roles.join(', ')}`
          : `of which no value ${roleMap ? 'is in JWT_ROLE_MAP' : 'is a role here'}`;
    return { roles, rolesFrom: `roles were looked for in the claim ${rolesClaim}, ${found}` };
  }

  private isStrong(payload: JWTPayload): boolean {
    const { requiredAcr } = this.claims;
    return (
      requiredAcr.length === 0 || [payload.acr, payload.acrs].flat().some((acr) => requiredAcr.includes(String(acr)))
    );
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

/**
 * `azp` as OpenID Connect has it, `client_id` as RFC 9068 does, `cid` of Okta, `appid` of Entra. One that is no plain id is left out: the ledger keeps no text of
 * others.
 */
const clientOf = ({ azp, client_id: clientId, cid, appid }: JWTPayload): string | undefined =>
  [azp, clientId, cid, appid].find((claim): claim is string => typeof claim === 'string' && CLIENT_ID.test(claim));

/** A list, or one string: a value with spaces in it, or several with spaces between, as OAuth writes scopes. */
const valuesOf = (claim: unknown): readonly unknown[] =>
  typeof claim === 'string' ? [claim, ...claim.split(' ')] : Array.isArray(claim) ? claim : [];
