import type { PatientEvent } from '../events/patient-events.ts';
import type { Evidence } from './evidence.ts';

type Of<T extends PatientEvent['type']> = Evidence<Extract<PatientEvent, { type: T }>>;

/** When something happened: its revision on the patient's stream, and the store's record time in milliseconds. */
type Moment = { readonly revision: number; readonly at: number };

/** Something that began or ended. */
type Change = Moment & { readonly holds: boolean };

/** As of when a question is asked: just before a revision, or at a time. */
export type AsOf = { readonly revision: number } | { readonly time: number };

export const NOW: AsOf = { revision: Number.POSITIVE_INFINITY };

export type RecordingEvidence = {
  readonly stored: Moment;
  /** When its object was last replaced by a sealed one; undefined where it never was. */
  resealed: Moment | undefined;
  readonly mediaSessionId: string;
  readonly quarantine: Change[];
  /** Who was let in to review it, each time with the end of that, in milliseconds since the epoch. */
  readonly reviewers: Map<string, (Moment & { readonly until: number })[]>;
  erased: Moment | undefined;
};

export type ConsultationEvidence = {
  readonly clinicianId: string;
  readonly booked: Moment;
  /** Every schedule it has had, the latest last. */
  readonly schedules: { readonly start: string; readonly end: string }[];
  /** Invitations and removals by person. Joining leaves no trace here: a person cannot authorise themselves by joining. */
  readonly guests: Map<string, Change[]>;
  readonly recordings: Map<string, RecordingEvidence>;
  /** Who joined each media session while they took part and the consultation was open. */
  readonly joined: Map<string, Set<string>>;
  closed: boolean;
  /** Guardians, invited and removed since or not, and the patient under the id that survives: one of them may be there for the patient. */
  readonly guardians: Set<string>;
};

export type ViewEvidence = Moment &
  Of<'RecordingViewed'>['data'] & {
    /** When its bytes last began to leave, to its own viewer; undefined before the first time. */
    usedAt: number | undefined;
  };

/** Who took part in a patient's consultations since and until when, and which views were asked for. */
export type RecordingAccess = {
  /** The last revision that was taken in; -1 before the first. */
  revision: number;
  readonly consultations: Map<string, ConsultationEvidence>;
  /** The latest views, the oldest first. */
  readonly views: Map<string, ViewEvidence>;
  /** Since when and until when this id was merged into another, by that other: the same person, for as long as it holds. */
  readonly mergedInto: Map<string, Change[]>;
  /** Since when the patient is erased. It is believed of any actor: it lets no one see more. */
  erased: Moment | undefined;
};

/** The facts when a view was recorded. */
export type AccessFacts = {
  readonly participant: boolean;
  readonly recording: 'available' | 'quarantined' | 'erased' | 'unknown';
};

/** Views end within a day at most; of a patient who was viewed more often than this since, the oldest is let go. */
const VIEWS_KEPT = 2_000;

export const noAccess = (): RecordingAccess => ({
  revision: -1,
  consultations: new Map(),
  views: new Map(),
  mergedInto: new Map(),
  erased: undefined,
});

const isBefore = ({ revision, at }: Moment, asOf: AsOf): boolean =>
  'revision' in asOf ? revision < asOf.revision : at <= asOf.time;

/** The last change before then says whether it holds; without any it does not. */
const holds = (changes: readonly Change[], asOf: AsOf): boolean =>
  changes.findLast((change) => isBefore(change, asOf))?.holds ?? false;

const note = (changes: Change[], { revision, at }: Moment, now: boolean): void => {
  if ((changes.at(-1)?.holds ?? false) !== now) changes.push({ revision, at, holds: now });
};

const isService = ({ roles }: Evidence['actor']): boolean => roles.includes('service');

/**
 * Who may invite or remove a person: the patient, the booked clinician, a service. Where an event names another actor,
 * it is not believed, however it got into the stream; nor is one that says something else than the request that led to it.
 */
const isHost = (
  { actor, data, intended, revision }: Of<'ParticipantInvited' | 'ParticipantRemoved'>,
  clinicianId: string,
  access: RecordingAccess,
) =>
  intended &&
  (actor.id === data.patientId ||
    actor.id === clinicianId ||
    isService(actor) ||
    wasMergedInto(access, actor.id, { revision }));

const mayBook = ({ actor, data, intended }: Of<'ConsultationBooked'>): boolean =>
  intended &&
  (isService(actor) ||
    (actor.id === data.patientId && actor.roles.includes('patient')) ||
    (actor.id === data.clinicianId && actor.roles.includes('clinician')));

/** Who may say that two ids are one person: a service or a compliance officer, and neither of the two. The merged id's own stream says it. */
const mayMerge = ({ actor, data, intended }: Of<'PatientsMerged' | 'PatientsUnmerged'>): boolean =>
  intended &&
  data.patientId === data.mergedPatientId &&
  data.mergedPatientId !== data.survivingPatientId &&
  (isService(actor) || actor.roles.includes('compliance')) &&
  actor.id !== data.mergedPatientId &&
  actor.id !== data.survivingPatientId;

