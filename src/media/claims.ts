import type { Readable } from 'node:stream';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { MediaEvent, RecorderFile } from '../../events/media-events.ts';
import { type Claim, filesOf, type MediaSession, type Presence } from '../../projections/media-session.ts';
import { BreachFlags } from '../breaches/flags.ts';
import { Commands } from '../command-path/commands.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { Patients } from '../consultations/patients.ts';
import type { ConsultationRef } from '../consultations/refs.ts';
import { DomainError, type ErrorCode } from '../errors.ts';
import { eventIdFor } from '../ledger/event-id.ts';
import type { Cause } from '../ledger/ledger.ts';
import type { PinnedObject, SourceObject, SourceObjects } from '../objects/source-objects.ts';
import { FileRecording } from '../recordings/commands.ts';
import { typeOfFile } from '../recordings/media-type.ts';
import { type RecordingAnswer, recordingAnswer } from '../recordings/uploads.ts';
import { ClaimedObjectDiffers, ClaimNotAllowed, ClaimStoreUnavailable } from './errors.ts';
import { MediaSessions } from './sessions.ts';
import { partOf } from './told.ts';

/** A file that a recorder made and that did not become a recording. */
export const NOT_KEPT = 'recording-not-kept';

export type ClaimRecording = ConsultationRef &
  Omit<RecorderFile, 'bucket' | 'from' | 'until'> & {
    readonly mediaSessionId: string;
    readonly bucket: string;
    readonly contentType?: string | undefined;
    /** Whether the recorder ran while the session did. */
    readonly isOfSession?: boolean;
  };

/** The clocks of a recorder and of the media server may be so far apart. */
const APART_MS = 60_000;

/** Of objects that were stored without a type of their own, the one that their key tells. */
const typeOf = ({ key, contentType = '' }: PinnedObject): string =>
  /^(video|audio)\//.test(contentType) ? contentType : (typeOfFile(key) ?? contentType);

/** Waiting does not change these: the claim is over. */
const isFinal = (error: unknown): error is DomainError =>
  error instanceof DomainError && error.retryAfterSeconds === undefined && !WAITED_FOR.has(error.code);
const WAITED_FOR: ReadonlySet<ErrorCode> = new Set([
  'ledger-unavailable',
  'ledger-contention',
  'upload-incomplete',
  'upload-stalled',
]);

/**
 * Takes recordings over from the buckets where recorders leave them. A claim takes one state of one object, which is read once, hashed,
 * and copied under a key of this ledger's own; the recorder's object is not read after that, and no address is ever fetched.
 */
