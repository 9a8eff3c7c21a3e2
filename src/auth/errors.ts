import { DomainError } from '../errors.ts';
import type { Role, VerifiedToken } from '../request/actor.ts';

/** No token, or one that does not prove who is asking. Says which check failed, never what the token holds. */
export class Unauthenticated extends DomainError {
  readonly code = 'unauthenticated';
}

/** Known, but without a role that the route asks for. */
export class Forbidden extends DomainError {
  readonly code = 'forbidden';
}

/** A role that the token names does not count, because the person signed in with less than `JWT_REQUIRED_ACR` asks for. */
export class StrongerSignInNeeded extends DomainError {
  readonly code = 'stronger-sign-in-needed';
}

/** A person at the console does something dangerous, and proved too long ago, or too weakly, that it is they who sit there. */
export class StepUpNeeded extends DomainError {
  readonly code = 'step-up-needed';
  constructor() {
    super('this act needs a sign-in of the last 5 minutes: sign in once more, and repeat it');
  }
}

/** Why a caller without any of the roles is refused: for a sign-in that is too weak for one of them, or for want of them all. */
export const lacksRole = (
  what: string,
  roles: readonly Role[],
  { rolesFrom, strongerFor = [] }: VerifiedToken,
): StrongerSignInNeeded | Forbidden =>
  roles.some((role) => strongerFor.includes(role))
    ? new StrongerSignInNeeded(`${what} is for people whose sign-in has one of the values of JWT_REQUIRED_ACR as acr`)
    : new Forbidden([`${what} needs one of the roles: ${roles.join(', ')}`, rolesFrom].filter(Boolean).join('; '));

/** The issuer's keys cannot be fetched, so nothing can be said about the token: neither yes nor no. */
export class IdentityProviderUnavailable extends DomainError {
  readonly code = 'identity-provider-unavailable';
  override readonly retryAfterSeconds = 5;
  constructor(options?: ErrorOptions) {
    super('the keys of the token issuer cannot be fetched', options);
  }
}
