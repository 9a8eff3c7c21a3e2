import { DomainError } from '../errors.ts';

export class IncidentNotFound extends DomainError {
  readonly code = 'incident-not-found';
  constructor() {
    super('there is no such incident');
  }
}

export class IncidentIsOver extends DomainError {
  readonly code = 'incident-closed';
  constructor(mergedInto?: string) {
    super(mergedInto === undefined ? 'the incident was closed' : `the incident is part of ${mergedInto} now`);
  }
}

/** A confirmed breach of which bytes may still leave is not over. */
export class IncidentNotContained extends DomainError {
  readonly code = 'containment-needed';
  constructor() {
    super('a critical incident with confirmed breaches is contained before it is closed');
  }
}

/** The request names something that is not the incident's, or leaves nothing to do. */
export class IncidentChangeRefused extends DomainError {
  readonly code = 'incident-change-refused';
}