@Injectable()
export class Claims implements OnApplicationShutdown {
  private readonly logger = new Logger(Claims.name);
  private objects: Promise<SourceObjects> | undefined;
  private readonly underWay = new Map<string, Promise<RecordingAnswer>>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly sessions: MediaSessions,
    private readonly patients: Patients,
    private readonly commands: Commands,
    private readonly flags: BreachFlags,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Error('the server is stopping'));
    await Promise.allSettled(this.underWay.values());
    (await this.objects)?.close();
  }

  /**
   * The recording that a claim led to; claimed again it is the same one, and nothing is read.
   * @throws ClaimNotAllowed, ClaimedObjectDiffers, ClaimStoreUnavailable, and what filing a recording throws
   */
  async claim(wanted: ClaimRecording, cause: Cause): Promise<RecordingAnswer> {
    if (!this.isAllowed(wanted)) throw new ClaimNotAllowed();
    const pinned = await this.pin(wanted);
    const { mediaSessionId, patientId, consultationId } = wanted;
    const { bucket, key, versionId, etag, bytes } = pinned;
    const claimId = eventIdFor(
      'claim',
      JSON.stringify([patientId, consultationId, mediaSessionId, bucket, key, versionId ?? etag]),
    );
    const settled = await this.settled(wanted, claimId);
    if (settled) return settled;
    const already = this.underWay.get(claimId);
    // Each caller is answered with an object of its own: the second key sends none to two requests.
    if (already) return { ...(await already) };
    const data = {
      ...{ mediaSessionId, claimId, patientId, consultationId, bucket, key, etag, bytes },
      ...(versionId !== undefined && { versionId }),
    };
    const work = this.sessions
      .note({ type: 'RecordingClaimed', data }, eventIdFor('recording-claimed', claimId), cause)
      .then(() => this.take(claimId, wanted, pinned, cause))
      .finally(() => this.underWay.delete(claimId));
    this.underWay.set(claimId, work);
    return work;
  }

  /** Claims the files of a session's recorders that are not claimed yet, one after the other, and says of each what became of it. */
  async claimFiles(session: MediaSession, of: ConsultationRef, cause: Cause): Promise<void> {
    for (const file of filesOf(session)) {
      if (this.stopping.signal.aborted) return;
      const bucket = file.bucket ?? this.placeOf(file.key)?.bucket;
      const isSettled = Object.values(session.claims).some(
        (claim) => isOf(claim, file.key, bucket) && claim.state !== 'claimed',
      );
      if (isSettled || session.claims[fileId(session, file)]) continue;
      await this.claimFile({ session, of, file: { ...file, bucket }, cause }).catch((error: unknown) =>
        this.logger.warn(`a file of media session ${session.mediaSessionId} is claimed later: ${String(error)}`),
      );
    }
  }

  private async claimFile({ session, of, file, cause }: FileClaim): Promise<void> {
    const { from, until, bucket, ...more } = file;
    const { mediaSessionId } = session;
    try {
      if (bucket === undefined) throw new ClaimNotAllowed();
      const isOfSession = isWithin(session, from, until);
      await this.claim({ ...of, mediaSessionId, bucket, ...more, isOfSession }, cause);
    } catch (error) {
      if (!isFinal(error)) throw error;
      await this.notKept({ ...of, mediaSessionId, fileId: fileId(session, file), reason: error.code }, cause);
    }
  }

  /** A file that a recorder named, or should have, and that is not kept: for the desk. @throws LedgerUnavailable */
  async notKept(
    { mediaSessionId, fileId: claimId, reason, ...of }: Partial<ConsultationRef> & NotKept,
    cause: Cause,
  ): Promise<void> {
    await this.flags.flag(
      {
        breachId: eventIdFor(NOT_KEPT, claimId),
        ...{ severity: 'review', rule: NOT_KEPT, ...of, contentReleased: false },
      },
      cause,
    );
    await this.settle({ mediaSessionId, claimId, outcome: 'refused', reason }, cause);
  }

  /** A claim is settled once, by the first that says how. @throws LedgerUnavailable */
  private settle(data: Settled, cause: Cause): Promise<boolean> {
    return this.sessions.note(
      { type: 'RecordingClaimSettled', data },
      eventIdFor('claim-settled', data.claimId),
      cause,
    );
  }

  /** What an earlier claim of the same bytes led to. */
  private async settled(
    { patientId, consultationId, mediaSessionId }: ClaimRecording,
    claimId: string,
  ): Promise<RecordingAnswer | undefined> {
    const recordingId = (await this.sessions.get(mediaSessionId)).state?.claims[claimId]?.recordingId;
    if (recordingId === undefined) return undefined;
    const { state, revision } = await this.patients.get(patientId);
    const filed = state.ledger.consultations.get(consultationId)?.recordings.get(recordingId);
    if (!filed || filed.state === 'erased') return undefined;
    return recordingAnswer(filed, consultationId, revision);
  }

  private async take(
    claimId: string,
    wanted: ClaimRecording,
    pinned: PinnedObject,
    cause: Cause,
  ): Promise<RecordingAnswer> {
    const { patientId, consultationId, mediaSessionId, isOfSession, durationSeconds, sha256 } = wanted;
    const claim = { mediaSessionId, claimId };
    const signal = this.stopping.signal;
    let body: Readable | undefined;
    try {
      body = await (await this.source()).read(pinned, signal);
      const filed = await this.commands.execute(
        new FileRecording(
          {
            ...{ patientId, consultationId, mediaSessionId, body, signal, caller: 'service' },
            ...{ contentType: wanted.contentType ?? typeOf(pinned), declaredBytes: pinned.bytes, durationSeconds },
            // The store's own word for these bytes stands in for a digest that the recorder did not give.
            ...{ expectedSha256: sha256, isPinned: true, isOfSession },
          },
          { ...cause, idempotency: { key: claimId, request: claimId } },
        ),
      );
      const { state, recordingId } = filed;
      await this.settle({ ...claim, outcome: state === 'quarantined' ? state : 'stored', recordingId }, cause);
      return filed;
    } catch (error) {
      if (isFinal(error)) await this.settle({ ...claim, outcome: 'refused', reason: error.code }, cause);
      throw error;
    } finally {
      body?.destroy();
    }
  }

  private async pin({ bucket, key, versionId, bytes }: ClaimRecording): Promise<PinnedObject> {
    const pinned = await (await this.source()).pin({ bucket, key, versionId });
    if (bytes === undefined || pinned.bytes === bytes) return pinned;
    throw new ClaimedObjectDiffers(`it has ${pinned.bytes} bytes, and ${bytes} were claimed`);
  }

  /** Loading the client is a good part of a start, and most instances claim nothing. */
  private source(): Promise<SourceObjects> {
    this.objects ??= opened(this.config.media.claims);
    return this.objects;
  }

  private isAllowed({ bucket, key }: SourceObject): boolean {
    return this.config.media.claims.places.some((place) => place.bucket === bucket && key.startsWith(place.prefix));
  }

  /** Where a recorder that names no bucket left a file: the first place that has such keys. */
  private placeOf(key: string) {
    return this.config.media.claims.places.find(({ prefix }) => key.startsWith(prefix));
  }
}

