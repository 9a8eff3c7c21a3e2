import type { Appended } from '../../events/event.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import type { Capacity, GuestCapacity, Medium, MissedBy } from '../../events/values.ts';
import { PersistentMap } from '../../projections/persistent.ts';
import type { ViewRef } from './refs.ts';

export type RecordingState = 'available' | 'quarantined' | 'erased';

/** A recording as commands know it. */
export type Recording = {
  readonly recordingId: string;
  readonly mediaSessionId: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly contentType: string;
  readonly durationSeconds: number | null;
  /** Whether its container says that bytes are missing at its end. */
  readonly truncated: boolean;
  /** Where on the patient's stream it says so. */
  readonly storedRevision: number;
  readonly state: RecordingState;
  /** What its object begins with where it is sealed, in base64, and under which key of the patient; undefined for an object in clear. */
  readonly sealed?: { readonly head: string; readonly keyId: string } | undefined;
  /** The person or service that filed it here. */
  readonly uploadedBy: string;
  /** People of the desk who may watch it for a review, and until when. */
  readonly reviewers: PersistentMap<string, string>;
};

/** A consultation as commands know it. */
export type Consultation = {
  readonly consultationId: string;
  readonly patientId: string;
  /** The id under which the patient is known by now, where this one was merged into it: the same person, with the same rights. */
  readonly mergedInto?: string | undefined;
  readonly clinicianId: string;
  readonly scheduledStart: string;
  readonly scheduledEnd: string;
  readonly medium: Medium;
  readonly status: 'booked' | 'cancelled' | 'completed' | 'missed';
  /** Who did not come, where it was missed. */
  readonly missedBy?: MissedBy;
  /** People invited and not removed. Never people who merely joined: an intruder must not be able to authorise himself. */
  readonly guests: PersistentMap<string, GuestCapacity>;
  /**
   * People who were guests once, or were taken for the patient, and may know of what they saw then, with the revision of their last
   * removal: it ended the views before it, also where they were invited again since.
   */
  readonly formerGuests: PersistentMap<string, number>;
  readonly recordingConsent: boolean;
  /** Who is in the call right now: the media session by device, by person. A person who is on none of their devices is not in here. */
  readonly present: PersistentMap<string, PersistentMap<string, string>>;
  /**
   * Which participants, and in which capacity, joined each media session while the consultation was open: the proof that its recording
   * belongs here.
   */
  readonly sessions: PersistentMap<string, PersistentMap<string, Capacity>>;
  readonly recordings: PersistentMap<string, Recording>;
};

/** One patient's stream as commands know it. */
export type PatientLedger = {
  readonly consultations: PersistentMap<string, Consultation>;
  /** Views that services reported: the first viewId by `reportKey`. */
  readonly reports: PersistentMap<string, string>;
  /** The id that this one is merged into. */
  readonly mergedInto?: string | undefined;
  /** Ids that name this one as the one that survives them. An entry gives access to nothing: the stream of the other id says whether it is so. */
  readonly merged: PersistentMap<string, true>;
  /** The erasure of this patient, once it has begun: nothing of theirs is played, filed or booked any more. */
  readonly erasedBy?: string | undefined;
};

export const noConsultations = (): PatientLedger => ({
  consultations: PersistentMap.empty(),
  reports: PersistentMap.empty(),
  merged: PersistentMap.empty(),
});

type Report = ViewRef & {
  readonly viewerRoles: readonly string[];
  readonly purpose: string;
  readonly occurredAt?: string | undefined;
};

/**
 * What makes two reports of a view alike. One that says when it happened has a viewId made of what it says; of the others only what they
 * say can be compared, and how things stood then, so that a report that is flagged never joins one that was not.
 */
export function reportKey(report: Report, { consultations }: Pick<PatientLedger, 'consultations'>): string {
  const { viewId, occurredAt, patientId, consultationId, recordingId, viewerId, viewerRoles, purpose } = report;
  if (occurredAt !== undefined) return viewId;
  const consultation = consultations.get(consultationId);
  const stood = consultation && [
    capacityOf(consultation, viewerId) ? 'takes-part' : (consultation.formerGuests.get(viewerId) ?? 'never-took-part'),
    consultation.recordings.get(recordingId)?.state,
  ];
  return JSON.stringify([
    patientId,
    consultationId,
    recordingId,
    viewerId,
    purpose,
    [...viewerRoles].sort(),
    stood ?? null,
  ]);
}

/** Reports that are alike are one: the first. */
export const withReport = (
  reports: PersistentMap<string, string>,
  key: string,
  viewId: string,
): PersistentMap<string, string> => (reports.has(key) ? reports : reports.with(key, viewId));

