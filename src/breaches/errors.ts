import { DomainError } from '../errors.ts';

export class BreachNotFound extends DomainError {
  readonly code = 'breach-not-found';
  constructor() {
    super('there is no such breach');
  }
}

/** There is a breach, and the viewer gave no reason for the view it is about. */
export class NoJustification extends DomainError {
  readonly code = 'breach-not-found';
  constructor() {
    super('no justification was given for what this breach is about');
  }
}

/** A critical breach does not end with a click: it is contained, or the desk says why it need not be. */
export class ContainmentNeeded extends DomainError {
  readonly code = 'containment-needed';
  constructor(action: 'close' | 'dismiss') {
    super(
      action === 'close'
        ? 'a critical breach is contained before it is closed, or closed with a reason'
        : 'a critical breach is dismissed with a reason',
    );
  }
}

export class BreachIsClosed extends DomainError {
  readonly code = 'breach-closed';
  constructor(resolution: string | undefined) {
    super(`the breach was ${resolution === 'dismissed' ? 'dismissed' : 'closed'}`);
  }
}
