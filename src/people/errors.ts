import { DomainError } from '../errors.ts';

/** Nothing to make keys with: a value that could be read is never kept. */
export class PeopleFactsUnavailable extends DomainError {
  readonly code = 'people-facts-unavailable';
  constructor() {
    super(
      'set PEOPLE_FACTS_KEY to the same random text of at least 32 characters on each instance, or send surnameKey, streetKey and householdKey',
    );
  }
}

/** No system that tells names is set up, or it does not answer. */
export class NamesUnavailable extends DomainError {
  readonly code = 'names-unavailable';
}

export class NameNotFound extends DomainError {
  readonly code = 'name-not-found';
  constructor() {
    super('the system that tells names knows no one by this id');
  }
}

export class PersonNotFound extends DomainError {
  readonly code = 'person-not-found';
  constructor() {
    super('no facts are known of this person');
  }
}
