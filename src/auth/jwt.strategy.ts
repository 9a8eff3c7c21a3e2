import { ExtractJwt, Strategy } from 'passport-jwt';
import type { TokenVerifier, VerifiedToken } from './token-verifier.ts';

type Done = (error: unknown, verified?: VerifiedToken | false) => void;

/**
 * passport-jwt checks signatures with jsonwebtoken, which knows no EdDSA and no asynchronous keys. The library has a seam
 * for that: the function it calls with the token and whatever `secretOrKeyProvider` gave. Ours gives the application's
 * verifier (jose), so that requests and socket handshakes go through the very same checks.
 */
Object.assign(Strategy, {
  JwtVerifier: (token: string, tokens: TokenVerifier, _options: unknown, done: Done) => {
    tokens.verify(token).then(
      (verified) => done(null, verified),
      (error: unknown) => done(error),
    );
  },
});

/**
 * The passport-jwt strategy of one application: a bearer token in the Authorization header, never in a query, where
 * proxies and browsers would keep it. Not registered with passport by name: that registry is global to the process, and a
 * second application in it would decide with the first one's keys.
 */
export const jwtStrategy = (tokens: TokenVerifier): Strategy =>
  new Strategy(
    {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: (_request: unknown, _token: unknown, done: (error: unknown, keys: TokenVerifier) => void) =>
        done(null, tokens),
    } as unknown as ConstructorParameters<typeof Strategy>[0],
    (verified: VerifiedToken, done: Done) => done(null, verified),
  );
