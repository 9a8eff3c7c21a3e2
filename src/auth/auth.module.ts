import { Global, Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { CONFIG, type Config } from '../config/config.ts';
import { KeyRing, KeysModule } from '../keys/keys.module.ts';
import { ConsoleSessions } from './console-sessions.ts';
import { JwtStrategy } from './jwt.strategy.ts';
import { TokenVerifier } from './token-verifier.ts';
import { ViewCookies } from './view-cookies.ts';

const tokenVerifier = {
  provide: TokenVerifier,
  inject: [CONFIG, KeyRing],
  useFactory: (config: Config, { ids }: KeyRing) => TokenVerifier.create(config, async (kept) => ids?.keep(kept)),
};

const viewCookies = {
  provide: ViewCookies,
  inject: [CONFIG],
  useFactory: (config: Config) => ViewCookies.create(config),
};

const consoleSessions = {
  provide: ConsoleSessions,
  inject: [CONFIG],
  useFactory: (config: Config) => ConsoleSessions.create(config),
};

/** One `TokenVerifier` for HTTP and sockets, and the strategy on it; the cookies of views and of console sessions. */
@Global()
@Module({
  imports: [KeysModule],
  providers: [tokenVerifier, viewCookies, consoleSessions, JwtStrategy],
  exports: [TokenVerifier, ViewCookies, ConsoleSessions, JwtStrategy],
})
class TokenModule {}

/** Authentication for the guard: passport with this application's own strategy. */
@Global()
@Module({
  imports: [
    TokenModule,
    PassportModule.registerAsync({
      inject: [JwtStrategy],
      useFactory: ({ name }: JwtStrategy) => ({ defaultStrategy: name, session: false }),
    }),
  ],
  exports: [TokenModule, PassportModule],
})
export class AuthModule {}
