import { patientStreams } from '../events/categories.ts';
import type { Capacity, Medium } from '../events/values.ts';
import { PersistentMap } from './persistent.ts';
import { streamFold } from './projection.ts';

export type ListedRecording = {
  readonly recordingId: string;
  readonly bytes: number;
  readonly contentType: string;
  readonly durationSeconds: number | null;
  readonly state: 'available' | 'quarantined' | 'erased';
  /** Why it was erased, where participants are told. */
  readonly erasedFor?: ErasedFor;
};

/** Codes of officers are theirs; these are the ledger's own. */
const erasedFor = { 'subject-erasure': 'subject-erasure', retention: 'retention' } as const;
export type ErasedFor = keyof typeof erasedFor;

/** A consultation as it is listed to the people who take part in it. */
export type ListedConsultation = {
  readonly consultationId: string;
  readonly patientId: string;
  readonly clinicianId: string;
  readonly scheduledStart: string;
  readonly scheduledEnd: string;
  readonly medium: Medium;
  readonly status: 'booked' | 'completed' | 'cancelled' | 'missed';
  readonly participants: readonly { readonly personId: string; readonly capacity: Capacity }[];
  readonly recordings: readonly ListedRecording[];
};

/** One patient's consultations, by id. */
export type MyConsultations = PersistentMap<string, ListedConsultation>;

const change = (
  list: MyConsultations,
  consultationId: string,
  to: (consultation: ListedConsultation) => Partial<ListedConsultation>,
): MyConsultations => {
  const consultation = list.get(consultationId);
  return consultation ? list.with(consultationId, { ...consultation, ...to(consultation) }) : list;
};

const changeRecording = (
  list: MyConsultations,
  { consultationId, recordingId }: { consultationId: string; recordingId: string },
  to: Pick<ListedRecording, 'state' | 'erasedFor'>,
) =>
  change(list, consultationId, ({ recordings }) => ({
    recordings: recordings.map((recording) =>
      recording.recordingId === recordingId ? { ...recording, ...to } : recording,
    ),
  }));

/** "My consultations": one patient's own stream, and nothing else, folded into the list that patient sees. */
export const myConsultations = streamFold({
  category: patientStreams,
  initial: (): MyConsultations => PersistentMap.empty(),
  on: {
    ConsultationBooked: (list, { data }) =>
      list.with(data.consultationId, {
        consultationId: data.consultationId,
        patientId: data.patientId,
        clinicianId: data.clinicianId,
        scheduledStart: data.scheduledStart,
        scheduledEnd: data.scheduledEnd,
        medium: data.medium,
        status: 'booked',
        participants: [
          { personId: data.patientId, capacity: 'patient' },
          { personId: data.clinicianId, capacity: 'clinician' },
        ],
        recordings: [],
      }),
    ConsultationRescheduled: (list, { data: { consultationId, scheduledStart, scheduledEnd } }) =>
      change(list, consultationId, () => ({ scheduledStart, scheduledEnd })),
    ConsultationCancelled: (list, { data }) => change(list, data.consultationId, () => ({ status: 'cancelled' })),
    ConsultationCompleted: (list, { data }) => change(list, data.consultationId, () => ({ status: 'completed' })),
    ConsultationMissed: (list, { data }) => change(list, data.consultationId, () => ({ status: 'missed' })),
    ParticipantInvited: (list, { data: { consultationId, personId, capacity } }) =>
      change(list, consultationId, ({ participants }) => ({
        participants: [...participants.filter((p) => p.personId !== personId), { personId, capacity }],
      })),
    ParticipantRemoved: (list, { data: { consultationId, personId } }) =>
      change(list, consultationId, ({ participants }) => ({
        participants: participants.filter((p) => p.personId !== personId),
      })),
    RecordingStored: (list, { data: { consultationId, recordingId, bytes, contentType, durationSeconds } }) =>
      change(list, consultationId, ({ recordings }) => ({
        recordings: [...recordings, { recordingId, bytes, contentType, durationSeconds, state: 'available' }],
      })),
    RecordingQuarantined: (list, { data }) => changeRecording(list, data, { state: 'quarantined' }),
    RecordingReleased: (list, { data }) => changeRecording(list, data, { state: 'available' }),
    RecordingErased: (list, { data }) => {
      const why = Object.hasOwn(erasedFor, data.reason) ? erasedFor[data.reason as ErasedFor] : undefined;
      return changeRecording(list, data, { state: 'erased', ...(why && { erasedFor: why }) });
    },
  },
  ignores: [
    'ConsultationJoined',
    'ConsultationLeft',
    'RecordingConsentGiven',
    'RecordingConsentWithdrawn',
    'RecordingResealed',
    'ReviewerAssigned',
    'RecordingViewed',
    'RecordingViewRefused',
    'RecordingContentRefused',
    'RecordingTransferBegan',
    'RecordingPlayed',
    // Whose the list is, the command model says; nothing in it changes.
    'PatientsMerged',
    'PatientsUnmerged',
    // Each recording of theirs has an event of its own.
    'PatientErased',
  ],
});
