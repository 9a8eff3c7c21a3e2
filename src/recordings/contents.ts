import { once } from 'node:events';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { patientStreams } from '../../events/categories.ts';
import { RecordingIsErased } from '../access/errors.ts';
import { TransferCut } from '../access/playing/cuts.ts';
import { type Permit, Permits } from '../access/playing/permits.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { viewRefOf } from '../consultations/refs.ts';
import { KeyRing } from '../keys/keys.module.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { type ByteRange, MAX_PRESIGN_SECONDS, type ObjectStore } from '../objects/object-store.ts';
import type { Actor } from '../request/actor.ts';
import type { RawCredential } from '../second-key/caller.ts';
import { type ContentPermit, ContentPermits } from '../second-key/content-permits.ts';
import { ProofRefused, type RecordingProof, RecordingProofs } from '../second-key/recording-proof.ts';
import { Stops } from '../second-key/stops.ts';
import { forRequest } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { Descriptors } from './descriptors.ts';
import { RecordingCorrupt, RecordingStoreUnavailable } from './errors.ts';
import { type JoinedTransfer, JoinedTransfers } from './joined-transfers.ts';
import { extensionOf } from './media-type.ts';
import { Proofs } from './proofs.ts';
import { ObjectDamaged, openProvedRange, type ProvedRange } from './proved-range.ts';
import { contentRange, parseRange, RangeNotSatisfiable, type Wanted } from './range.ts';
import { recordingKey } from './recording-key.ts';
import { openSealedRecording } from './sealed-range.ts';
import { RECORDING_STORE } from './stores.ts';
import { type TransferReport, transfer } from './transfer.ts';
import { TransferEnds } from './transfer-ends.ts';

export type ContentRequest = {
  readonly range?: string | undefined;
  readonly ifRange?: string | undefined;
  /** HEAD: the answer without its body. */
  readonly headOnly: boolean;
  /** What the caller showed, as it stood on the wire. */
  readonly credential: RawCredential;
};

/** How long a shutdown waits for a store that is away to take the ends of transfers; within the time that a teardown has. */
const ENDS_MS = 4_000;
/** By how much one key may hear of the same event before the other. */
const CUT_LAG_MS = 1_000;
/** As long as the first key lets a transfer continue without the ledger. */
const LOST_GRACE_MS = 5_000;

/** Sends the content of permitted views, and records the bytes really served. */
@Injectable()
export class Contents implements OnApplicationShutdown {
  private readonly logger = new Logger(Contents.name);
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly permits: Permits,
    private readonly contentPermits: ContentPermits,
    private readonly stops: Stops,
    private readonly recordingProofs: RecordingProofs,
    private readonly proofs: Proofs,
    private readonly transfers: JoinedTransfers,
    private readonly ends: TransferEnds,
    private readonly descriptors: Descriptors,
    private readonly ledger: Ledger,
    private readonly metrics: Metrics,
    private readonly keys: KeyRing,
    private readonly clock: Clock,
    @Inject(RECORDING_STORE) private readonly store: ObjectStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws what `Permits.open` throws, RangeNotSatisfiable, RecordingCorrupt, RecordingStoreUnavailable, KeysUnavailable, KeysDestroyed,
   * LedgerUnavailable; once bytes flow, nothing */
  async send(viewId: string, viewer: Actor, request: ContentRequest, reply: FastifyReply, cause: Cause): Promise<void> {
    const sending = this.answer(viewId, viewer, request, reply, { ...cause, causationId: viewId });
    this.underWay.add(sending);
    try {
      await sending;
    } finally {
      this.underWay.delete(sending);
    }
  }

  /** The server is closed by then, but what the last transfers sent may not be written down yet; the ledger is there until it is. */
  async onApplicationShutdown(): Promise<void> {
    this.proofs.stop();
    await Promise.allSettled(this.underWay);
    await this.transfers.settle();
    await this.ends.drained(ENDS_MS);
  }

  private async answer(
    viewId: string,
    viewer: Actor,
    request: ContentRequest,
    reply: FastifyReply,
    cause: Cause,
  ): Promise<void> {
    const permit = await this.permits.open(viewId, viewer.id);
    let second: ContentPermit | undefined;
    try {
      const { patientId, recording } = permit;
      second = await this.secondPermit(permit, viewer, request.credential, cause);
      const { storedRevision, resealedRevision } = second;
      // From here on nothing is taken from the first key's fold: what the bytes must be, and where they are, is as the event says it.
      const wanted = { patientId, recordingId: recording.recordingId, storedRevision, resealedRevision };
      const proof = await this.recordingProofs.of(wanted);
      if (proof.patientId !== patientId || proof.recordingId !== wanted.recordingId)
        throw new ProofRefused(wanted, 'the remembered proof is of another object');
      await this.deliver(permit, second, proof, request, reply, cause);
    } catch (error) {
      // Cut before the first byte: the caller is told why, as if they had asked a moment later.
      if (permit.signal.aborted) (await this.permits.open(viewId, viewer.id)).close();
      if (error instanceof ObjectDamaged || error instanceof ProofRefused)
        await this.refuseCorrupt(permit, second, error, cause);
      throw error;
    } finally {
      permit.close();
    }
  }

