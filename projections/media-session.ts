import { mediaStreams } from '../events/categories.ts';
import type { Appended } from '../events/event.ts';
import type { MediaConnection, MediaEvent, RecorderFile } from '../events/media-events.ts';
import { projection } from './projection.ts';

type Of<T extends MediaEvent['type']> = Extract<MediaEvent, { type: T }>;

/** One join of one person. What came in which order makes no difference: each side keeps the earliest or the latest time told. */
export type Presence = {
  readonly personId: string;
  readonly from?: string;
  readonly until?: string;
  /** Tried to join and never was in, as far as is known. */
  readonly aborted?: true;
};

/** One run of a recorder. `final`: its server was asked for its files, or cannot be. */
export type RecorderRun = { readonly ended: boolean; readonly files: readonly RecorderFile[]; readonly final?: true };

export type Claim = {
  readonly state: 'claimed' | Of<'RecordingClaimSettled'>['data']['outcome'];
  /** Missing where there was nothing to claim. */
  readonly claimed?: Of<'RecordingClaimed'>['data'];
  readonly recordingId?: string;
  readonly reason?: string;
};

/** A media session as far as servers told of it. Plain JSON. */
export type MediaSession = {
  readonly mediaSessionId: string;
  readonly connection: MediaConnection;
  /** What its room is called. */
  readonly consultationId?: string;
  /** When the first of it happened, by the server's clock. */
  readonly since: string;
  readonly closedAt?: string;
  /** By presenceId. */
  readonly presences: Readonly<Record<string, Presence>>;
  /** By recorderId. */
  readonly recorders: Readonly<Record<string, RecorderRun>>;
  readonly of?: { readonly patientId: string; readonly consultationId: string };
  readonly claims: Readonly<Record<string, Claim>>;
  /** The server threw events away since it was asked last. */
  readonly dropped: boolean;
  readonly setAside?: true;
};

const earliest = (one: string | undefined, other: string | undefined) =>
  one !== undefined && (other === undefined || Date.parse(one) <= Date.parse(other)) ? one : other;
const latest = (one: string | undefined, other: string | undefined) =>
  one !== undefined && (other === undefined || Date.parse(one) >= Date.parse(other)) ? one : other;

const presenceAfter = (before: Presence | undefined, { fact, personId, occurredAt }: Told): Presence | undefined => {
  if (personId === undefined) return before;
  const from = earliest(before?.from, fact === 'participant-joined' ? occurredAt : undefined);
  const until = latest(before?.until, fact === 'participant-joined' ? undefined : occurredAt);
  const aborted = fact === 'participant-aborted' ? before === undefined || before.aborted : undefined;
  return {
    personId,
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
    ...(aborted && { aborted }),
  };
};

type Told = Of<'ProviderEventReceived'>['data'];

const begun = ({ mediaSessionId, connection, occurredAt }: Told): MediaSession => ({
  ...{ mediaSessionId, connection, since: occurredAt },
  ...{ presences: {}, recorders: {}, claims: {}, dropped: false },
});

const sameFile = (one: RecorderFile, other: RecorderFile) => one.key === other.key && one.bucket === other.bucket;

const runAfter = (before: RecorderRun | undefined, { fact, files = [], connection, reconciled }: Told): RecorderRun => {
  const ends = fact === 'recording-ended';
  const isFinal = before?.final || (ends && (reconciled || connection === 'signed'));
  return {
    ended: (before?.ended ?? false) || ends,
    files: [...(before?.files ?? []), ...files.filter((file) => !before?.files.some((known) => sameFile(known, file)))],
    ...(isFinal && { final: true }),
  };
};

const told = (before: MediaSession | undefined, data: Told): MediaSession => {
  const session = before ?? begun(data);
  const { fact, consultationId = session.consultationId, occurredAt, presenceId, recorderId, dropped } = data;
  const presence = presenceId === undefined ? undefined : presenceAfter(session.presences[presenceId], data);
  const closedAt = fact === 'session-closed' ? latest(session.closedAt, occurredAt) : session.closedAt;
  return {
    ...session,
    since: earliest(session.since, occurredAt) as string,
    ...(consultationId !== undefined && { consultationId }),
    ...(closedAt !== undefined && { closedAt }),
    ...(presence && presenceId !== undefined && { presences: { ...session.presences, [presenceId]: presence } }),
    ...(recorderId !== undefined && {
      recorders: { ...session.recorders, [recorderId]: runAfter(session.recorders[recorderId], data) },
    }),
    dropped: session.dropped || dropped !== undefined,
  };
};

