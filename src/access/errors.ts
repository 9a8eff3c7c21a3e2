import { DomainError } from '../errors.ts';

export class ViewRefused extends DomainError {
  readonly code = 'view-refused';
  constructor() {
    super('you do not take part in this consultation any more');
  }
}

/** The second key said no. The text names no rule: it is for the on-call desk, not for the one who tried. */
export class ViewWithheld extends DomainError {
  readonly code = 'view-withheld';
  constructor() {
    super('the view was recorded, and nothing was released');
  }
}

export class ViewerIsSuspended extends DomainError {
  readonly code = 'viewer-suspended';
  constructor() {
    super('your access to recordings is suspended');
  }
}

/** The caller is the one whom the breach is about, or who made the doubted upload: they take no step in it. */
export class OwnCase extends DomainError {
  readonly code = 'own-case';
  constructor(why: string) {
    super(why);
  }
}

export class RecordingIsQuarantined extends DomainError {
  readonly code = 'recording-quarantined';
  constructor() {
    super('the recording is quarantined until compliance has reviewed it');
  }
}

export class RecordingIsErased extends DomainError {
  readonly code = 'recording-erased';
  constructor() {
    super('the recording was erased');
  }
}

export class PlaybackIsHalted extends DomainError {
  readonly code = 'playback-halted';
  override readonly retryAfterSeconds = 60;
  constructor() {
    super('all playback is halted');
  }
}

/** No verdict in time. The view is in the ledger, not permitted; a late verdict may still come. */
export class MonitorUnavailable extends DomainError {
  readonly code = 'monitor-unavailable';
  override readonly retryAfterSeconds = 2;
  constructor(waitedMs: number) {
    super(`the view was recorded, but no verdict came within ${waitedMs} ms, so nothing was released`);
  }
}

export class ViewNotFound extends DomainError {
  readonly code = 'view-not-found';
  constructor() {
    super('there is no such view, or it is not yours');
  }
}

export class ViewExpired extends DomainError {
  readonly code = 'view-expired';
  constructor() {
    super('the view has expired; ask for a new one');
  }
}

export class ViewIsRevoked extends DomainError {
  readonly code = 'view-revoked';
  constructor() {
    super('the view was revoked');
  }
}

/** Suspended after the view was permitted: the permit is gone. */
export class ContentSuspended extends DomainError {
  readonly code = 'content-suspended';
  constructor() {
    super('your access to recordings is suspended');
  }
}
