import type { PatientEvent } from '../../events/patient-events.ts';
import type { SessionEvent } from '../../events/session-events.ts';
import type { Capacity, GuestCapacity, Medium, MissedBy } from '../../events/values.ts';
import {
  AlreadyAParticipant,
  ConsultationClosed,
  ConsultationNotDue,
  ConsultationNotFound,
  DeviceNeeded,
  NotTheirsToChange,
  OnlyTheClinician,
  ParticipantJoined,
  ParticipantNotFound,
  ParticipantRequired,
  PatientBusy,
  PatientIsErased,
  TooManyBookings,
} from './errors.ts';
import { type Consultation, capacityOf, deviceOf, type PatientLedger } from './evolve.ts';
import type { ConsultationRef } from './refs.ts';

type Of<T extends PatientEvent['type']> = Extract<PatientEvent, { type: T }>;
type Schedule = { readonly scheduledStart: string; readonly scheduledEnd: string };

/** What becomes of a consultation that overlaps another one of the patient: it is booked and that is said, or it is refused. */
export type OnOverlap = 'warn' | 'refuse';

/** Who asks: a person by id, or a trusted service that acts for other people. */
export type Caller = { readonly personId: string } | 'service';

/**
 * The consultation, for a caller who may know of it.
 * @throws ConsultationNotFound for other callers: its existence is not theirs to know
 */
export function consultationFor(
  patient: PatientLedger,
  { consultationId }: ConsultationRef,
  caller: Caller,
): Consultation {
  const consultation = patient.consultations.get(consultationId);
  if (!consultation) throw new ConsultationNotFound();
  if (caller !== 'service' && !capacityOf(consultation, caller.personId)) throw new ConsultationNotFound();
  return consultation;
}

const openFor = (patient: PatientLedger, target: ConsultationRef, caller: Caller): Consultation => {
  const consultation = consultationFor(patient, target, caller);
  if (consultation.status !== 'booked') throw new ConsultationClosed(consultation.status);
  return consultation;
};

/** Only the patient, the booked clinician and services decide who takes part; a guest sees the consultation but not this. */
const assertHost = (consultation: Consultation, caller: Caller): void => {
  if (caller === 'service') return;
  const { personId } = caller;
  const capacity = capacityOf(consultation, personId);
  if (capacity !== 'patient' && capacity !== 'clinician') throw new ConsultationNotFound();
};

/** Who looks in, translates or learns takes part, but when and whether the consultation happens is not theirs to say. */
const LOOKING_IN: ReadonlySet<Capacity> = new Set(['interpreter', 'trainee', 'observer']);

/** @throws ConsultationNotFound, NotTheirsToChange */
const assertMayChange = (patient: PatientLedger, target: ConsultationRef, caller: Caller): void => {
  const consultation = consultationFor(patient, target, caller);
  const capacity = caller === 'service' ? undefined : capacityOf(consultation, caller.personId);
  if (capacity && LOOKING_IN.has(capacity)) throw new NotTheirsToChange(capacity);
};

const ids = ({ patientId, consultationId }: ConsultationRef) => ({ patientId, consultationId });

/** What holds for patients who book for themselves; clinicians and services know what they are doing. */
export type OwnBooking = {
  /** ISO-8601 UTC. */
  readonly now: string;
  /** How many consultations with one clinician may lie ahead. */
  readonly mostOpen: number;
};

export type BookConsultation = ConsultationRef &
  Schedule & {
    readonly clinicianId: string;
    readonly medium: Medium;
    /** Missing: `warn`. */
    readonly onOverlap?: OnOverlap | undefined;
    readonly own?: OwnBooking | undefined;
  };

/** @throws PatientIsErased, AlreadyAParticipant, TooManyBookings, PatientBusy */
export function book(
  patient: PatientLedger,
  { clinicianId, scheduledStart, scheduledEnd, medium, onOverlap, own, ...target }: BookConsultation,
): Of<'ConsultationBooked'>[] {
  if (clinicianId === target.patientId || clinicianId === patient.mergedInto || patient.merged.has(clinicianId))
    throw new AlreadyAParticipant('patient');
  if (patient.consultations.has(target.consultationId)) return [];
  if (patient.erasedBy !== undefined) throw new PatientIsErased();
  if (own && openWith(patient, clinicianId, own.now) >= own.mostOpen) throw new TooManyBookings(own.mostOpen);
  assertFree(patient, { ...target, scheduledStart, scheduledEnd }, onOverlap);
  return [{ type: 'ConsultationBooked', data: { ...ids(target), clinicianId, scheduledStart, scheduledEnd, medium } }];
}

/** One that is over and was never completed is not open: it must not keep the patient from booking for ever. */
const openWith = (patient: PatientLedger, clinicianId: string, now: string): number =>
  [...patient.consultations.values()].filter(
    (consultation) =>
      consultation.clinicianId === clinicianId &&
      consultation.status === 'booked' &&
      Date.parse(consultation.scheduledEnd) > Date.parse(now),
  ).length;

