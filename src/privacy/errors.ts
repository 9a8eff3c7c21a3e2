import { DomainError } from '../errors.ts';
import { ValidationFailed } from '../http/problems.ts';

export class HoldNotFound extends DomainError {
  readonly code = 'hold-not-found';
  constructor() {
    super('there is no such hold');
  }
}

/** The officer is the patient, or the one whose accesses would be hidden. */
export class OwnHold extends DomainError {
  readonly code = 'own-case';
  constructor() {
    super('a hold on accesses to your own data, or of your own, is for another officer');
  }
}

export class HoldRefused extends ValidationFailed {
  constructor(path: 'until' | 'viewerId', message: string) {
    super([{ path, message }]);
  }
}
