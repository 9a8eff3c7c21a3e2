import type { AccountEvent } from '../../events/account-events.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import type { PlaybackEvent } from '../../events/playback-events.ts';
import type { SessionEvent } from '../../events/session-events.ts';
import type { ViewerEvent } from '../../events/viewer-events.ts';
import type { Evidence } from '../../projections/evidence.ts';
import { type Intent, markOf } from './intent.ts';

/** Every event type the second key reads, by whose stream it belongs on. */
export type Believable = AccountEvent | PatientEvent | ViewerEvent | PlaybackEvent | SessionEvent;

/** A stored event as the official client gives it, of which only JSON and place are looked at. */
export type StoredEvent = {
  readonly id: string;
  readonly type: string;
  readonly streamId: string;
  readonly revision: bigint;
  readonly created: Date;
  readonly data: unknown;
  readonly metadata: unknown;
};

/** A stored event that the second key does not believe: the whole stream is refused until an operator has checked it. */
export class Unbelievable extends Error {
  constructor(
    readonly stream: string,
    readonly revision: number,
    why: string,
  ) {
    super(`revision ${revision} of ${stream} is not believed: ${why}`);
    this.name = 'Unbelievable';
  }
}

type Check = (value: unknown) => boolean;

const isId: Check = (value) => typeof value === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(value);
const isSession: Check = (value) => typeof value === 'string' && /^[\w.+/=~@:-]{1,255}$/.test(value);
const isTime: Check = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isText: Check = (value) => typeof value === 'string';
/** In clear, or sealed, where all that the second key knows is that there is one. */
const isTextOrSealed: Check = (value) => isText(value) || isText(fieldsOf(value).sealed);
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isFlag: Check = (value) => typeof value === 'boolean';
const isSource: Check = (value) => value === 'mediated' || value === 'witnessed';
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const consultation = { consultationId: isId };
const recording = { ...consultation, recordingId: isId };
const view = { ...recording, viewId: isId };
const verdict = { ...view, patientId: isId, viewRevision: isCount, source: isSource };

/** What the second key needs to find in each type; the rest of an event is not its business. A type that is not here is not believed. */
const patientTypes: Readonly<Record<PatientEvent['type'], Readonly<Record<string, Check>>>> = {
  ConsultationBooked: { ...consultation, clinicianId: isId, scheduledStart: isTime, scheduledEnd: isTime },
  ConsultationRescheduled: { ...consultation, scheduledStart: isTime, scheduledEnd: isTime },
  ConsultationCancelled: consultation,
  ParticipantInvited: { ...consultation, personId: isId, capacity: isText },
  ParticipantRemoved: { ...consultation, personId: isId },
  ConsultationJoined: { ...consultation, personId: isId, mediaSessionId: isSession },
  ConsultationLeft: consultation,
  ConsultationCompleted: consultation,
  ConsultationMissed: consultation,
  RecordingConsentGiven: consultation,
  RecordingConsentWithdrawn: consultation,
  RecordingStored: { ...recording, mediaSessionId: isSession },
  RecordingResealed: recording,
  RecordingQuarantined: recording,
  RecordingReleased: recording,
  RecordingErased: recording,
  ReviewerAssigned: { ...recording, reviewerId: isId, until: isTime },
  RecordingViewed: {
    ...view,
    viewerId: isId,
    viewerRoles: isTexts,
    purpose: isText,
    source: isSource,
    reason: maybe(isTextOrSealed),
    occurredAt: maybe(isTime),
    expiresAt: maybe(isTime),
    idleSeconds: maybe(isCount),
    endsAt: maybe(isTime),
    releaseMode: maybe(isText),
  },
  RecordingViewRefused: recording,
  RecordingContentRefused: recording,
  RecordingTransferBegan: { ...view, viewerId: isId },
  RecordingPlayed: recording,
  PatientsMerged: { mergedPatientId: isId, survivingPatientId: isId },
  PatientsUnmerged: { mergedPatientId: isId, survivingPatientId: isId },
  PatientErased: {},
};

const viewerTypes: Readonly<Record<ViewerEvent['type'], Readonly<Record<string, Check>>>> = {
  ViewCleared: verdict,
  ViewFlagged: { ...verdict, rule: isText, released: isFlag },
  ViewRevoked: { viewId: isId },
  ViewerSuspended: {},
  ViewerReinstated: {},
  ConsultationsListed: {},
  EgressPrevented: {},
  ViewReported: {},
  ProbingDetected: {},
};

const playbackTypes: Readonly<Record<PlaybackEvent['type'], Readonly<Record<string, Check>>>> = {
  PlaybackHalted: {},
  PlaybackResumed: {},
  ReleaseHalted: { release: isText },
  ReleaseResumed: { release: isText },
};

const signIn = { sessionId: isId, personId: isId };
const accountTypes: Readonly<Record<AccountEvent['type'], Readonly<Record<string, Check>>>> = {
  SessionBegan: { ...signIn, beganAt: isTime, endsAt: isTime },
  SessionEnded: signIn,
  IssuerSessionUsed: {},
};