/** In which capacity a person takes part, or undefined: the patient under either id, the booked clinician, and people invited and not removed. */
export function capacityOf(consultation: Consultation, personId: string): Capacity | undefined {
  if (personId === consultation.patientId) return 'patient';
  if (personId === consultation.clinicianId) return 'clinician';
  if (personId === consultation.mergedInto) return 'patient';
  return consultation.guests.get(personId);
}

/** What a join proves, if anything. `join` records no other; a release in which it did must not file recordings under a wrong patient. */
const joinedAs = (consultation: Consultation, personId: string): Capacity | undefined =>
  consultation.status === 'booked' ? capacityOf(consultation, personId) : undefined;

const withJoined = (
  sessions: Consultation['sessions'],
  mediaSessionId: string,
  personId: string,
  capacity: Capacity | undefined,
): Consultation['sessions'] =>
  capacity
    ? sessions.with(
        mediaSessionId,
        (sessions.get(mediaSessionId) ?? PersistentMap.empty<string, Capacity>()).with(personId, capacity),
      )
    : sessions;

/** A device of a person in a call; one that joined without naming it, as all did in older events, is one of its own. */
export const deviceOf = ({ deviceId = '' }: { readonly deviceId?: string | undefined }): string => deviceId;

const withDevice = (
  present: Consultation['present'],
  personId: string,
  device: string,
  mediaSessionId: string,
): Consultation['present'] =>
  present.with(personId, (present.get(personId) ?? PersistentMap.empty<string, string>()).with(device, mediaSessionId));

const withoutDevice = (present: Consultation['present'], personId: string, device: string): Consultation['present'] => {
  const left = present.get(personId)?.without(device);
  return left && left.size > 0 ? present.with(personId, left) : present.without(personId);
};

/** The patient's stream after one more event. Exhaustive: a new event type does not compile until it is handled here. */
export function evolve(patient: PatientLedger, event: Appended<PatientEvent>): PatientLedger {
  if (event.type === 'PatientsMerged' || event.type === 'PatientsUnmerged') return evolveIdentity(patient, event);
  if (event.type === 'PatientErased') return erased(patient, event.data.erasureId);
  const { data } = event;
  const change = (to: (consultation: Consultation) => Consultation): PatientLedger => {
    const consultation = patient.consultations.get(data.consultationId);
    return consultation
      ? { ...patient, consultations: patient.consultations.with(data.consultationId, to(consultation)) }
      : patient;
  };
  const changed = (recordingId: string, to: (recording: Recording) => Recording) =>
    change((consultation) => {
      const recording = consultation.recordings.get(recordingId);
      return recording
        ? { ...consultation, recordings: consultation.recordings.with(recordingId, to(recording)) }
        : consultation;
    });
  /** Whatever an event says of a recording, it is erased where the patient is. */
  const stateNow = (state: RecordingState): RecordingState => (patient.erasedBy === undefined ? state : 'erased');
  const changeRecording = (recordingId: string, state: RecordingState) =>
    changed(recordingId, (recording) => ({ ...recording, state: stateNow(state) }));

  switch (event.type) {
    case 'ConsultationBooked':
      return {
        ...patient,
        consultations: patient.consultations.with(data.consultationId, {
          ...event.data,
          mergedInto: patient.mergedInto,
          status: 'booked',
          guests: PersistentMap.empty(),
          formerGuests: PersistentMap.empty(),
          recordingConsent: false,
          present: PersistentMap.empty(),
          sessions: PersistentMap.empty(),
          recordings: PersistentMap.empty(),
        }),
      };
    case 'ConsultationRescheduled': {
      const { scheduledStart, scheduledEnd } = event.data;
      return change((consultation) => ({ ...consultation, scheduledStart, scheduledEnd }));
    }
    case 'ConsultationCancelled':
      return change((consultation) => ({ ...consultation, status: 'cancelled' }));
    case 'ConsultationCompleted':
      return change((consultation) => ({ ...consultation, status: 'completed' }));
    case 'ConsultationMissed': {
      const { by: missedBy } = event.data;
      return change((consultation) => ({ ...consultation, status: 'missed', missedBy }));
    }
    case 'ParticipantInvited': {
      const { personId, capacity } = event.data;
      return change((consultation) => ({ ...consultation, guests: consultation.guests.with(personId, capacity) }));
    }
    case 'ParticipantRemoved': {
      const { personId } = event.data;
      return change((consultation) => ({
        ...consultation,
        guests: consultation.guests.without(personId),
        formerGuests: consultation.formerGuests.with(personId, event.revision),
      }));
    }
    case 'ConsultationJoined': {
      const { personId, mediaSessionId } = event.data;
      return change((consultation) => ({
        ...consultation,
        present: withDevice(consultation.present, personId, deviceOf(event.data), mediaSessionId),
        sessions: withJoined(consultation.sessions, mediaSessionId, personId, joinedAs(consultation, personId)),
      }));
    }
    case 'ConsultationLeft': {
      const { personId } = event.data;
      return change((consultation) => ({
        ...consultation,
        present: withoutDevice(consultation.present, personId, deviceOf(event.data)),
      }));
    }
    case 'RecordingConsentGiven':
      return change((consultation) => ({ ...consultation, recordingConsent: true }));
    case 'RecordingConsentWithdrawn':
      return change((consultation) => ({ ...consultation, recordingConsent: false }));
    case 'RecordingStored': {
      const {
        recordingId,
        mediaSessionId,
        sha256,
        bytes,
        contentType,
        durationSeconds,
        truncated = false,
      } = event.data;
      const recording = {
        recordingId,
        mediaSessionId,
        sha256,
        bytes,
        contentType,
        durationSeconds,
        truncated,
        storedRevision: event.revision,
        state: stateNow('available'),
        ...(event.data.sealed && { sealed: sealOf(event.data.sealed) }),
        uploadedBy: event.metadata.actor.id,
        reviewers: PersistentMap.empty<string, string>(),
      };
      return change((consultation) => ({
        ...consultation,
        recordings: consultation.recordings.with(recordingId, recording),
      }));
    }
    case 'RecordingResealed': {
      const { recordingId, sealed } = event.data;
      return change((consultation) => {
        const recording = consultation.recordings.get(recordingId);
        if (!recording) return consultation;
        const resealed = { ...recording, sealed: sealOf(sealed) };
        return { ...consultation, recordings: consultation.recordings.with(recordingId, resealed) };
      });
    }
    case 'RecordingQuarantined':
      return changeRecording(event.data.recordingId, 'quarantined');
    case 'RecordingReleased':
      return changeRecording(event.data.recordingId, 'available');
    case 'RecordingErased':
      return changeRecording(event.data.recordingId, 'erased');
    case 'ReviewerAssigned': {
      const { reviewerId, until } = event.data;
      return changed(event.data.recordingId, (recording) => ({
        ...recording,
        reviewers: recording.reviewers.with(reviewerId, until),
      }));
    }
    case 'RecordingViewed':
      return event.data.source === 'witnessed'
        ? { ...patient, reports: withReport(patient.reports, reportKey(event.data, patient), event.data.viewId) }
        : patient;
    case 'RecordingViewRefused':
    case 'RecordingContentRefused':
    case 'RecordingTransferBegan':
    case 'RecordingPlayed':
      return patient;
  }
}

