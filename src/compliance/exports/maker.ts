import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { TrackedExport } from '../../../projections/exports.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { DomainError } from '../../errors.ts';
import { Pauses } from '../../flow/back-off.ts';
import { Changes } from '../../flow/changes.ts';
import { EventSeals } from '../../keys/event-seals.ts';
import { KeyRing } from '../../keys/keys.module.ts';
import type { Cause } from '../../ledger/ledger.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { Persons } from '../accesses/persons.ts';
import { AccessHistory } from '../history/access-history.ts';
import { openedRows } from '../history/opened-rows.ts';
import type { AnsweredRow } from '../history/questions.ts';
import { Exports, questionIn } from './exports.ts';
import { contentOf, files } from './formats.ts';
import { sealingFor } from './sealing.ts';
import { EXPORT_STORE, exportKey } from './stores.ts';

/** How far an instance is with the export it makes. */
export type Progress = { readonly rows: number; readonly of: number };

export const MAKER = 'export-maker';
/** Folder below `DATA_DIR` for files that are not whole yet. */
export const MAKING = 'exports-making';

/** A store that is away for this many tries is not waited for any longer. */
const TRIES = 8;
const PAUSES = { firstMs: 500, longestMs: 60_000 };
/** How often those who watch are told how far an export is. */
const TELL_EVERY_MS = 1_000;
/** A change that was missed is found by then. */
const LOOK_EVERY_MS = 5_000;
const OLDEST_AMONG = 500;

/** The export is no longer to be made here: cancelled, or made by another instance. */
class NoLongerAsked extends Error {}

/**
 * Makes the exports that officers asked for, one at a time, oldest first. An instance that dies leaves the request, and the next instance
 * that finds it starts over: from the same question, as of the same position, so that the file is the same.
 */
