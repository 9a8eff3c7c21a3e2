import { DomainError } from '../errors.ts';
import { ObjectStoreUnavailable } from '../objects/object-store.ts';

export class ExportNotFound extends DomainError {
  readonly code = 'export-not-found';
  constructor() {
    super('there is no such export');
  }
}

/** A second pair of eyes is another person's. */
export class OwnExport extends DomainError {
  readonly code = 'own-case';
  constructor() {
    super('the officer who asked for an export cannot approve it: ask a colleague');
  }
}

/** Nothing more can be decided about it. */
export class ExportIsClosed extends DomainError {
  readonly code = 'export-closed';
  constructor(status: string) {
    super(`the export is ${status}`);
  }
}

/** There is no file yet, or there will be none. */
export class ExportNotReady extends DomainError {
  readonly code = 'export-not-ready';
  constructor(status: string) {
    super(`the export is ${status}: it has no file`);
  }
}

export class ExportIsExpired extends DomainError {
  readonly code = 'export-expired';
  constructor() {
    super('the file was kept for its time and is removed: ask for the export again, as of the same position');
  }
}

/** The stored file is not the one that was made, or is gone. */
export class ExportCorrupt extends DomainError {
  readonly code = 'export-corrupt';
  constructor(options?: ErrorOptions) {
    super('the stored file is not the one that was made: ask for the export again', options);
  }
}

/** The exports are away, not the recordings: each is a setting of its own to look at. */
export class ExportStoreUnavailable extends ObjectStoreUnavailable {
  readonly code = 'export-store-unavailable';
  constructor(why: string, options?: ErrorOptions) {
    super(`the store of exports is not available: ${why}`, options);
  }
}