  private async deliver(
    permit: Permit,
    second: ContentPermit,
    proof: RecordingProof,
    request: ContentRequest,
    reply: FastifyReply,
    cause: Cause,
  ): Promise<void> {
    const { signal } = permit;
    const etag = `"${proof.sha256}"`;
    const wanted = this.wanted(request, etag, proof.bytes, reply);
    const range = wanted.kind === 'part' ? wanted : { first: 0, last: proof.bytes - 1 };
    if (request.headOnly || proof.bytes === 0) {
      begin(reply, proof, etag, wanted).end();
      return;
    }
    if (this.config.recordings.delivery === 'redirect' && this.store.presign)
      return this.redirect(permit, proof, reply, cause);

    await this.descriptors.requireFree();
    const source = await this.open(proof, range, signal);
    const transferred = await this.recordBegin(permit, range, proof.bytes, source, cause);
    const report = await transfer({
      source,
      sink: begin(reply, proof, etag, wanted),
      range,
      signal,
      idleTimeoutMs: this.config.recordings.idleTimeoutMs,
      mayGoOn: this.goingOn(permit, second, cause),
    });
    await this.played(transferred, report, cause);
  }

  /** @throws ObjectDamaged, KeysUnavailable, KeysDestroyed, RecordingStoreUnavailable, the reason of the signal */
  private async open(proof: RecordingProof, range: ByteRange, signal: AbortSignal): Promise<ProvedRange> {
    const { store } = this;
    const { patientId, recordingId, bytes, sealed } = proof;
    if (sealed)
      return openSealedRecording({ patientId, recordingId, bytes, sealed }, range, {
        ...{ keys: this.keys.opening, store, signal },
      });
    const key = recordingKey(proof);
    return openProvedRange(await this.proofs.chunked(proof, signal), range, { store, key, signal });
  }

  /**
   * The second key's own word on whether this may leave. Where it says no, the first may be about to say so: the caller then gets the first key's answer.
   * @throws Stopped when it does not, with a breach; EvidenceUnavailable, KeysUnavailable
   */
  private async secondPermit(
    permit: Permit,
    viewer: Actor,
    credential: RawCredential,
    cause: Cause,
  ): Promise<ContentPermit> {
    const second = await this.contentPermits.ask(viewRefOf(permit), credential);
    if (second) return second;
    if (await this.isAbortedSoon(permit)) (await this.permits.open(permit.viewId, viewer.id)).close();
    (await this.permits.open(permit.viewId, viewer.id)).close();
    throw await this.disputed(permit, cause);
  }

  /** Before each chunk: whether the second key still lets it leave. */
  private goingOn(permit: Permit, second: ContentPermit, cause: Cause): () => Promise<void> {
    let lastKnown = performance.now();
    return async () => {
      try {
        if (await second.holds()) {
          this.permits.used(permit.viewId);
          lastKnown = performance.now();
          return;
        }
      } catch {
        // While the second key cannot be asked the transfer continues for a moment, as with the first key.
        if (performance.now() - lastKnown < LOST_GRACE_MS) return;
        throw new TransferCut('ledger-lost');
      }
      if (await this.isAbortedSoon(permit)) throw permit.signal.reason;
      await this.disputed(permit, cause);
      throw new TransferCut('disputed');
    };
  }

  /** The same event reaches both keys, one a moment before the other. */
  private async isAbortedSoon({ signal }: Permit): Promise<boolean> {
    if (!signal.aborted) {
      const waited = AbortSignal.timeout(CUT_LAG_MS);
      await once(AbortSignal.any([signal, waited]), 'abort');
    }
    return signal.aborted;
  }

  private disputed(permit: Permit, cause: Cause): Promise<Error> {
    const { patientId, consultationId, recordingId, viewerId } = permit;
    return this.stops.record(
      { reason: 'content-disputed', owners: [{ patientId, consultationId, recordingId }] },
      { viewerId, route: 'GET /v1/views/:viewId/content', cause },
    );
  }

