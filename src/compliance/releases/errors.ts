import { DomainError } from '../../errors.ts';

/** Nothing was recorded under a release of this name by then. */
export class ReleaseNotFound extends DomainError {
  readonly code = 'release-not-found';
}