const sessionTypes: Readonly<Record<SessionEvent['type'], Readonly<Record<string, Check>>>> = {
  MediaSessionBound: { patientId: isId, consultationId: isId },
};

type Types = Readonly<Record<string, Readonly<Record<string, Check>>>>;
const kindOf = (prefix: string, owner: string | undefined, types: Types) => ({
  ...{ prefix, owner },
  checks: new Map(Object.entries(types).map(([type, checks]) => [type, Object.entries(checks)])),
});

/** Whose stream it is, by the beginning of its name and the field that names the same id in every event on it. */
const kinds = [
  kindOf('patient-', 'patientId', patientTypes),
  kindOf('viewer-', 'viewerId', viewerTypes),
  kindOf('account-', 'accountId', accountTypes),
  kindOf('session-', 'mediaSessionId', sessionTypes),
  kindOf('playback-', undefined, playbackTypes),
];

export const WATCHED_PREFIXES: readonly string[] = kinds.map(({ prefix }) => prefix);

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/**
 * The one place where the second key takes a stored event in. It reads the JSON itself: neither the catalogue of schemas nor its
 * upcasters have a say, so that a bug in them is not a bug here.
 * @throws Unbelievable for a type or a shape it does not know, and for an event about another person on this stream
 */
export function readEvidence(event: StoredEvent): Evidence<Believable> {
  const { type, streamId: stream } = event;
  const revision = Number(event.revision);
  const refuse = (why: string): never => {
    throw new Unbelievable(stream, revision, why);
  };
  const kind = kinds.find(({ prefix }) => stream.startsWith(prefix));
  if (!kind) return refuse('no stream that the second key reads');
  const fields = fieldsOf(event.data);
  const checks = kind.checks.get(type);
  if (!checks) return refuse('its type does not belong on this stream');
  if (kind.owner && `${kind.prefix}${String(fields[kind.owner])}` !== stream)
    return refuse('it is about another person');
  for (const [field, holds] of checks) if (!holds(fields[field])) return refuse(`its ${field}`);
  const metadata = fieldsOf(event.metadata);
  const actor = fieldsOf(metadata.actor);
  const { id: actorId, roles } = actor;
  if (typeof actorId !== 'string' || !isTexts(roles)) return refuse('it does not say who did it');
  const at = firstRecordedAt(event.created, metadata.$movedFrom);
  if (Number.isNaN(at)) return refuse('it does not say when it was recorded');
  return {
    type,
    data: event.data,
    id: event.id,
    stream,
    revision,
    at,
    actor: { id: actorId, roles: roles as readonly string[] },
    intended: isIntended(type, fields, metadata.intent),
  } as Evidence<Believable>;
}

/** An event that was copied from another store says when that one recorded it; the copy's own time is the move's. */
const firstRecordedAt = (created: Date, movedFrom: unknown): number => {
  if (movedFrom === undefined) return created.getTime();
  const { recordedAt } = fieldsOf(movedFrom);
  const isUtc = typeof recordedAt === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(recordedAt);
  return isUtc ? Date.parse(recordedAt) : Number.NaN;
};

/** Types of which no release ever wrote one without a mark. */
const ALWAYS_MARKED: ReadonlySet<string> = new Set(['PatientsMerged', 'PatientsUnmerged', 'ReviewerAssigned']);

/** Events of older releases carry no mark; there the actor alone decides whether they are believed. */
export const isIntended = (type: string, fields: Fields, mark: unknown): boolean =>
  (mark === undefined && !ALWAYS_MARKED.has(type)) ||
  INTENDED[type] === undefined ||
  mark === markOf(INTENDED[type](fields as Readonly<Record<string, string>>));

const INTENDED: Readonly<Record<string, (fields: Readonly<Record<string, string>>) => Intent>> = {
  ConsultationBooked: ({ patientId = '', clinicianId = '', scheduledStart = '', scheduledEnd = '' }) => ({
    kind: 'book',
    ...{ patientId, clinicianId, start: scheduledStart, end: scheduledEnd },
  }),
  ParticipantInvited: ({ patientId = '', consultationId = '', personId = '', capacity = '' }) => ({
    kind: 'invite',
    ...{ patientId, consultationId, personId, capacity },
  }),
  ParticipantRemoved: ({ patientId = '', consultationId = '', personId = '' }) => ({
    kind: 'remove',
    ...{ patientId, consultationId, personId },
  }),
  ReviewerAssigned: ({ patientId = '', consultationId = '', recordingId = '', reviewerId = '', until = '' }) => ({
    kind: 'assign',
    ...{ patientId, consultationId, recordingId, reviewerId, until },
  }),
  PatientsMerged: ({ mergedPatientId = '', survivingPatientId = '' }) => ({
    kind: 'merge',
    ...{ patientId: mergedPatientId, survivingId: survivingPatientId },
  }),
  PatientsUnmerged: ({ mergedPatientId = '', survivingPatientId = '' }) => ({
    kind: 'unmerge',
    ...{ patientId: mergedPatientId, survivingId: survivingPatientId },
  }),
};