const sealOf = ({ head, keyId }: NonNullable<Recording['sealed']>) => ({ head, keyId });

/** Every recording of an erased patient is erased, whether an event says so of it or not. Once they are, all that come after it are from the start. */
const erased = (patient: PatientLedger, erasedBy: string): PatientLedger => {
  let { consultations } = patient;
  if (patient.erasedBy === undefined)
    for (const [consultationId, consultation] of patient.consultations) {
      let { recordings } = consultation;
      for (const [recordingId, recording] of recordings)
        recordings = recordings.with(recordingId, { ...recording, state: 'erased' });
      consultations = consultations.with(consultationId, { ...consultation, recordings });
    }
  return { ...patient, consultations, erasedBy };
};

type Identity = Extract<PatientEvent, { type: 'PatientsMerged' | 'PatientsUnmerged' }>;

/** Whose the patient's consultations are from now on. Who was taken for the patient in error is removed from each of them, like a guest. */
const evolveIdentity = (patient: PatientLedger, { type, data, revision }: Appended<Identity>): PatientLedger => {
  const { patientId, mergedPatientId, survivingPatientId } = data;
  const holds = type === 'PatientsMerged';
  if (patientId !== mergedPatientId) {
    const { merged } = patient;
    return { ...patient, merged: holds ? merged.with(mergedPatientId, true) : merged.without(mergedPatientId) };
  }
  let { consultations } = patient;
  for (const [consultationId, { mergedInto: _, ...consultation }] of patient.consultations)
    consultations = consultations.with(
      consultationId,
      holds
        ? { ...consultation, mergedInto: survivingPatientId }
        : { ...consultation, formerGuests: consultation.formerGuests.with(survivingPatientId, revision) },
    );
  return { ...patient, consultations, mergedInto: holds ? survivingPatientId : undefined };
};
