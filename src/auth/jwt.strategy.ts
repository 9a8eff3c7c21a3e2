import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import type { VerifiedToken } from '../request/actor.ts';
import { TokenVerifier } from './token-verifier.ts';

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

const strategy = (tokens: TokenVerifier): Strategy =>
  new Strategy(
    {
      // Never from a query: proxies and browsers keep those.
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: (_request: unknown, _token: unknown, done: (error: unknown, keys: TokenVerifier) => void) =>
        done(null, tokens),
    } as unknown as ConstructorParameters<typeof Strategy>[0],
    (verified: VerifiedToken, done: Done) => done(null, verified),
  );

/**
 * The passport-jwt strategy of one application, under a name of its own: passport's registry is global to the process, and
 * a second application in it would otherwise decide with the first one's keys. By name and never as an object: passport
 * makes a fresh copy for each request only of what it finds by name, and two requests at once on the same object would get
 * each other's callers.
 */
@Injectable()
export class JwtStrategy implements OnApplicationShutdown {
  readonly name = `jwt ${randomUUID()}`;

  constructor(tokens: TokenVerifier) {
    passport.use(this.name, strategy(tokens));
  }

  onApplicationShutdown(): void {
    passport.unuse(this.name);
  }
}
