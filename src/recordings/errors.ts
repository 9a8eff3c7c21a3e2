import { DomainError } from '../errors.ts';
import { ValidationFailed } from '../http/problems.ts';
import { ObjectStoreUnavailable } from '../objects/object-store.ts';

/** The store is away, full, misconfigured or silent. The message names the setting to look at, never its value. */
export class RecordingStoreUnavailable extends ObjectStoreUnavailable {
  readonly code = 'recording-store-unavailable';
  constructor(why: string, options?: ErrorOptions) {
    super(`the recording store is not available: ${why}`, options);
  }
}

export class BodyTooLarge extends DomainError {
  readonly code = 'body-too-large';
  constructor(maxBytes: number) {
    super(`a recording may have at most ${maxBytes} bytes`);
  }
}

/** The sender went away, or sent another number of bytes than it announced. */
export class UploadIncomplete extends DomainError {
  readonly code = 'upload-incomplete';
  constructor(received: number, declared?: number, options?: ErrorOptions) {
    super(
      declared === undefined
        ? `the upload broke off after ${received} bytes`
        : `${received} bytes came of the ${declared} announced in Content-Length`,
      options,
    );
  }
}

/** The sender fell silent, or sends so little that it keeps its place for ever. */
export class UploadStalled extends DomainError {
  readonly code = 'upload-stalled';
}

/** The caller has as many uploads under way as one caller may. */
export class TooManyUploads extends DomainError {
  readonly code = 'too-many-uploads';
  override readonly retryAfterSeconds = 5;
  constructor(most: number) {
    super(`${most} uploads of this caller are under way; one more may begin when one of them has ended`);
  }
}

/** Only the sender knows what they sent: without their digest a change on the way here would go unnoticed. */
export class DigestMissing extends DomainError {
  readonly code = 'digest-missing';
  constructor() {
    super('services say what they send: Content-Digest: sha-256=:<base64>: (RFC 9530) or Digest: sha-256=<base64>');
  }
}

/** The object in the recording store is not the one that the ledger recorded; nothing of it is sent, and on-call is told. */
export class RecordingCorrupt extends DomainError {
  readonly code = 'recording-corrupt';
  constructor(recordingId: string, options?: ErrorOptions) {
    super(`recording ${recordingId} is not the one that was stored`, options);
  }
}

export class DigestInvalid extends DomainError {
  readonly code = 'digest-invalid';
  constructor(why: string) {
    super(`${why}; send Content-Digest: sha-256=:<base64>: (RFC 9530) or Digest: sha-256=<base64>`);
  }
}

export class DigestMismatch extends DomainError {
  readonly code = 'digest-mismatch';
  constructor(actual: string) {
    super(`the body has the SHA-256 ${actual} (hex), which is not the one announced`);
  }
}

export class ContentTypeMismatch extends DomainError {
  readonly code = 'content-type-mismatch';
}

/** A participant, but not one who files recordings. */
export class NotTheRecorder extends DomainError {
  readonly code = 'forbidden';
  constructor() {
    super('only the booked clinician and services file recordings');
  }
}

export class ConsentMissing extends DomainError {
  readonly code = 'consent-missing';
  constructor() {
    super('the patient has not consented to being recorded');
  }
}

/** A review begins now, and is over within a day. */
export class ReviewRefused extends ValidationFailed {
  constructor() {
    super([{ path: 'until', message: 'must be in the future, and within 24 hours' }]);
  }
}
