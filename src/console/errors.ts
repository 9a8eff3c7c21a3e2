import type { SignedInBy } from '../auth/console-sessions.ts';
import { Unauthenticated } from '../auth/errors.ts';
import { DomainError } from '../errors.ts';

/** There is no session, or none any more. Says how to begin one. */
export class SignInNeeded extends Unauthenticated {
  override readonly told: { readonly signIn: SignedInBy };
  constructor(signIn: SignedInBy) {
    super('there is no console session');
    this.told = { signIn };
  }
}

/** There is an issuer, and the console is no client of it. */
export class SignInUnavailable extends DomainError {
  readonly code = 'sign-in-unavailable';
  constructor() {
    super('set CONSOLE_CLIENT_ID, CONSOLE_CLIENT_SECRET and CONSOLE_URL, so that people can sign in with the issuer');
  }
}
