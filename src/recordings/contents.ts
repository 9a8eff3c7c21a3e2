import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type OpenRelease, Releases } from '../access/release.ts';
import type { Actor } from '../auth/actor.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import type { PatientEvent } from '../events/patient-events.ts';
import { patientStream } from '../events/streams.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { contentRange, parseRange, RangeNotSatisfiable, type Wanted } from './range.ts';
import { RECORDING_STORE } from './recording-store.provider.ts';
import { recordingKey } from './store/recording-key.ts';
import { type ByteRange, MAX_PRESIGN_SECONDS, type RecordingStore } from './store/recording-store.ts';
import { type TransferReport, transfer } from './transfer.ts';

export type Asked = {
  readonly range?: string | undefined;
  readonly ifRange?: string | undefined;
  /** HEAD: the answer without its body. */
  readonly headOnly: boolean;
};

type Played = Extract<PatientEvent, { type: 'RecordingPlayed' }>['data'];

/** Sends the content of released views, and writes down what was really served. */
@Injectable()
export class Contents implements OnApplicationShutdown {
  private readonly logger = new Logger(Contents.name);
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly releases: Releases,
    private readonly ledger: Ledger,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
    @Inject(RECORDING_STORE) private readonly store: RecordingStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws what `Releases.open` throws, RangeNotSatisfiable, RecordingStoreUnavailable; once bytes flow, nothing;
   * LedgerUnavailable where the viewer is redirected */
  async send(viewId: string, viewer: Actor, asked: Asked, reply: FastifyReply, cause: Cause): Promise<void> {
    const sending = this.answer(viewId, viewer, asked, reply, cause);
    this.underWay.add(sending);
    try {
      await sending;
    } finally {
      this.underWay.delete(sending);
    }
  }

  /** The server is closed by then, but what the last transfers sent may not be written down yet; the ledger is there until it is. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  private async answer(viewId: string, viewer: Actor, asked: Asked, reply: FastifyReply, cause: Cause): Promise<void> {
    const release = await this.releases.open(viewId, viewer.id);
    try {
      const { recording } = release;
      const etag = `"${recording.sha256}"`;
      const wanted = this.wanted(asked, etag, recording.bytes, reply);
      const range = wanted.kind === 'part' ? wanted : { first: 0, last: recording.bytes - 1 };
      if (asked.headOnly || recording.bytes === 0) {
        begin(reply, release, etag, wanted).end();
        return;
      }
      const key = recordingKey({ patientId: release.patientId, recordingId: recording.recordingId });
      if (this.config.recordings.delivery === 'redirect' && this.store.presign) {
        await this.redirect(release, key, reply, cause);
        return;
      }
      const { stream } = await this.store.read(key, { range, signal: release.signal });
      const report = await transfer({
        source: stream,
        sink: begin(reply, release, etag, wanted),
        range,
        stored: { bytes: recording.bytes, sha256: recording.sha256 },
        signal: release.signal,
        idleTimeoutMs: this.config.recordings.idleTimeoutMs,
      });
      await this.played(release, report, cause);
    } catch (error) {
      // Cut before the first byte: the caller is told why, as if they had asked a moment later.
      if (release.signal.aborted) (await this.releases.open(viewId, viewer.id)).close();
      throw error;
    } finally {
      release.close();
    }
  }

  /**
   * Sends the viewer to the store, which can be neither cut nor counted: so it is recorded before they have the address, and
   * where it cannot be recorded they get none.
   */
  private async redirect(release: OpenRelease, key: string, reply: FastifyReply, cause: Cause): Promise<void> {
    const { contentType } = release.recording;
    const left = Math.floor((Date.parse(release.expiresAt) - this.clock.now()) / 1_000);
    const seconds = Math.max(1, Math.min(MAX_PRESIGN_SECONDS, left));
    // The store does not tell browsers to keep to the content type, so nothing but a player is to show what it sends.
    const contentDisposition = disposition('attachment', release);
    const address = await this.store.presign?.(key, seconds, { contentType, contentDisposition });
    await this.append(release, { bytesServed: 0, ranges: [], outcome: 'redirected' }, cause);
    release.signal.throwIfAborted();
    reply.status(307).header('location', address).send();
  }

  private wanted({ range, ifRange }: Asked, etag: string, totalBytes: number, reply: FastifyReply): Wanted {
    try {
      return parseRange({
        etag,
        totalBytes,
        ...(range !== undefined && { range }),
        ...(ifRange !== undefined && { ifRange }),
      });
    } catch (error) {
      if (error instanceof RangeNotSatisfiable) reply.header('content-range', error.contentRange);
      throw error;
    }
  }

  /** A fact that nobody decides on: appended at whatever revision the stream has. */
  private async played(release: OpenRelease, { bytesServed, ranges, outcome, error }: TransferReport, cause: Cause) {
    this.metrics.bytesServed.inc(bytesServed);
    const { viewId } = release;
    if (outcome === 'corrupt' || outcome === 'failed')
      this.logger.error(`the content of view ${viewId} ended ${outcome}: ${String(error)}`);
    await this.append(release, { bytesServed, ranges, outcome }, cause).catch((failure) => {
      // The view itself is in the ledger; only how much of it was watched is lost, and the log says so.
      this.logger.error(
        `what view ${viewId} played (${bytesServed} bytes, ${outcome}) was not recorded: ${String(failure)}`,
      );
    });
  }

  private async append(
    { viewId, viewerId, patientId, consultationId, recording: { recordingId } }: OpenRelease,
    { bytesServed, ranges, outcome }: Pick<Played, 'bytesServed' | 'outcome'> & Pick<TransferReport, 'ranges'>,
    cause: Cause,
  ): Promise<void> {
    const played: PatientEvent = {
      type: 'RecordingPlayed',
      data: {
        ...{ patientId, consultationId, recordingId, viewId, viewerId },
        ...{ bytesServed, ranges: ranges.map(([first, last]): [number, number] => [first, last]), outcome },
      },
    };
    await this.ledger.append(patientStream(patientId), 'any', [played], { ...cause, causationId: viewId });
  }
}

/** Sends the head of the answer and gives the response for its bytes: from here on nothing but this module writes to it. */
const begin = (reply: FastifyReply, release: OpenRelease, etag: string, wanted: Wanted): ServerResponse => {
  const { bytes, contentType } = release.recording;
  const length = wanted.kind === 'part' ? lengthOf(wanted) : bytes;
  reply
    .status(wanted.kind === 'part' ? 206 : 200)
    .header('accept-ranges', 'bytes')
    .header('content-type', contentType)
    .header('content-length', length)
    .header('content-disposition', disposition('inline', release))
    .header('cache-control', 'no-store')
    .header('etag', etag);
  if (wanted.kind === 'part') reply.header('content-range', contentRange(wanted, bytes));
  reply.hijack();
  return reply.raw.writeHead(reply.statusCode, reply.getHeaders() as OutgoingHttpHeaders);
};

const lengthOf = ({ first, last }: ByteRange) => last - first + 1;

const disposition = (how: 'inline' | 'attachment', { recording: { recordingId, contentType } }: OpenRelease): string =>
  `${how}; filename="${recordingId}.${extension(contentType)}"`;

const extension = (contentType: string) => contentType.split('/')[1]?.replace(/^x-/, '') ?? 'bin';