const opened = async (where: Config['media']['claims']): Promise<SourceObjects> => {
  const { SourceObjects: Objects } = await import('../objects/source-objects.ts');
  return new Objects({ ...where, gone: ClaimedObjectDiffers, unavailable: ClaimStoreUnavailable });
};

type FileClaim = {
  readonly session: MediaSession;
  readonly of: ConsultationRef;
  readonly file: RecorderFile & { readonly bucket: string | undefined };
  readonly cause: Cause;
};

type Settled = Extract<MediaEvent, { type: 'RecordingClaimSettled' }>['data'];

type NotKept = { readonly mediaSessionId: string; readonly fileId: string; readonly reason: string };

const fileId = ({ mediaSessionId }: MediaSession, { key }: Pick<RecorderFile, 'key'>): string =>
  eventIdFor('recorder-file', partOf(mediaSessionId, key));

const isOf = ({ claimed }: Claim, key: string, bucket: string | undefined): boolean =>
  claimed?.key === key && claimed.bucket === bucket;

/** Whether a recorder ran while people were in the session, as far as either says. */
export const isWithin = (
  { presences, closedAt }: Pick<MediaSession, 'presences' | 'closedAt'>,
  from: string | undefined,
  until: string | undefined,
): boolean => {
  const times = (side: keyof Pick<Presence, 'from' | 'until'>) =>
    Object.values(presences)
      .flatMap((presence) => presence[side] ?? [])
      .map((time) => Date.parse(time));
  const begun = times('from');
  const ends = [...times('until'), ...(closedAt === undefined ? [] : [Date.parse(closedAt)])];
  const isTooSoon = from !== undefined && begun.length > 0 && Date.parse(from) < Math.min(...begun) - APART_MS;
  const isOver = Object.values(presences).every((presence) => presence.until !== undefined) || closedAt !== undefined;
  const isTooLate =
    until !== undefined && isOver && ends.length > 0 && Date.parse(until) > Math.max(...ends) + APART_MS;
  return !isTooSoon && !isTooLate;
};
