import type { Recorded } from '../events/event.ts';
import type { PatientEvent } from '../events/patient-events.ts';
import type { Capacity, Medium } from '../events/values.ts';
import type { ListedConsultation, ListedRecording } from './my-consultations.ts';

/** When something was recorded. */
export type Recording = { readonly position: bigint; readonly at: string };

/** A consultation as it was booked, with what became of it. */
export type ReplayedConsultation = {
  readonly patientId: string;
  readonly consultationId: string;
  readonly clinicianId: string;
  readonly scheduledStart: string;
  readonly scheduledEnd: string;
  readonly medium: Medium;
  readonly status: ListedConsultation['status'];
  readonly booked: Recording;
};

/** Since when a person took part, and until when; a person who was removed and invited again took part twice. */
export type ReplayedParticipation = {
  readonly consultationId: string;
  readonly personId: string;
  readonly capacity: Capacity;
  readonly since: Recording;
  readonly until?: Recording;
};

export type ReplayedRecording = {
  readonly consultationId: string;
  readonly recordingId: string;
  readonly bytes: number;
  readonly durationSeconds: number | null;
  readonly state: ListedRecording['state'];
  /** Since when it is in this state. */
  readonly since: Recording;
  readonly stored: Recording;
};

/** The bookings, the people who took part and the recordings, by one patient's stream as far as it was taken in. */
export type ReplayedPatient = {
  readonly consultations: Map<string, ReplayedConsultation>;
  readonly participations: ReplayedParticipation[];
  /** Where the participations that have not ended stand, by consultation and person. */
  readonly taking: Map<string, number>;
  readonly recordings: Map<string, ReplayedRecording>;
  /** Ids that name this one as the one that survives them; each one's own stream says whether it is so. */
  readonly merged: Set<string>;
  /** The id that this one is merged into. */
  mergedInto?: string | undefined;
};

export const nothingReplayed = (): ReplayedPatient => ({
  consultations: new Map(),
  participations: [],
  taking: new Map(),
  recordings: new Map(),
  merged: new Set(),
});

/** Takes one more event of the patient's stream in, in place. */
export function replay(patient: ReplayedPatient, event: Recorded<PatientEvent>): void {
  const now: Recording = { position: event.position, at: event.recordedAt };
  if (event.type === 'PatientsMerged' || event.type === 'PatientsUnmerged') {
    replayIdentity(patient, event);
    return;
  }
  if (event.type === 'PatientErased') return;
  const { consultationId } = event.data;
  const consultation = patient.consultations.get(consultationId);
  const change = (to: Partial<ReplayedConsultation>) => {
    if (consultation) patient.consultations.set(consultationId, { ...consultation, ...to });
  };
  const { participations, taking } = patient;
  const begin = (personId: string, capacity: Capacity) => {
    taking.set(`${consultationId}/${personId}`, participations.length);
    participations.push({ consultationId, personId, capacity, since: now });
  };
  const end = (personId: string) => {
    const place = taking.get(`${consultationId}/${personId}`);
    const one = place === undefined ? undefined : participations[place];
    if (place === undefined || !one) return;
    participations[place] = { ...one, until: now };
    taking.delete(`${consultationId}/${personId}`);
  };
  const hold = (recordingId: string, state: ListedRecording['state']) => {
    const recording = patient.recordings.get(recordingId);
    if (recording && recording.state !== state)
      patient.recordings.set(recordingId, { ...recording, state, since: now });
  };
  switch (event.type) {
    case 'ConsultationBooked': {
      if (consultation) return;
      const { patientId, clinicianId, scheduledStart, scheduledEnd, medium } = event.data;
      patient.consultations.set(consultationId, {
        ...{ patientId, consultationId, clinicianId, scheduledStart, scheduledEnd, medium },
        status: 'booked',
        booked: now,
      });
      begin(patientId, 'patient');
      if (patient.mergedInto !== undefined) begin(patient.mergedInto, 'patient');
      begin(clinicianId, 'clinician');
      return;
    }
    case 'ConsultationRescheduled': {
      const { scheduledStart, scheduledEnd } = event.data;
      change({ scheduledStart, scheduledEnd });
      return;
    }
    case 'ConsultationCancelled':
      change({ status: 'cancelled' });
      return;
    case 'ConsultationCompleted':
      change({ status: 'completed' });
      return;
    case 'ConsultationMissed':
      change({ status: 'missed' });
      return;
    case 'ParticipantInvited':
      end(event.data.personId);
      begin(event.data.personId, event.data.capacity);
      return;
    case 'ParticipantRemoved':
      end(event.data.personId);
      return;
    case 'RecordingStored': {
      const { recordingId, bytes, durationSeconds } = event.data;
      if (patient.recordings.has(recordingId)) return;
      patient.recordings.set(recordingId, {
        ...{ consultationId, recordingId, bytes, durationSeconds },
        ...{ state: 'available', since: now, stored: now },
      });
      return;
    }
    case 'RecordingQuarantined':
      hold(event.data.recordingId, 'quarantined');
      return;
    case 'RecordingReleased':
      hold(event.data.recordingId, 'available');
      return;
    case 'RecordingErased':
      hold(event.data.recordingId, 'erased');
      return;
    case 'ConsultationJoined':
    case 'ConsultationLeft':
    case 'RecordingConsentGiven':
    case 'RecordingConsentWithdrawn':
    case 'RecordingResealed':
    case 'ReviewerAssigned':
    case 'RecordingViewed':
    case 'RecordingViewRefused':
    case 'RecordingContentRefused':
    case 'RecordingTransferBegan':
    case 'RecordingPlayed':
      return;
    default:
      // It returns nothing, so that a forgotten type would compile without this line.
      event satisfies never;
  }
}

type Identity = Recorded<Extract<PatientEvent, { type: 'PatientsMerged' | 'PatientsUnmerged' }>>;

/** The surviving id takes part in all of the merged one's consultations while it holds. */
const replayIdentity = (patient: ReplayedPatient, { type, data, position, recordedAt }: Identity): void => {
  const { patientId, mergedPatientId, survivingPatientId: personId } = data;
  const now: Recording = { position, at: recordedAt };
  if (patientId !== mergedPatientId) {
    if (type === 'PatientsMerged') patient.merged.add(mergedPatientId);
    else patient.merged.delete(mergedPatientId);
    return;
  }
  const { consultations, participations } = patient;
  patient.mergedInto = type === 'PatientsMerged' ? personId : undefined;
  if (type === 'PatientsMerged')
    for (const consultationId of consultations.keys())
      participations.push({ consultationId, personId, capacity: 'patient', since: now });
  else
    for (const [i, one] of participations.entries())
      if (one.personId === personId && one.capacity === 'patient' && !one.until)
        participations[i] = { ...one, until: now };
};