/** No review is longer than a day; the clocks of the store and of who asked may differ. */
const LONGEST_REVIEW_MS = 86_400_000 + 60_000;

/** Who may let a person review a recording: a compliance officer, for another person. */
const mayAssign = ({ actor, data, intended, at }: Of<'ReviewerAssigned'>): boolean =>
  intended &&
  actor.roles.includes('compliance') &&
  actor.id !== data.reviewerId &&
  Date.parse(data.until) <= at + LONGEST_REVIEW_MS;

/** Whether this id is merged into a third one now: a person survives under one id. */
const isOthersToo = ({ mergedInto }: RecordingAccess, survivingId: string): boolean =>
  [...mergedInto].some(([otherId, changes]) => otherId !== survivingId && holds(changes, NOW));

/** Whether this id was merged into another then. */
export const wasMergedInto = ({ mergedInto }: RecordingAccess, survivingId: string, asOf: AsOf): boolean =>
  holds(mergedInto.get(survivingId) ?? [], asOf);

/**
 * Takes one more event of the patient's stream in, in place; one that was taken in before changes nothing. It shares no code with what
 * the policy decides on: a bug there must not be a bug here. It keeps history instead of the present, because a view is judged as of
 * its own revision, however late, or as of the time it is said to have happened.
 */
export function takeIn(access: RecordingAccess, event: Evidence<PatientEvent>): void {
  if (event.revision <= access.revision) return;
  access.revision = event.revision;
  const { revision, at } = event;
  if (event.type === 'PatientsMerged' || event.type === 'PatientsUnmerged') {
    const { survivingPatientId: survivingId } = event.data;
    if (!mayMerge(event) || isOthersToo(access, survivingId)) return;
    const changes = access.mergedInto.get(survivingId) ?? [];
    note(changes, event, event.type === 'PatientsMerged');
    access.mergedInto.set(survivingId, changes);
    return;
  }
  if (event.type === 'PatientErased') {
    access.erased ??= { revision, at };
    return;
  }
  const consultation = access.consultations.get(event.data.consultationId);
  switch (event.type) {
    case 'ConsultationBooked': {
      if (consultation || !mayBook(event)) return;
      const { consultationId, clinicianId, scheduledStart: start, scheduledEnd: end } = event.data;
      access.consultations.set(consultationId, {
        clinicianId,
        booked: { revision, at },
        schedules: [{ start, end }],
        guests: new Map(),
        recordings: new Map(),
        joined: new Map(),
        closed: false,
        guardians: new Set(),
      });
      return;
    }
    case 'ConsultationRescheduled':
      consultation?.schedules.push({ start: event.data.scheduledStart, end: event.data.scheduledEnd });
      return;
    case 'ParticipantInvited':
    case 'ParticipantRemoved': {
      if (!consultation || !isHost(event, consultation.clinicianId, access)) return;
      const { personId } = event.data;
      const changes = consultation.guests.get(personId) ?? [];
      consultation.guests.set(personId, changes);
      note(changes, event, event.type === 'ParticipantInvited');
      // One who is invited afterwards was no guardian in the call.
      if (event.type === 'ParticipantInvited' && event.data.capacity === 'guardian' && !consultation.closed)
        consultation.guardians.add(personId);
      return;
    }
    case 'RecordingStored': {
      const { recordingId, mediaSessionId } = event.data;
      if (!consultation || consultation.recordings.has(recordingId)) return;
      // Stored and quarantined in one append, whether an event says so or not.
      const quarantine = showsWhereItBelongs(consultation, event) ? [] : [{ revision, at, holds: true }];
      consultation.recordings.set(recordingId, {
        ...{
          stored: { revision, at },
          resealed: undefined,
          mediaSessionId,
          quarantine,
          reviewers: new Map(),
          erased: undefined,
        },
      });
      return;
    }
    case 'RecordingResealed': {
      const recording = consultation?.recordings.get(event.data.recordingId);
      if (recording) recording.resealed = { revision, at };
      return;
    }
    case 'RecordingQuarantined':
    case 'RecordingReleased': {
      const recording = consultation?.recordings.get(event.data.recordingId);
      if (recording) note(recording.quarantine, event, event.type === 'RecordingQuarantined');
      return;
    }
    case 'ReviewerAssigned': {
      const recording = consultation?.recordings.get(event.data.recordingId);
      if (!recording || !mayAssign(event)) return;
      const { reviewerId, until } = event.data;
      const assigned = recording.reviewers.get(reviewerId) ?? [];
      recording.reviewers.set(reviewerId, [...assigned, { revision, at, until: Date.parse(until) }]);
      return;
    }
    case 'RecordingErased': {
      const recording = consultation?.recordings.get(event.data.recordingId);
      if (recording) recording.erased ??= { revision, at };
      return;
    }
    case 'RecordingViewed': {
      access.views.set(event.data.viewId, { ...event.data, revision, at, usedAt: undefined });
      if (access.views.size <= VIEWS_KEPT) return;
      const [oldest] = access.views.keys();
      if (oldest !== undefined) access.views.delete(oldest);
      return;
    }
    case 'RecordingTransferBegan': {
      const view = access.views.get(event.data.viewId);
      const isTheirs = view?.viewerId === event.data.viewerId && view.viewerId === event.actor.id;
      if (view && isTheirs && view.recordingId === event.data.recordingId) view.usedAt = at;
      return;
    }
    case 'ConsultationCancelled':
    case 'ConsultationCompleted':
    case 'ConsultationMissed':
      if (consultation) consultation.closed = true;
      return;
    case 'ConsultationJoined': {
      const { personId, mediaSessionId } = event.data;
      if (!consultation || consultation.closed || !tookPart(access, event.data, personId, { revision })) return;
      const people = consultation.joined.get(mediaSessionId) ?? new Set();
      consultation.joined.set(mediaSessionId, people.add(personId));
      if (wasMergedInto(access, personId, { revision })) consultation.guardians.add(personId);
      return;
    }
    case 'ConsultationLeft':
    case 'RecordingConsentGiven':
    case 'RecordingConsentWithdrawn':
    case 'RecordingViewRefused':
    case 'RecordingContentRefused':
    case 'RecordingPlayed':
      return;
    default:
      // It returns nothing, so that a forgotten type would compile without this line.
      event satisfies never;
  }
}

