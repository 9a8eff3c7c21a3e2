import { Inject, Injectable } from '@nestjs/common';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Configuration } from 'openid-client';
import { z } from 'zod';
import type { Login } from '../auth/console-sessions.ts';
import { IdentityProviderUnavailable, Unauthenticated } from '../auth/errors.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { SignInUnavailable } from './errors.ts';

/** How long ago a person may have signed in, in seconds, who does something dangerous. */
export const STEP_UP_SECONDS = 300;
const CALLBACK = '/console/callback';
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 5;

/** What a sign-in at the issuer showed. */
export type SignedIn = {
  /** The token that says who the person is, and in which roles. */
  readonly token: string;
  /** The issuer's id of the person, and of its own session. */
  readonly subject: string;
  readonly session: string | undefined;
  /** When the person signed in there; undefined where the issuer does not say. */
  readonly at: Date | undefined;
  readonly acr: string | undefined;
};

/** OpenID Connect Back-Channel Logout 1.0, 2.4: it names the person, the session, or both. */
const LogoutToken = z
  .object({
    sub: z.string().min(1).optional(),
    sid: z.string().min(1).optional(),
    jti: z.string().min(1),
    iat: z.number(),
    nonce: z.undefined().optional(),
    events: z.object({ [LOGOUT_EVENT]: z.object({}) }),
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined, { path: ['sub'] });

/** Whose sessions are over: a person's, those that were begun with one session at the issuer, or those that are both. */
export type EndedThere = { readonly subject: string | undefined; readonly session: string | undefined };

/**
 * The console as a confidential client of the issuer: authorization code with PKCE, `state` and `nonce` (OpenID Connect Core 1.0, RFC 9700). No token of
 * it reaches a browser.
 */
@Injectable()
export class Issuer {
  private known: Promise<Configuration> | undefined;
  private readonly keys: ReturnType<typeof createRemoteJWKSet> | undefined;

  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'console' | 'tokens' | 'nodeEnv'>) {
    const { issuer } = config.tokens;
    this.keys = issuer && createRemoteJWKSet(new URL(issuer.jwksUrl), { cooldownDuration: issuer.jwksCooldownMs });
  }

  /** Where a browser goes to sign in, and what to know when it comes back. @throws SignInUnavailable, IdentityProviderUnavailable */
  async begin(
    returnTo: string,
    stepUp: boolean,
  ): Promise<{ readonly url: string; readonly login: Omit<Login, 'replaces'> }> {
    const { client, stepUpAcr } = this.config.console;
    if (!client) throw new SignInUnavailable();
    const oidc = await import('openid-client');
    const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
    const url = oidc.buildAuthorizationUrl(await this.discovered(), {
      ...Object.fromEntries(client.params),
      ...{ redirect_uri: `${client.url}${CALLBACK}`, scope: client.scope, state, nonce },
      ...{ code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
      ...(stepUp && { max_age: String(STEP_UP_SECONDS) }),
      ...(stepUp && stepUpAcr.length > 0 && { acr_values: stepUpAcr.join(' ') }),
    });
    return { url: url.href, login: { ...{ state, nonce, verifier, returnTo, stepUp } } };
  }

  /**
   * Trades the code of the issuer's answer for its tokens.
   * @param query of the answer, as it came
   * @throws Unauthenticated, SignInUnavailable, IdentityProviderUnavailable
   */
  async finish(query: string, login: Login): Promise<SignedIn> {
    const { client } = this.config.console;
    if (!client) throw new SignInUnavailable();
    const oidc = await import('openid-client');
    const configuration = await this.discovered();
    const tokens = await oidc
      .authorizationCodeGrant(
        configuration,
        new URL(`${client.url}${CALLBACK}?${query}`),
        {
          ...{ expectedState: login.state, expectedNonce: login.nonce, pkceCodeVerifier: login.verifier },
          ...(login.stepUp && { maxAge: STEP_UP_SECONDS }),
          idTokenExpected: true,
        },
        Object.fromEntries(client.params.filter(([name]) => name === 'resource')),
      )
      .catch((cause: unknown) => {
        // An answer that says no, or that does not hold; everything else means that the issuer could not be asked.
        if (cause instanceof oidc.ClientError && !(cause.cause instanceof TypeError))
          throw new Unauthenticated(`the sign-in does not hold: ${cause.code ?? cause.message}`, { cause });
        if (cause instanceof oidc.AuthorizationResponseError || cause instanceof oidc.ResponseBodyError)
          throw new Unauthenticated(`the issuer answered ${cause.error}`, { cause });
        throw new IdentityProviderUnavailable({ cause });
      });
    const claims = tokens.claims();
    const token = client.token === 'id' ? tokens.id_token : tokens.access_token;
    if (!claims || token === undefined) throw new Unauthenticated('the issuer sent no token that says who signed in');
    return {
      ...{ token, subject: claims.sub },
      session: typeof claims.sid === 'string' ? claims.sid : undefined,
      at: claims.auth_time === undefined ? undefined : new Date(claims.auth_time * 1_000),
      acr: typeof claims.acr === 'string' ? claims.acr : undefined,
    };
  }

  /** Whose sessions a logout token of the issuer ends. @throws Unauthenticated, SignInUnavailable, IdentityProviderUnavailable */
  async endedBy(logoutToken: string): Promise<EndedThere> {
    const { client } = this.config.console;
    const { issuer } = this.config.tokens;
    if (!client || !issuer || !this.keys) throw new SignInUnavailable();
    const { payload, protectedHeader } = await jwtVerify(logoutToken, this.keys, {
      ...{ issuer: issuer.issuer, audience: client.id, algorithms: ALGORITHMS },
      ...{ clockTolerance: CLOCK_TOLERANCE_SECONDS, requiredClaims: ['iat', 'exp'] },
    }).catch((cause: unknown) => {
      if (cause instanceof errors.JOSEError && !(cause instanceof errors.JWKSTimeout))
        throw new Unauthenticated('the logout token is not one that the issuer made for this client', { cause });
      throw new IdentityProviderUnavailable({ cause });
    });
    return readLogout(payload, protectedHeader.typ);
  }

  private async discovered(): Promise<Configuration> {
    this.known ??= this.discover();
    // Asked again by the next sign-in.
    this.known.catch(() => {
      this.known = undefined;
    });
    return this.known;
  }

  private async discover(): Promise<Configuration> {
    const { client } = this.config.console;
    const { issuer } = this.config.tokens;
    if (!client || !issuer) throw new SignInUnavailable();
    const oidc = await import('openid-client');
    // Plain HTTP is for an issuer on the developer's own machine.
    const execute = this.config.nodeEnv === 'production' ? [] : [oidc.allowInsecureRequests];
    try {
      return await oidc.discovery(new URL(issuer.issuer), client.id, client.secret, undefined, { execute, timeout: 5 });
    } catch (cause) {
      throw new IdentityProviderUnavailable({ cause });
    }
  }
}

const readLogout = (payload: JWTPayload, typ: string | undefined): EndedThere => {
  const parsed = LogoutToken.safeParse(payload);
  const isOfItsKind = typ === undefined || /^(application\/)?(logout\+)?jwt$/i.test(typ);
  if (!parsed.success || !isOfItsKind) {
    const [issue] = parsed.error?.issues ?? [];
    throw new Unauthenticated(`the logout token does not hold: ${issue?.path.join('.') ?? 'typ'}`);
  }
  return { subject: parsed.data.sub, session: parsed.data.sid };
};
