import { DomainError } from '../errors.ts';

/** No token, or one that does not prove who is asking. Says which check failed, never what the token holds. */
export class Unauthenticated extends DomainError {
  readonly code = 'unauthenticated';
}

/** Known, but without a role that the route asks for. */
export class Forbidden extends DomainError {
  readonly code = 'forbidden';
}

/** The issuer's keys cannot be fetched, so nothing can be said about the token: neither yes nor no. */
export class IdentityProviderUnavailable extends DomainError {
  readonly code = 'identity-provider-unavailable';
  override readonly retryAfterSeconds = 5;
  constructor(options?: ErrorOptions) {
    super('the keys of the token issuer cannot be fetched', options);
  }
}