/** A media session after an event of it, in whatever order they came and however often. */
export const mediaSessionAfter = (
  before: MediaSession | undefined,
  { type, data }: Appended<MediaEvent>,
): MediaSession | undefined => {
  if (type === 'ProviderEventReceived') return told(before, data);
  if (!before) return undefined;
  switch (type) {
    case 'MediaSessionMatched':
      return before.of ? before : { ...before, of: { patientId: data.patientId, consultationId: data.consultationId } };
    case 'MediaSessionReconciled':
      return { ...before, dropped: false };
    case 'MediaSessionSetAside':
      return { ...before, setAside: true };
    case 'RecordingClaimed':
      return withClaim(before, data.claimId, { state: 'claimed', claimed: data });
    case 'RecordingClaimSettled': {
      const { claimId, outcome: state, recordingId, reason } = data;
      return withClaim(before, claimId, {
        ...{ ...before.claims[claimId], state },
        ...(recordingId !== undefined && { recordingId }),
        ...(reason !== undefined && { reason }),
      });
    }
  }
};

const withClaim = (session: MediaSession, claimId: string, claim: Claim): MediaSession => ({
  ...session,
  claims: { ...session.claims, [claimId]: claim },
});

/** Whether this join lasts. A session that was closed has ended all of them. */
const lasts = ({ closedAt }: MediaSession, { from, until }: Presence) =>
  from !== undefined && until === undefined && closedAt === undefined;

/** Who is in the session now, with any device. */
export const presentIn = (session: MediaSession): ReadonlySet<string> =>
  new Set(
    Object.values(session.presences)
      .filter((presence) => lasts(session, presence))
      .map(({ personId }) => personId),
  );

/** Who is or was in the session. One of whom only the leave was told was in it all the same. */
export const wereIn = ({ presences }: MediaSession): ReadonlySet<string> =>
  new Set(
    Object.values(presences)
      .filter(({ aborted }) => !aborted)
      .map(({ personId }) => personId),
  );

/** Files of recorders that have ended. */
export const filesOf = ({ recorders }: MediaSession): readonly RecorderFile[] =>
  Object.values(recorders)
    .filter(({ ended }) => ended)
    .flatMap(({ files }) => files);

/** Whether the server knows more than it has told: it threw events away, or closed a session whose recorder never ended or left no file. */
export const isOwedTo = ({ dropped, closedAt, recorders }: MediaSession): boolean =>
  dropped ||
  (closedAt !== undefined &&
    Object.values(recorders).some(({ ended, files, final }) => !ended || (files.length === 0 && !final)));

/** Where sessions stand that something is still to be done about. */
export const OPEN = 'open';
const SETTLED = 'settled';

const isSettled = (session: MediaSession): boolean => {
  const { of, closedAt, setAside, claims } = session;
  if (Object.values(claims).some(({ state }) => state === 'claimed')) return false;
  if (setAside) return true;
  return (
    of !== undefined &&
    closedAt !== undefined &&
    !isOwedTo(session) &&
    filesOf(session).length <= Object.keys(claims).length
  );
};

export const mediaSessions = projection({
  name: 'media-sessions-v1',
  categories: [mediaStreams],
  shelfOf: (session: MediaSession) => (isSettled(session) ? SETTLED : OPEN),
  initial: (): MediaSession | undefined => undefined,
  on: {
    ProviderEventReceived: mediaSessionAfter,
    MediaSessionMatched: mediaSessionAfter,
    MediaSessionReconciled: mediaSessionAfter,
    MediaSessionSetAside: mediaSessionAfter,
    RecordingClaimed: mediaSessionAfter,
    RecordingClaimSettled: mediaSessionAfter,
  },
  ignores: [],
});
