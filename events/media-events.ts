import { z } from 'zod';
import type { EventOf } from './event.ts';
import { Id, ProviderId, ReasonCode, Sha256Hex, UtcTime } from './values.ts';

const session = { mediaSessionId: ProviderId };

/** Which connection told: LiveKit, or any other server by the signed hook. */
export const MediaConnection = z.enum(['livekit', 'signed']);

/** What a media server can tell of a session. */
export const MediaFact = z.enum([
  'session-opened',
  'session-closed',
  'participant-joined',
  'participant-left',
  /** Tried to join, and never was in. */
  'participant-aborted',
  'recording-began',
  'recording-ended',
  /** Something else; kept for what it says of events that were thrown away. */
  'other',
]);

/** A key of a bucket: ids and digits between slashes, and never a path upwards. */
export const BucketKey = z
  .string()
  .regex(
    /^(?!.*(?:^|\/)\.{0,2}(?:\/|$))[A-Za-z0-9_.=/-]{1,512}$/,
    'must be 1 to 512 letters, digits, "_", ".", "=", "-" and "/"',
  );
export const BucketName = z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket');

/** A file that a recorder put into a bucket, as far as its server tells. Times are of the first and the last frame. */
export const RecorderFile = z.object({
  bucket: BucketName.optional(),
  key: BucketKey,
  versionId: z.string().max(1_024).optional(),
  bytes: z.int().nonnegative().optional(),
  sha256: Sha256Hex.optional(),
  durationSeconds: z.number().nonnegative().optional(),
  from: UtcTime.optional(),
  until: UtcTime.optional(),
});

/** What media servers tell of one media session, and which of its files were claimed, on `media-<mediaSessionId>`. */
export const mediaEvents = {
  /** Once for each id that the server gave to what it told, in the order in which it came, which is no order. */
  ProviderEventReceived: z.object({
    ...session,
    connection: MediaConnection,
    /** The server's id of it; one that was found by asking its API is called after the finding. */
    providerEventId: Id,
    fact: MediaFact,
    /** By the server's clock. */
    occurredAt: UtcTime,
    /** What the room is called, where that is an id. */
    consultationId: Id.optional(),
    /** One join of one person: a second device is another. */
    presenceId: ProviderId.optional(),
    /** Whom the server says it is: a fact, and never a right. */
    personId: Id.optional(),
    /** One run of the recorder. */
    recorderId: ProviderId.optional(),
    files: z.array(RecorderFile).optional(),
    /** How many events before this one the server says that it threw away. */
    dropped: z.int().positive().optional(),
    /** Found by asking the server, who had not told or whose message did not arrive. */
    reconciled: z.literal(true).optional(),
  }),
  /** Of which consultation it is: one of its participants was in it, in a room that is called after the consultation. */
  MediaSessionMatched: z.object({ ...session, patientId: Id, consultationId: Id }),
  /** The server was asked; what it knew and this ledger did not is recorded before this. */
  MediaSessionReconciled: z.object({ ...session, asked: UtcTime }),
  /** No more is waited for: it matches no consultation, or its end was never told. */
  MediaSessionSetAside: z.object({ ...session, reason: z.enum(['unmatched', 'silent']) }),
  /** An object of the recorder's bucket is taken over: this version of it, and no other bytes. */
  RecordingClaimed: z.object({
    ...session,
    claimId: Id,
    patientId: Id,
    consultationId: Id,
    bucket: BucketName,
    key: BucketKey,
    /** The store's version where the bucket keeps versions, and the ETag. */
    versionId: z.string().max(1_024).optional(),
    etag: z.string().min(1).max(256),
    bytes: z.int().nonnegative(),
  }),
  /** Copied and stored, or refused. `reason`: the problem's code; one without a `RecordingClaimed` was not there to be claimed. */
  RecordingClaimSettled: z.object({
    ...session,
    claimId: Id,
    outcome: z.enum(['stored', 'quarantined', 'refused']),
    recordingId: Id.optional(),
    reason: ReasonCode.optional(),
  }),
};

export type MediaEvent = EventOf<typeof mediaEvents>;
export type MediaFact = z.infer<typeof MediaFact>;
export type MediaConnection = z.infer<typeof MediaConnection>;
export type RecorderFile = z.infer<typeof RecorderFile>;