/**
 * Whether a recording shows that it belongs to the consultation: two who took part joined its media session while that was open, one of them
 * the patient or a guardian. Events with neither chunks nor a seal are older than this rule.
 */
const showsWhereItBelongs = (
  { joined, guardians }: ConsultationEvidence,
  { data: { patientId, mediaSessionId, chunks, sealed } }: Of<'RecordingStored'>,
): boolean => {
  if (chunks === undefined && sealed === undefined) return true;
  const people = joined.get(mediaSessionId) ?? new Set();
  return people.size >= 2 && (people.has(patientId) || [...people].some((personId) => guardians.has(personId)));
};

type Place = { readonly patientId: string; readonly consultationId: string };

/** Whether a person took part in a consultation then: the patient under either id, the booked clinician, people invited and not removed. */
export function tookPart(access: RecordingAccess, { patientId, consultationId }: Place, personId: string, asOf: AsOf) {
  const consultation = access.consultations.get(consultationId);
  if (!consultation || !isBefore(consultation.booked, asOf)) return false;
  return (
    personId === patientId ||
    personId === consultation.clinicianId ||
    holds(consultation.guests.get(personId) ?? [], asOf) ||
    wasMergedInto(access, personId, asOf)
  );
}

/** Whether a person was let in to review a recording by then, and it was not over at that time, in milliseconds since the epoch. */
export function mayReview(
  access: RecordingAccess,
  view: Place & { readonly recordingId: string; readonly viewerId: string },
  asOf: AsOf,
  time: number,
): boolean {
  const recording = access.consultations.get(view.consultationId)?.recordings.get(view.recordingId);
  const assigned = recording?.reviewers.get(view.viewerId)?.findLast((one) => isBefore(one, asOf));
  return assigned !== undefined && time < assigned.until;
}

/** Whether a person was removed from a consultation after a revision, or is not the patient's other id any more, invited or merged again since or not. */
export function removedSince(
  access: RecordingAccess,
  consultationId: string,
  personId: string,
  revision: number,
): boolean {
  const guest = access.consultations.get(consultationId)?.guests.get(personId) ?? [];
  return [...guest, ...(access.mergedInto.get(personId) ?? [])].some(
    (change) => change.revision > revision && !change.holds,
  );
}

/** The facts just before a revision of the patient's stream, or at a time: later events change no verdict. */
export function factsAt(
  access: RecordingAccess,
  view: Place & { readonly recordingId: string; readonly viewerId: string },
  asOf: AsOf,
): AccessFacts {
  const recording = access.consultations.get(view.consultationId)?.recordings.get(view.recordingId);
  return { participant: tookPart(access, view, view.viewerId, asOf), recording: stateAt(access, recording, asOf) };
}

const stateAt = (
  { erased }: RecordingAccess,
  recording: RecordingEvidence | undefined,
  asOf: AsOf,
): AccessFacts['recording'] => {
  if (!recording || !isBefore(recording.stored, asOf)) return 'unknown';
  if (erased && isBefore(erased, asOf)) return 'erased';
  if (recording.erased && isBefore(recording.erased, asOf)) return 'erased';
  return holds(recording.quarantine, asOf) ? 'quarantined' : 'available';
};