  /**
   * On record before the first byte: whatever happens to this process, the store or the connection, it is known that so much may have left.
   * @throws LedgerUnavailable, the reason of the permit's signal
   */
  private async recordBegin(
    permit: Permit,
    range: ByteRange,
    totalBytes: number,
    source: ProvedRange,
    cause: Cause,
  ): Promise<JoinedTransfer> {
    try {
      const transferred = await this.transfers.begin(permit, range, totalBytes, cause);
      if (!permit.signal.aborted) return transferred;
      void this.transfers.ended(transferred, { bytesServed: 0, ranges: [], outcome: 'cut' });
      throw permit.signal.reason;
    } catch (error) {
      source.close();
      throw error;
    }
  }

  /**
   * Sends the viewer to the store, which can be neither cut nor counted: so the object is proved whole and it is recorded before they have
   * the address, and where that cannot be they get none.
   */
  private async redirect(permit: Permit, proof: RecordingProof, reply: FastifyReply, cause: Cause): Promise<void> {
    await this.proofs.whole(proof, permit.signal);
    const left = Math.floor((Date.parse(permit.expiresAt) - this.clock.now()) / 1_000);
    const seconds = Math.max(1, Math.min(MAX_PRESIGN_SECONDS, left));
    // The store does not tell browsers to keep to the content type, so nothing but a player is to show what it sends.
    const response = { contentType: proof.contentType, contentDisposition: disposition('attachment', proof) };
    const address = await this.store.presign?.(recordingKey(proof), seconds, response);
    await this.transfers.sent(permit, { first: 0, last: proof.bytes - 1 }, cause);
    permit.signal.throwIfAborted();
    reply.status(307).header('location', address).send();
  }

  private wanted({ range, ifRange }: ContentRequest, etag: string, totalBytes: number, reply: FastifyReply): Wanted {
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

  private async played(transferred: JoinedTransfer, report: TransferReport, cause: Cause): Promise<void> {
    const { bytesServed, outcome, error } = report;
    const { viewId } = transferred.view;
    this.metrics.bytesServed.inc(bytesServed);
    if (outcome === 'corrupt' || outcome === 'failed')
      this.logger.error(`the content of view ${viewId} ended ${outcome}: ${String(error)}`, forRequest(cause));
    await this.transfers.ended(transferred, report);
  }

  /**
   * Nothing left, and it is on record that nothing could: the monitor opens the breach from it.
   * @throws RecordingCorrupt; RecordingIsErased where the object is gone because the recording is, RecordingStoreUnavailable where another took its place
   */
  private async refuseCorrupt(
    permit: Permit,
    second: ContentPermit | undefined,
    error: Error,
    cause: Cause,
  ): Promise<never> {
    const { viewId, recording } = permit;
    await this.requireStillThere(permit, second);
    this.logger.error(`the content of view ${viewId} was not sent: ${error.message}`, forRequest(cause));
    await this.transfers.damaged(permit, cause);
    throw new RecordingCorrupt(recording.recordingId, { cause: error });
  }

  /** Erased or sealed a moment ago, perhaps: then the object is missing for a reason. */
  private async requireStillThere({ patientId, recording }: Permit, second: ContentPermit | undefined): Promise<void> {
    let resealedRevision: number | undefined;
    for await (const event of this.ledger.store.read(patientStreams.of(patientId), recording.storedRevision)) {
      const { type, data, revision } = event;
      if (type === 'RecordingErased' && data.recordingId === recording.recordingId) throw new RecordingIsErased();
      if (type === 'RecordingResealed' && data.recordingId === recording.recordingId) resealedRevision = revision;
    }
    if (second && resealedRevision !== second.resealedRevision)
      throw new RecordingStoreUnavailable('the recording was sealed in this moment; ask again');
  }
}

/** Sends the head of the answer and gives the response for its bytes: from here on nothing but this module writes to it. */
const begin = (reply: FastifyReply, proof: RecordingProof, etag: string, wanted: Wanted): ServerResponse => {
  const { bytes, contentType } = proof;
  const length = wanted.kind === 'part' ? lengthOf(wanted) : bytes;
  reply
    .status(wanted.kind === 'part' ? 206 : 200)
    .header('accept-ranges', 'bytes')
    .header('content-type', contentType)
    .header('content-length', length)
    .header('content-disposition', disposition('inline', proof))
    .header('cache-control', 'no-store')
    .header('etag', etag);
  if (wanted.kind === 'part') reply.header('content-range', contentRange(wanted, bytes));
  reply.hijack();
  return reply.raw.writeHead(reply.statusCode, reply.getHeaders() as OutgoingHttpHeaders);
};

const lengthOf = ({ first, last }: ByteRange) => last - first + 1;

const disposition = (how: 'inline' | 'attachment', { recordingId, contentType }: RecordingProof): string =>
  `${how}; filename="${recordingId}.${extensionOf(contentType)}"`;
