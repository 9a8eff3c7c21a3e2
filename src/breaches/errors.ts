import { DomainError } from '../errors.ts';

export class BreachNotFound extends DomainError {
  readonly code = 'breach-not-found';
  constructor() {
    super('there is no such breach');
  }
}

export class BreachClosed extends DomainError {
  readonly code = 'breach-closed';
  constructor(resolution: string | undefined) {
    super(`the breach was ${resolution === 'dismissed' ? 'dismissed' : 'closed'}`);
  }
}
