import { DomainError } from '../errors.ts';

export class DrillNotFound extends DomainError {
  readonly code = 'drill-not-found';
  constructor() {
    super('there is no such drill');
  }
}

/** It was begun already, or was asked for so long ago that its asker no longer expects it. */
export class DrillIsClosed extends DomainError {
  readonly code = 'drill-closed';
}
