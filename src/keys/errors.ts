import { DomainError } from '../errors.ts';
import { ObjectStoreUnavailable } from '../objects/object-store.ts';

/**
 * A key cannot be had now: the KMS is away, slow or refuses, the key store does not answer, or the key is not in it. That a key is not there never
 * counts as its destruction: with another key store in place of the right one every recording would look erased.
 */
export class KeysUnavailable extends DomainError {
  readonly code = 'keys-unavailable';
  override readonly retryAfterSeconds = 5;
  constructor(why: string, options?: ErrorOptions) {
    super(`the keys are not available: ${why}`, options);
  }
}

/** The mapping of ids was sealed under another secret, or is damaged. */
export class IdsNotOpened extends KeysUnavailable {
  constructor(options?: ErrorOptions) {
    super('ids.mdb was not sealed with this PATIENT_ID_SECRET, or is damaged', options);
  }
}

/** Two processes gave one person an id at the same moment, and the other was first: nothing with this one was written. */
export class IdTakenMeanwhile extends KeysUnavailable {
  constructor() {
    super('this person came to another process for the first time at the same moment: send the request again');
  }
}

export const notSet = (): KeysUnavailable =>
  new KeysUnavailable('KEYS_KMS is not set, and the record asked for is sealed');

/** The same, of the store that wrapped keys are kept in. */
export class KeyStoreUnavailable extends ObjectStoreUnavailable {
  readonly code = 'keys-unavailable';
  constructor(why: string, options?: ErrorOptions) {
    super(`the key store is not available: ${why}`, options);
  }
}

/** The keys of this person were destroyed, for good: objects that they opened cannot be read, and nothing more is sealed for them. */
export class KeysDestroyed extends DomainError {
  readonly code = 'keys-destroyed';
  constructor() {
    super('the keys of this person were destroyed');
  }
}

/** The wrapped key of an object is not one, or not under this patient's key. Its message is for the log. */
export class EnvelopeRefused extends Error {
  constructor(why: string, options?: ErrorOptions) {
    super(why, options);
    this.name = 'EnvelopeRefused';
  }
}
