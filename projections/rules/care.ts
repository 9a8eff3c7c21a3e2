import type { Appended } from '../../events/event.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import type { Explanation } from '../../events/rule-events.ts';

type Part = { readonly kind: 'booked' | 'joined' | 'invited'; readonly capacity: string };
type CareConsultation = { start: number; end: number; isCancelled: boolean; readonly people: Map<string, Part> };

/** Who takes care of one patient, and how large the recordings are: what rules ask of the patient's stream. */
export type Care = {
  /** The last revision that was taken in; -1 before the first. */
  revision: number;
  readonly consultations: Map<string, CareConsultation>;
  readonly recordingBytes: Map<string, number>;
  /** The id that the patient's is merged into: their looks under it are at their own recordings, too. */
  mergedInto?: string | undefined;
};

const DAY_MS = 86_400_000;
/** A later look at a patient whom one had: the same pair within this time. */
const FOLLOW_UP_MS = 90 * DAY_MS;

export const noCare = (): Care => ({ revision: -1, consultations: new Map(), recordingBytes: new Map() });

/** Takes one more event of the patient's stream in, in place. */
export const takeCare = (care: Care, { type, data, revision }: Appended<PatientEvent>): void => {
  if (revision <= care.revision) return;
  care.revision = revision;
  if (type === 'PatientsMerged' || type === 'PatientsUnmerged') {
    if (data.patientId === data.mergedPatientId)
      care.mergedInto = type === 'PatientsMerged' ? data.survivingPatientId : undefined;
    return;
  }
  if (type === 'PatientErased') return;
  const consultation = care.consultations.get(data.consultationId);
  switch (type) {
    case 'ConsultationBooked': {
      const people = new Map<string, Part>([[data.clinicianId, { kind: 'booked', capacity: 'clinician' }]]);
      const times = { start: Date.parse(data.scheduledStart), end: Date.parse(data.scheduledEnd) };
      if (!consultation) care.consultations.set(data.consultationId, { ...times, isCancelled: false, people });
      return;
    }
    case 'ConsultationRescheduled':
      if (!consultation) return;
      consultation.start = Date.parse(data.scheduledStart);
      consultation.end = Date.parse(data.scheduledEnd);
      return;
    case 'ConsultationCancelled':
      if (consultation) consultation.isCancelled = true;
      return;
    case 'ParticipantInvited':
      consultation?.people.set(data.personId, { kind: 'invited', capacity: data.capacity });
      return;
    case 'ParticipantRemoved':
      consultation?.people.delete(data.personId);
      return;
    case 'ConsultationJoined':
      if (consultation && !consultation.people.has(data.personId))
        consultation.people.set(data.personId, { kind: 'joined', capacity: 'guest' });
      return;
    case 'RecordingStored':
      care.recordingBytes.set(data.recordingId, data.bytes);
      return;
    case 'ConsultationCompleted':
    case 'ConsultationMissed':
    case 'ConsultationLeft':
    case 'RecordingConsentGiven':
    case 'RecordingConsentWithdrawn':
    case 'RecordingResealed':
    case 'RecordingQuarantined':
    case 'RecordingReleased':
    case 'RecordingErased':
    case 'ReviewerAssigned':
    case 'RecordingViewed':
    case 'RecordingViewRefused':
    case 'RecordingContentRefused':
    case 'RecordingTransferBegan':
    case 'RecordingPlayed':
      return;
  }
};

/** What a person is to a patient at a time: first of the consultation asked about, then of others. */
export const relationOf = (
  { consultations }: Care,
  personId: string,
  { consultationId, at }: { readonly consultationId: string; readonly at: number },
): Explanation | undefined => {
  const own = consultations.get(consultationId);
  const part = own?.isCancelled ? undefined : own?.people.get(personId);
  if (part) return { kind: part.capacity === 'guardian' ? 'guardian' : part.kind, consultationId };
  let followUp: Explanation | undefined;
  for (const [otherId, { start, end, isCancelled, people }] of consultations) {
    if (isCancelled || otherId === consultationId || !people.has(personId)) continue;
    if (dayOf(start) === dayOf(at)) return { kind: 'same-diary-day', consultationId: otherId };
    if (Math.abs(at - end) <= FOLLOW_UP_MS) followUp = { kind: 'follow-up', consultationId: otherId };
  }
  return followUp;
};

/** In what capacity a person takes part in a consultation. */
export const capacityIn = ({ consultations }: Care, consultationId: string, personId: string): string | undefined =>
  consultations.get(consultationId)?.people.get(personId)?.capacity;

/** When the last consultation ended, of the patient or of the patient with one person; undefined where there was none. */
export const lastEnd = ({ consultations }: Care, personId?: string): number | undefined => {
  let last: number | undefined;
  for (const { end, isCancelled, people } of consultations.values())
    if (!isCancelled && (personId === undefined || people.has(personId))) last = Math.max(last ?? end, end);
  return last;
};

/** A day in UTC: `2026-03-01`. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