/** Whether the patient has another booked consultation at that time. One that ends when another begins does not overlap it. */
export const isElsewhere = (
  { consultations }: PatientLedger,
  { consultationId, scheduledStart, scheduledEnd }: Schedule & Pick<ConsultationRef, 'consultationId'>,
): boolean =>
  [...consultations.values()].some(
    (other) =>
      other.consultationId !== consultationId &&
      other.status === 'booked' &&
      Date.parse(other.scheduledStart) < Date.parse(scheduledEnd) &&
      Date.parse(scheduledStart) < Date.parse(other.scheduledEnd),
  );

/** @throws PatientBusy */
const assertFree = (
  patient: PatientLedger,
  wanted: ConsultationRef & Schedule,
  onOverlap: OnOverlap | undefined,
): void => {
  if (onOverlap === 'refuse' && isElsewhere(patient, wanted)) throw new PatientBusy();
};

export type RescheduleConsultation = ConsultationRef &
  Schedule & { readonly caller: Caller; readonly onOverlap?: OnOverlap | undefined };

/** @throws ConsultationNotFound, NotTheirsToChange, ConsultationClosed, PatientBusy */
export function reschedule(
  patient: PatientLedger,
  { caller, scheduledStart, scheduledEnd, onOverlap, ...target }: RescheduleConsultation,
): Of<'ConsultationRescheduled'>[] {
  assertMayChange(patient, target, caller);
  const consultation = openFor(patient, target, caller);
  if (consultation.scheduledStart === scheduledStart && consultation.scheduledEnd === scheduledEnd) return [];
  assertFree(patient, { ...target, scheduledStart, scheduledEnd }, onOverlap);
  return [{ type: 'ConsultationRescheduled', data: { ...ids(target), scheduledStart, scheduledEnd } }];
}

export type CancelConsultation = ConsultationRef & { readonly caller: Caller; readonly reasonCode: string };

export function cancel(
  patient: PatientLedger,
  { caller, reasonCode, ...target }: CancelConsultation,
): [Of<'ConsultationCancelled'>] {
  assertMayChange(patient, target, caller);
  openFor(patient, target, caller);
  return [{ type: 'ConsultationCancelled', data: { ...ids(target), reasonCode } }];
}

export type CompleteConsultation = ConsultationRef & {
  readonly caller: Caller;
  /** ISO-8601 UTC. Missing where a consultation may be complete before its start whatever happened. */
  readonly now?: string | undefined;
};

/**
 * Before its start a consultation is complete only where a participant joined it: what no participant came to yet can still be held.
 * @throws ConsultationNotFound, OnlyTheClinician, ConsultationClosed, ConsultationNotDue
 */
export function complete(
  patient: PatientLedger,
  { caller, now, ...target }: CompleteConsultation,
): [Of<'ConsultationCompleted'>] {
  assertLeads(consultationFor(patient, target, caller), caller);
  const { scheduledStart, sessions } = openFor(patient, target, caller);
  const isAhead = now !== undefined && Date.parse(now) < Date.parse(scheduledStart);
  if (isAhead && sessions.size === 0) throw new ConsultationNotDue();
  return [{ type: 'ConsultationCompleted', data: ids(target) }];
}

/** @throws OnlyTheClinician */
const assertLeads = ({ clinicianId }: Consultation, caller: Caller): void => {
  if (caller !== 'service' && caller.personId !== clinicianId) throw new OnlyTheClinician();
};

export type MissConsultation = ConsultationRef & {
  readonly caller: Caller;
  /** Who did not come. */
  readonly by: MissedBy;
  /** ISO-8601 UTC. */
  readonly now: string;
};

/**
 * A no-show. The same report again changes nothing; once one side is on record as missing, the other cannot be.
 * @throws ConsultationNotFound, OnlyTheClinician, ConsultationClosed, ConsultationNotDue, ParticipantJoined
 */
export function miss(
  patient: PatientLedger,
  { caller, by, now, ...target }: MissConsultation,
): Of<'ConsultationMissed'>[] {
  const consultation = consultationFor(patient, target, caller);
  assertLeads(consultation, caller);
  if (consultation.missedBy === by) return [];
  openFor(patient, target, caller);
  if (Date.parse(now) < Date.parse(consultation.scheduledStart)) throw new ConsultationNotDue();
  if (hasCome(consultation, by)) throw new ParticipantJoined(by);
  return [{ type: 'ConsultationMissed', data: { ...ids(target), by } }];
}

/** Whether this side joined a media session, still in it or not. A guardian comes for the patient. */
const hasCome = ({ sessions }: Consultation, by: MissedBy): boolean =>
  [...sessions.values()].some((joined) =>
    [...joined.values()].some((capacity) => capacity === by || (by === 'patient' && capacity === 'guardian')),
  );

export type InviteParticipant = ConsultationRef & {
  readonly caller: Caller;
  readonly personId: string;
  readonly capacity: GuestCapacity;
};

/** Those who may be asked in once the consultation is complete: to see its record. All others are invited to the call itself. */
const LATER: ReadonlySet<GuestCapacity> = new Set(['guardian', 'specialist']);

/**
 * After completion guardians and specialists alone, and only those who take no part yet: what a person was in the call stays as it was.
 * @throws ConsultationNotFound, ConsultationClosed, AlreadyAParticipant
 */
