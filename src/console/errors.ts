import type { SignedInBy } from '../auth/console-sessions.ts';
import { Unauthenticated } from '../auth/errors.ts';

/** There is no session, or none any more. Says how to begin one. */
export class SignInNeeded extends Unauthenticated {
  override readonly told: { readonly signIn: SignedInBy };
  constructor(signIn: SignedInBy) {
    super('there is no console session');
    this.told = { signIn };
  }
}
