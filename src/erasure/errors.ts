import type { ErasureStatus } from '../../projections/erasure.ts';
import { DomainError } from '../errors.ts';

export class ErasureNotFound extends DomainError {
  readonly code = 'erasure-not-found';
  constructor() {
    super('there is no such erasure');
  }
}

/** It has begun, is done or was cancelled. */
export class ErasureIsClosed extends DomainError {
  readonly code = 'erasure-closed';
  constructor(status: ErasureStatus) {
    super(`the erasure is ${status}`);
  }
}

export class ErasureNotDone extends DomainError {
  readonly code = 'erasure-not-done';
  constructor(status: ErasureStatus) {
    super(`the erasure is ${status}: it has a certificate once it is erased`);
  }
}

/** Without keys there is nothing whose destruction reaches the copies of recordings that are out of reach. */
export class ErasureNeedsKeys extends DomainError {
  readonly code = 'erasure-needs-keys';
  constructor() {
    super(
      'KEYS_KMS is not set, and back-ups of recordings would stay readable: set it, seal the recordings that are there (`ledger recordings seal`), and ask again; a single recording is erased by its own route',
    );
  }
}