@Injectable()
export class ExportMaker implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Exports');
  private readonly changes = new Changes();
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private leave: () => void = () => {};
  private awake = true;
  private readonly watchers = new Set<(job: TrackedExport) => void>();
  private current:
    | { readonly exportId: string; readonly abort: AbortController; rows: number; held: number; of: number }
    | undefined;
  /** Of exports that did not succeed here so far. */
  private readonly tries = new Map<string, { count: number; notBefore: number; readonly pauses: Pauses }>();

  constructor(
    private readonly exports: Exports,
    private readonly history: AccessHistory,
    private readonly persons: Persons,
    private readonly seals: EventSeals,
    private readonly keys: KeyRing,
    @Inject(EXPORT_STORE) private readonly store: ObjectStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.config.history.isKept) return;
    this.leave = this.exports.listen((job) => this.changed(job));
    this.running = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.leave();
    this.stopping.abort(new Error('the server is stopping'));
    this.current?.abort.abort(this.stopping.signal.reason);
    this.wake();
    await this.running;
  }

  /** How far an export is, where this instance makes it. */
  progressOf(exportId: string): Progress | undefined {
    const { current } = this;
    return current?.exportId === exportId ? { rows: current.rows, of: current.of } : undefined;
  }

  /** Calls the watcher with the export that is made here: once a second at most, while it gets further and until it is decided. */
  watch(watcher: (job: TrackedExport) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  private changed({ exportId, status }: TrackedExport): void {
    if (this.current?.exportId === exportId && status !== 'queued')
      this.current.abort.abort(new NoLongerAsked(`the export is ${status}`));
    if (status !== 'queued') this.tries.delete(exportId);
    this.wake();
  }

  private wake(): void {
    this.awake = true;
    this.changes.announce();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.awake = false;
      const job = this.next();
      if (job) await this.tryToMake(job);
      else await this.changes.until(() => this.awake, LOOK_EVERY_MS);
    }
  }

  /** The oldest that may be tried now. */
  private next(): TrackedExport | undefined {
    try {
      const { items } = this.exports.list({ status: 'queued', limit: OLDEST_AMONG });
      return items.findLast(({ exportId }) => performance.now() >= (this.tries.get(exportId)?.notBefore ?? 0));
    } catch (error) {
      if (error instanceof DomainError) return undefined; // The list is not known right now.
      throw error;
    }
  }

  private async tryToMake(job: TrackedExport): Promise<void> {
    const { exportId } = job;
    const abort = new AbortController();
    const current = { exportId, abort, rows: 0, held: 0, of: job.rows };
    this.current = current;
    let told = 0;
    const telling = setInterval(() => {
      if (abort.signal.aborted || current.rows === told) return;
      told = current.rows;
      this.tell(job);
    }, TELL_EVERY_MS);
    try {
      await this.make(job, abort.signal);
      this.tries.delete(exportId);
    } catch (error) {
      await this.putOff(job, abort.signal.aborted ? abort.signal.reason : error);
    } finally {
      clearInterval(telling);
      this.current = undefined;
    }
  }

  private tell(job: TrackedExport): void {
    for (const watcher of this.watchers)
      try {
        watcher(job);
      } catch (error) {
        this.logger.error(`how far export ${job.exportId} is was not told: ${String(error)}`);
      }
  }

  private async make(job: TrackedExport, signal: AbortSignal): Promise<void> {
    const { exportId, format, asOf } = job;
    if (!(await this.exports.isQueued(job))) throw new NoLongerAsked('the export was decided meanwhile');
    const { questions } = await this.history.at({ position: asOf });
    const parts = openedRows(questions.rows(questionIn(job), { asOf, order: 'oldest' }), this.seals);
    const { fhirSource, dataDir, history } = this.config;
    const content = contentOf[format](this.counted(await this.unheld(job, parts), signal), {
      ...{ fhirSource, signal, dir: join(dataDir, MAKING), memoryMb: history.memoryMb },
    });
    const attemptId = uuidv7();
    const key = exportKey({ exportId, attemptId });
    const sha256 = createHash('sha256');
    let bytes = 0;
    const hashed = (async function* () {
      for await (const part of content) {
        const piece = typeof part === 'string' ? Buffer.from(part) : viewOf(part);
        sha256.update(piece);
        bytes += piece.length;
        yield piece;
      }
    })();
    const sealed = await sealingFor(this.keys.sealing, { ...job, attemptId });
    const body = Readable.from(sealed ? sealed.sealing.through(hashed) : hashed, { highWaterMark: 2 });
    await this.store.write(key, body, { contentType: files[format].contentType, signal });
    const { rows = 0, held = 0 } = this.current ?? {};
    const made = { attemptId, sha256: sha256.digest('hex'), bytes, rows, ...(sealed && { sealed: sealed.sealed }) };
    const file = held > 0 ? { ...made, heldRows: held } : made;
    // Where the answer to this is lost, the file stays: the event may name it. The sweep removes those that no event names.
    if (await this.exports.made(job, file, this.cause(job))) {
      this.logger.log(`made export ${exportId}: ${file.rows} rows, ${bytes} bytes`);
      return;
    }
    await this.store.delete(key);
    throw new NoLongerAsked('the export was made by another instance, or cancelled');
  }

  /**
   * An accounting is for the patient: it leaves out the rows that a hold keeps from them while it is made (45 CFR 164.528(a)(2)). All else is for others.
   * @throws LedgerUnavailable where it is not known whether there is one
   */
  private async unheld(
    { format, filter }: TrackedExport,
    parts: AsyncIterable<readonly AnsweredRow[]>,
  ): Promise<AsyncIterable<readonly AnsweredRow[]>> {
    const { patientId } = filter;
    if (format !== 'accounting' || patientId === undefined) return parts;
    const { covers } = await this.persons.heldFrom(await this.persons.of(patientId));
    return this.without(({ viewerId }) => viewerId !== undefined && covers(viewerId), parts);
  }

  private async *without(isHeld: (row: AnsweredRow) => boolean, parts: AsyncIterable<readonly AnsweredRow[]>) {
    for await (const rows of parts) {
      const left = rows.filter((row) => !isHeld(row));
      if (this.current) this.current.held += rows.length - left.length;
      yield left;
    }
  }

  private async *counted(parts: AsyncIterable<readonly AnsweredRow[]>, signal: AbortSignal) {
    for await (const rows of parts) {
      signal.throwIfAborted();
      yield rows;
      if (this.current) this.current.rows += rows.length;
    }
  }

  /** A store that is away comes back; an export that fails for another reason, or too often, is recorded as failed. */
  private async putOff(job: TrackedExport, error: unknown): Promise<void> {
    const { exportId } = job;
    if (this.stopping.signal.aborted) return;
    const isAway = error instanceof DomainError && error.retryAfterSeconds !== undefined;
    const isLedger = error instanceof DomainError && /^(ledger|history)-/.test(error.code);
    const tried = this.tries.get(exportId) ?? { count: 0, notBefore: 0, pauses: new Pauses(PAUSES) };
    tried.count += 1;
    tried.notBefore = performance.now() + tried.pauses.next();
    this.tries.set(exportId, tried);
    // It is listed as queued for a moment more.
    if (error instanceof NoLongerAsked) return;
    this.logger.warn(`export ${exportId} is not made, try ${tried.count}: ${String(error)}`);
    if ((isAway || isLedger) && tried.count < TRIES) return;
    const reason = error instanceof DomainError ? error.code : 'internal-error';
    try {
      await this.exports.failed(job, reason, this.cause(job));
      this.tries.delete(exportId);
    } catch (failure) {
      this.logger.warn(`that export ${exportId} failed is not on record: ${String(failure)}`);
    }
  }

  private cause({ exportId }: TrackedExport): Cause {
    return { actor: { id: MAKER, roles: [] }, requestId: exportId };
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);
