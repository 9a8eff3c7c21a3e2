import { DomainError } from '../errors.ts';
import { asIssued } from '../request/person-id.ts';

export class ConsultationNotFound extends DomainError {
  readonly code = 'consultation-not-found';
  constructor() {
    super('there is no such consultation, or it is not yours');
  }
}

export class ConsultationClosed extends DomainError {
  readonly code = 'consultation-closed';
  constructor(status: string) {
    super(`the consultation is ${status}`);
  }
}

/** Until it was to begin, people may still come; and what no participant came to was not held. */
export class ConsultationNotDue extends DomainError {
  readonly code = 'consultation-not-due';
  constructor() {
    super('the consultation has not begun yet');
  }
}

export class ParticipantJoined extends DomainError {
  readonly code = 'participant-joined';
  constructor(capacity: string) {
    super(`the ${capacity} joined this consultation`);
  }
}

export class SlotTaken extends DomainError {
  readonly code = 'slot-taken';
  constructor(personId: string) {
    super(`${asIssued(personId)} is not available at that time`);
  }
}

export class AlreadyAParticipant extends DomainError {
  readonly code = 'already-a-participant';
  constructor(capacity: string) {
    super(`this person takes part as the ${capacity}`);
  }
}

export class ParticipantNotFound extends DomainError {
  readonly code = 'participant-not-found';
  constructor() {
    super('no person with this id was invited');
  }
}

/** Its recording is another consultation's, no matter who joins it now. */
export class MediaSessionTaken extends DomainError {
  readonly code = 'media-session-taken';
  constructor() {
    super('this media session belongs to another consultation; begin a new one');
  }
}

/** Present on devices that were named: one of them has to be named again. */
export class DeviceNeeded extends DomainError {
  readonly code = 'device-needed';
  constructor() {
    super(
      'this person is in the call on devices that were named when they joined: say with deviceId which of them left',
    );
  }
}

/** The patient and the booked clinician are the consultation; they cannot be removed from it. */
export class ParticipantRequired extends DomainError {
  readonly code = 'participant-required';
  constructor(capacity: string) {
    super(`the ${capacity} cannot be removed`);
  }
}

export class OnlyTheClinician extends DomainError {
  readonly code = 'forbidden';
  constructor() {
    super('only the booked clinician says that a consultation is complete, or that it was missed');
  }
}

/** Takes part, but neither cancels nor moves the consultation. */
export class NotTheirsToChange extends DomainError {
  readonly code = 'forbidden';
  constructor(capacity: string) {
    super(`the ${capacity} neither cancels nor moves a consultation`);
  }
}

export class TooManyBookings extends DomainError {
  readonly code = 'too-many-bookings';
  constructor(most: number) {
    super(`a patient may have ${most} consultations ahead with one clinician`);
  }
}

/** Not which one: a clinician who books may not know of it. */
export class PatientBusy extends DomainError {
  readonly code = 'patient-busy';
  constructor() {
    super('the patient has another consultation at that time');
  }
}

export class ClinicianUnknown extends DomainError {
  readonly code = 'clinician-unknown';
  constructor() {
    super('by the facts about people no clinician with this id is employed at that time');
  }
}

/** No such recording there, or not one that the caller may know of. */
export class RecordingNotFound extends DomainError {
  readonly code = 'recording-not-found';
  constructor() {
    super('there is no such recording, or it is not yours to know of');
  }
}

/** They are not taken for one person, and why. */
export class MergeRefused extends DomainError {
  readonly code = 'merge-refused';
  constructor(why: string) {
    super(why);
  }
}

/** No one says of themselves that they are another patient. */
export class OwnMerge extends DomainError {
  readonly code = 'own-case';
  constructor() {
    super('one of the two ids is your own');
  }
}

/** For good: a person who comes back has another id. */
export class PatientIsErased extends DomainError {
  readonly code = 'patient-erased';
  constructor() {
    super('the patient was erased: a person who comes back is booked under another id');
  }
}

/** Only those who act for a patient may learn whether the patient has a record here. */
export class PatientNotFound extends DomainError {
  readonly code = 'patient-not-found';
  constructor() {
    super('there is no such patient, or they are not yours');
  }
}
