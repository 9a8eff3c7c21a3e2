import { Global, Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { CONFIG, type Config } from '../config/config.ts';
import { jwtStrategy } from './jwt.strategy.ts';
import { TokenVerifier } from './token-verifier.ts';

const tokenVerifier = {
  provide: TokenVerifier,
  inject: [CONFIG],
  useFactory: (config: Config) => TokenVerifier.create(config),
};

/** One `TokenVerifier` for HTTP and sockets. */
@Global()
@Module({ providers: [tokenVerifier], exports: [TokenVerifier] })
class TokenModule {}

/** Authentication for the guard: passport with this application's own strategy. */
@Global()
@Module({
  imports: [
    TokenModule,
    PassportModule.registerAsync({
      inject: [TokenVerifier],
      // passport takes a strategy itself in place of its name; the typings know names only.
      useFactory: (tokens: TokenVerifier) => ({
        defaultStrategy: jwtStrategy(tokens) as unknown as string,
        session: false,
      }),
    }),
  ],
  exports: [TokenModule, PassportModule],
})
export class AuthModule {}
