import type { PatientEvent } from '../src/events/patient-events.ts';
import type { Projection } from './projection.ts';

/**
 * Revisions at which something began, ended, began again, … in ascending order. It holds at a revision when an odd number of
 * changes came before it.
 */
type Changes = readonly number[];

type RecordingHistory = {
  readonly storedAt: number;
  readonly quarantine: Changes;
  readonly erasedAt: number | undefined;
};

type ConsultationAccess = {
  readonly clinicianId: string;
  readonly bookedAt: number;
  /** Invitations and removals by person. Joining leaves no trace here: nobody authorises himself by turning up. */
  readonly guests: ReadonlyMap<string, Changes>;
  readonly recordings: ReadonlyMap<string, RecordingHistory>;
};

/** Who took part in a patient's consultations, and since and until which revision of the patient's stream. */
export type RecordingAccess = ReadonlyMap<string, ConsultationAccess>;

/** What was so when a view was recorded. */
export type AccessFacts = {
  readonly participant: boolean;
  readonly recording: 'available' | 'quarantined' | 'erased' | 'unknown';
};

type Place = { readonly data: { readonly consultationId: string }; readonly revision: number };

const put = <V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> =>
  new Map(map).set(key, value);

const holdsAt = (changes: Changes, revision: number): boolean =>
  changes.filter((change) => change < revision).length % 2 === 1;

/** Notes a change; one that was noted before, or changes nothing, leaves no trace. */
const note = (changes: Changes, revision: number, holds: boolean): Changes => {
  const last = changes[changes.length - 1] ?? -1;
  return revision <= last || (changes.length % 2 === 1) === holds ? changes : [...changes, revision];
};

/** What happened before there was a consultation or a recording is not about it, however often it is delivered. */
const change = (
  access: RecordingAccess,
  { data: { consultationId }, revision }: Place,
  to: (consultation: ConsultationAccess) => ConsultationAccess,
): RecordingAccess => {
  const consultation = access.get(consultationId);
  return consultation && revision > consultation.bookedAt ? put(access, consultationId, to(consultation)) : access;
};

const changeRecording = (
  access: RecordingAccess,
  event: Place & { readonly data: { readonly recordingId: string } },
  to: (recording: RecordingHistory) => RecordingHistory,
): RecordingAccess =>
  change(access, event, (consultation) => {
    const { recordingId } = event.data;
    const recording = consultation.recordings.get(recordingId);
    return recording && event.revision > recording.storedAt
      ? { ...consultation, recordings: put(consultation.recordings, recordingId, to(recording)) }
      : consultation;
  });

const changeGuest = (
  access: RecordingAccess,
  event: Place & { readonly data: { readonly personId: string } },
  takesPart: boolean,
): RecordingAccess =>
  change(access, event, (consultation) => {
    const { guests } = consultation;
    const { personId } = event.data;
    return {
      ...consultation,
      guests: put(guests, personId, note(guests.get(personId) ?? [], event.revision, takesPart)),
    };
  });

const changeQuarantine = (
  access: RecordingAccess,
  event: Place & { readonly data: { readonly recordingId: string } },
  quarantined: boolean,
): RecordingAccess =>
  changeRecording(access, event, (recording) => ({
    ...recording,
    quarantine: note(recording.quarantine, event.revision, quarantined),
  }));

/**
 * The second key's own memory of who may watch what. It shares no code with the policy: a bug there must not be a bug here.
 * It keeps history instead of the present, because a view is judged as of its own revision, however late.
 */
export const recordingAccess: Projection<RecordingAccess, PatientEvent> = {
  name: 'recording-access-v1',
  keyOf: ({ data }) => data.patientId,
  initial: () => new Map(),
  on: {
    ConsultationBooked: (access, { data, revision }) =>
      access.has(data.consultationId)
        ? access
        : put(access, data.consultationId, {
            clinicianId: data.clinicianId,
            bookedAt: revision,
            guests: new Map(),
            recordings: new Map(),
          }),
    ParticipantInvited: (access, event) => changeGuest(access, event, true),
    ParticipantRemoved: (access, event) => changeGuest(access, event, false),
    RecordingStored: (access, event) =>
      change(access, event, (consultation) =>
        consultation.recordings.has(event.data.recordingId)
          ? consultation
          : {
              ...consultation,
              recordings: put(consultation.recordings, event.data.recordingId, {
                storedAt: event.revision,
                quarantine: [],
                erasedAt: undefined,
              }),
            },
      ),
    RecordingQuarantined: (access, event) => changeQuarantine(access, event, true),
    RecordingReleased: (access, event) => changeQuarantine(access, event, false),
    RecordingErased: (access, event) =>
      changeRecording(access, event, (recording) => ({ ...recording, erasedAt: recording.erasedAt ?? event.revision })),
  },
};

/** What was so just before a revision of the patient's stream: what came later changes no verdict. */
export function factsAt(
  access: RecordingAccess,
  view: { patientId: string; consultationId: string; recordingId: string; viewerId: string },
  revision: number,
): AccessFacts {
  const consultation = access.get(view.consultationId);
  if (!consultation || consultation.bookedAt >= revision) return { participant: false, recording: 'unknown' };
  const participant =
    view.viewerId === view.patientId ||
    view.viewerId === consultation.clinicianId ||
    holdsAt(consultation.guests.get(view.viewerId) ?? [], revision);
  return { participant, recording: stateAt(consultation.recordings.get(view.recordingId), revision) };
}

const stateAt = (recording: RecordingHistory | undefined, revision: number): AccessFacts['recording'] => {
  if (!recording || recording.storedAt >= revision) return 'unknown';
  if (recording.erasedAt !== undefined && recording.erasedAt < revision) return 'erased';
  return holdsAt(recording.quarantine, revision) ? 'quarantined' : 'available';
};