export function invite(
  patient: PatientLedger,
  { caller, personId, capacity, ...target }: InviteParticipant,
): Of<'ParticipantInvited'>[] {
  const consultation = consultationFor(patient, target, caller);
  assertHost(consultation, caller);
  const { status } = consultation;
  const isLater = status === 'completed' && LATER.has(capacity);
  if (status !== 'booked' && !isLater) throw new ConsultationClosed(status);
  const already = capacityOf(consultation, personId);
  if (already === 'patient' || already === 'clinician') throw new AlreadyAParticipant(already);
  if (already === capacity) return [];
  if (isLater && already) throw new AlreadyAParticipant(already);
  return [{ type: 'ParticipantInvited', data: { ...ids(target), personId, capacity } }];
}

export type RemoveParticipant = ConsultationRef & { readonly caller: Caller; readonly personId: string };

/** Allowed after the consultation is closed, too: taking access to its recordings away must always be possible. */
export function remove(
  patient: PatientLedger,
  { caller, personId, ...target }: RemoveParticipant,
): [Of<'ParticipantRemoved'>] {
  const consultation = consultationFor(patient, target, caller);
  assertHost(consultation, caller);
  const capacity = capacityOf(consultation, personId);
  if (!capacity) throw new ParticipantNotFound();
  if (capacity === 'patient' || capacity === 'clinician') throw new ParticipantRequired(capacity);
  return [{ type: 'ParticipantRemoved', data: { ...ids(target), personId } }];
}

export type JoinConsultation = ConsultationRef & {
  readonly caller: Caller;
  readonly personId: string;
  readonly mediaSessionId: string;
  readonly deviceId?: string | undefined;
};

/** Only a participant can be recorded as joined, also where a service reports it: joining must never look like an invitation. */
export function join(
  patient: PatientLedger,
  { caller, personId, mediaSessionId, deviceId, ...target }: JoinConsultation,
): Of<'ConsultationJoined'>[] {
  const consultation = openFor(patient, target, caller);
  if (!capacityOf(consultation, personId)) throw new ParticipantNotFound();
  if (consultation.present.get(personId)?.get(deviceOf({ deviceId })) === mediaSessionId) return [];
  return [{ type: 'ConsultationJoined', data: { ...ids(target), personId, mediaSessionId, ...on(deviceId) } }];
}

/** The consultation that a media session belongs to. */
export type SessionOwner = ConsultationRef;

/** The first consultation that is joined in a session has it for good: a recording of it shows those who met there, and no one else. */
export const bindSession = (
  bound: SessionOwner | undefined,
  { mediaSessionId, patientId, consultationId }: SessionOwner & { readonly mediaSessionId: string },
): SessionEvent[] =>
  bound ? [] : [{ type: 'MediaSessionBound', data: { mediaSessionId, patientId, consultationId } }];

export const isBoundTo = (owner: SessionOwner, { patientId, consultationId }: ConsultationRef): boolean =>
  owner.patientId === patientId && owner.consultationId === consultationId;

export type LeaveConsultation = ConsultationRef & {
  readonly caller: Caller;
  readonly personId: string;
  readonly deviceId?: string | undefined;
};

/**
 * A fact that may arrive late: people hang up after the clinician completed the consultation. It ends their presence on one device alone.
 * @throws ConsultationNotFound, ParticipantNotFound, DeviceNeeded
 */
export function leave(
  patient: PatientLedger,
  { caller, personId, deviceId, ...target }: LeaveConsultation,
): Of<'ConsultationLeft'>[] {
  const consultation = consultationFor(patient, target, caller);
  const devices = consultation.present.get(personId);
  if (!devices && !capacityOf(consultation, personId)) throw new ParticipantNotFound();
  const mediaSessionId = devices?.get(deviceOf({ deviceId }));
  if (mediaSessionId !== undefined)
    return [{ type: 'ConsultationLeft', data: { ...ids(target), personId, mediaSessionId, ...on(deviceId) } }];
  // Which one was left is not known: to end none of them in silence would keep this person in the call for ever.
  if (devices && deviceId === undefined) throw new DeviceNeeded();
  return [];
}

const on = (deviceId: string | undefined) => (deviceId === undefined ? {} : { deviceId });

export type GiveConsent = ConsultationRef & {
  readonly caller: Caller;
  readonly personId: string;
  readonly given: boolean;
};

/** Consent to being recorded is the patient's, or their guardian's for them. */
export function consent(
  patient: PatientLedger,
  { caller, personId, given, ...target }: GiveConsent,
): (Of<'RecordingConsentGiven'> | Of<'RecordingConsentWithdrawn'>)[] {
  const consultation = consultationFor(patient, target, caller);
  const capacity = capacityOf(consultation, personId);
  if (capacity !== 'patient' && capacity !== 'guardian') throw new ParticipantNotFound();
  if (consultation.recordingConsent === given) return [];
  return [{ type: given ? 'RecordingConsentGiven' : 'RecordingConsentWithdrawn', data: { ...ids(target), personId } }];
}
