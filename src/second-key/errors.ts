import { DomainError } from '../errors.ts';

/** The second key does not know the facts: the store does not answer it, or holds events that it does not believe. Nothing leaves then. */
export class EvidenceUnavailable extends DomainError {
  readonly code = 'ledger-unavailable';
  constructor(why: string, options?: ErrorOptions) {
    super(`what may leave cannot be checked: ${why}`, options);
  }
}

/** A response or a message was stopped on its way out. The record and the on-call screens say what it was; the caller learns nothing. */
export class Stopped extends DomainError {
  readonly code = 'egress-violation';
  constructor() {
    super('the answer was withheld, because it held something that is not yours');
  }
}

/** The keys that credentials are checked with cannot be had, so that the caller is not known. */
export class KeysUnavailable extends DomainError {
  readonly code = 'identity-provider-unavailable';
  override readonly retryAfterSeconds = 5;
  constructor(options?: ErrorOptions) {
    super('the keys of the token issuer cannot be fetched', options);
  }
}

/** Why a caller could not be established: an answer of the ledger stays, anything else means that keys cannot be had. */
export const asKeysUnavailable = (cause: unknown): DomainError =>
  cause instanceof SessionOver || cause instanceof EvidenceUnavailable ? cause : new KeysUnavailable({ cause });

/** The console session was ended, or is not known to have begun. */
export class SessionOver extends DomainError {
  readonly code = 'unauthenticated';
  constructor() {
    super('the console session is over');
  }
}
