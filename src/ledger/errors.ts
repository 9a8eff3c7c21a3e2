import { DomainError } from '../errors.ts';

/** The store cannot be reached or did not answer in time; whether an append under way was kept is not known. */
export class LedgerUnavailable extends DomainError {
  readonly code = 'ledger-unavailable';
  constructor(why: string, options?: ErrorOptions) {
    super(`the event store is not available: ${why}`, options);
  }
}

/**
 * The server gave up waiting for a commit, so that it is unknown whether the append is kept. It is also how EventStoreDB answers the second
 * of two appends of the same event that come at once.
 */
export class CommitTimedOut extends LedgerUnavailable {
  constructor(options?: ErrorOptions) {
    super('an append was not committed in time', options);
  }
}

/** The embedded store's files are damaged or not its own. Starting it again changes nothing; the operator has to look. */
export class StoreDamaged extends Error {
  constructor(readonly why: string) {
    super(`the embedded event store can't be used: ${why}`);
  }
}

/** Another process has the folder of the embedded store, or this user cannot use it. Nothing in it was touched. */
export class StoreFolderUnusable extends Error {}

/** The ledger has moved to another store, or has not arrived in this one yet: everything can be read, and nothing written. */
export class LedgerReadOnly extends DomainError {
  readonly code = 'ledger-read-only';
}

/** The store has no event at a position: it is of another store, or of no event at all. */
export class NoSuchPosition extends Error {
  constructor(position: bigint, options?: ErrorOptions) {
    super(`there is no event at position ${position}`, options);
  }
}

/** Another writer appended first. Internal to the ledger: `handle` reads on and decides again. */
export class WrongExpectedRevision extends Error {
  constructor(stream: string) {
    super(`${stream} is not at the expected revision`);
  }
}

/**
 * Whether the events to append may be there by now, put by another writer or by this very try: to be looked up, and tried again if it
 * is not.
 */
export const mayBeThere = (error: unknown): boolean =>
  error instanceof WrongExpectedRevision || error instanceof CommitTimedOut;

/** EventStoreDB takes such a name, and breaks where an error should tell it. */
export class GroupNameRefused extends Error {
  constructor(name: string) {
    super(`a persistent subscription can't be called ${JSON.stringify(name)}: printable ASCII alone`);
  }
}

/** A group of this name does something else on the server than is asked of it: events could pass it by, and nothing would tell. */
export class GroupDiffers extends Error {
  constructor(group: string, differences: readonly string[]) {
    super(
      `group ${group} on the store is not what this release asks for, and nothing is taken from it: ${differences.join('; ')}. ` +
        'Delete the group on the store: it is created again where its predecessor stood, or at the start of the log. ' +
        'Settings other than the filter can also be changed on the store. Events that it has parked are lost with it: note them first.',
    );
  }
}

/** Others kept appending first, or too many commands wait for one stream. */
export class LedgerContention extends DomainError {
  readonly code = 'ledger-contention';
  constructor(stream: string) {
    super(`too many commands at once on ${stream}; try again`);
  }
}

/** The caller's If-Match names another revision than the stream has. */
export class RevisionMismatch extends DomainError {
  readonly code = 'revision-mismatch';
  constructor(expected: number, actual: number) {
    super(`the stream is at revision ${actual}, not ${expected}`);
  }
}

/** The caller asked for a revision that the stream does not have (yet). */
export class MinRevisionUnavailable extends DomainError {
  readonly code = 'min-revision-unavailable';
  constructor(wanted: number, actual: number) {
    super(`the stream is at revision ${actual}, revision ${wanted} is not there`);
  }
}

/** The same caller sent this Idempotency-Key before, with another request. */
export class IdempotencyKeyReused extends DomainError {
  readonly code = 'idempotency-key-reused';
  constructor() {
    super('this Idempotency-Key was used before with another request');
  }
}

export class ReactorNotFound extends DomainError {
  readonly code = 'reactor-not-found';
  constructor(name: string) {
    super(`there is no reactor ${JSON.stringify(name)}`);
  }
}
