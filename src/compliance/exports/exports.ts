import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import {
  type AuditorEvent,
  type ExportFormat,
  type ExportPurpose,
  PATIENTS_NAMED,
  type Recipient,
} from '../../../events/auditor-events.ts';
import { auditorStreams } from '../../../events/categories.ts';
import { type ExportStatus, exportJobs, type TrackedExport } from '../../../projections/exports.ts';
import { exposureKinds } from '../../../projections/history.ts';
import { Clock } from '../../clock.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import type { Page } from '../../flow/page.ts';
import { ValidationFailed } from '../../http/problems.ts';
import { ERASED_TEXT, EventSeals } from '../../keys/event-seals.ts';
import { KeyRing } from '../../keys/keys.module.ts';
import type { LiveFolds } from '../../ledger/folds.ts';
import { type Cause, Ledger } from '../../ledger/ledger.ts';
import type { ReadModel } from '../../ledger/read/read-model.ts';
import { ReadModels } from '../../ledger/read/read-models.ts';
import { NoSuchObject, NotAnObject, type ObjectStore } from '../../objects/object-store.ts';
import { ExportCorrupt, ExportIsExpired, ExportNotFound } from '../errors.ts';
import { AccessHistory } from '../history/access-history.ts';
import { EVENTS_AN_APPEND } from '../history/auditors.ts';
import type { HistoryQuestion } from '../history/questions.ts';
import type { Moment } from '../log/moment.ts';
import { ACCOUNTED_YEARS, accountedKinds } from './accounting.ts';
import { approve, cancel, download, expire, fail, fileOf, make } from './decide.ts';
import { type ExportsOfOfficer, evolveExports, noExports } from './evolve.ts';
import { openedFile } from './sealing.ts';
import { EXPORT_STORE, exportKey } from './stores.ts';

export type ExportRequest = {
  readonly format: ExportFormat;
  readonly filter: HistoryQuestion;
  readonly asOf?: Moment | undefined;
  readonly purpose: ExportPurpose;
  readonly recipient?: Recipient | undefined;
};

export type Download = {
  readonly job: TrackedExport;
  readonly parts: AsyncIterable<Uint8Array>;
  /** Lets go of the file. */
  readonly close: () => void;
};

/** How long a file is kept. */
export const KEPT_MS = 7 * 86_400_000;
const SHOWN_WITHIN_MS = 1_000;

type Decide = (jobs: ExportsOfOfficer) => readonly AuditorEvent[];

/** The exports of the access history: asked for, approved, made, fetched, removed; each on the stream of the officer who asked. */
@Injectable()
export class Exports {
  private readonly folds: LiveFolds<ExportsOfOfficer, AuditorEvent>;
  private readonly model: ReadModel<TrackedExport, AuditorEvent>;

  constructor(
    private readonly ledger: Ledger,
    models: ReadModels,
    private readonly history: AccessHistory,
    private readonly clock: Clock,
    private readonly seals: EventSeals,
    private readonly keys: KeyRing,
    @Inject(EXPORT_STORE) private readonly store: ObjectStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.folds = ledger.folds(auditorStreams, { initial: noExports, evolve: evolveExports });
    this.model = models.of(exportJobs);
  }

  /** @throws ValidationFailed, HistoryUnavailable, LedgerUnavailable */
  async request({ format, filter, asOf, purpose, recipient }: ExportRequest, cause: Cause): Promise<TrackedExport> {
    const question = this.questionOf(format, filter);
    const at = await this.history.at(asOf);
    const { rows, patientIds } = await at.questions.extent(question, at.asOf);
    const people = patientIds.length;
    const { kind, ...restrictions } = question;
    const data = {
      ...{ auditorId: cause.actor.id, exportId: uuidv7(), format, asOf: at.asOf, purpose, rows, people },
      filter: { ...restrictions, ...(kind && { kind: [...kind] }) },
      ...(recipient && { recipient }),
      needsApproval: people > this.config.exports.approvalPeople,
    };
    const requested: AuditorEvent = { type: 'ExportRequested', data };
    const stream = auditorStreams.of(cause.actor.id);
    const { events, revision } = await this.ledger.handle(this.folds, stream, () => [requested], cause);
    const [asked] = events;
    const { exportId } = asked?.type === 'ExportRequested' ? asked.data : data;
    await this.model.untilShown(exportId, revision, SHOWN_WITHIN_MS);
    return this.get(exportId);
  }

  /** @throws ExportNotFound, OwnExport, ExportIsClosed, LedgerUnavailable */
  approve(exportId: string, cause: Cause): Promise<TrackedExport> {
    return this.decide(exportId, (jobs) => approve(jobs, { exportId, by: cause.actor.id }), cause);
  }

  /** @throws ExportNotFound, ExportIsClosed, LedgerUnavailable */
  cancel(exportId: string, cause: Cause): Promise<TrackedExport> {
    return this.decide(exportId, (jobs) => cancel(jobs, { exportId, by: cause.actor.id }), cause);
  }

  /** @throws ExportNotFound, LedgerUnavailable */
  get(exportId: string): TrackedExport {
    const job = this.model.get(exportId);
    if (!job) throw new ExportNotFound();
    return job;
  }

  /** A page, newest first. @throws LedgerUnavailable */
  list({
    status,
    before,
    limit,
  }: {
    status?: ExportStatus | undefined;
    before?: number | undefined;
    limit: number;
  }): Page<TrackedExport, number> {
    const { items, next } = this.model.page({
      ...(status !== undefined && { shelf: status }),
      ...(before !== undefined && { before }),
      limit,
    });
    return { items: items.map(({ view }) => view), next };
  }

  /** Hears of every change, and how it was before, once all that is there is known. */
  listen(listener: (job: TrackedExport, before: TrackedExport | undefined) => void): () => void {
    return this.model.listen(({ before, after }) => listener(after, before));
  }

  /** Until when the file can be fetched; undefined while there is none. */
  expiresAt({ madeAt }: TrackedExport): number | undefined {
    return madeAt === undefined ? undefined : Date.parse(madeAt) + KEPT_MS;
  }

  /**
   * The file, open to be read, for an officer who is on record by then for having fetched it, with every patient whose history is in it.
   * @throws ExportNotFound, ExportNotReady, ExportIsExpired, ExportCorrupt, ExportStoreUnavailable, HistoryUnavailable, LedgerUnavailable
   */
  async download(exportId: string, cause: Cause): Promise<Download> {
    const job = this.get(exportId);
    const file = this.fileOf(job);
    const { questions } = await this.history.at({ position: job.asOf });
    const { patientIds } = await questions.extent(questionIn(job), job.asOf);
    const opened = await this.opened(job, file).catch((error) => {
      throw error instanceof NoSuchObject || error instanceof NotAnObject ? new ExportCorrupt({ cause: error }) : error;
    });
    try {
      await this.recordDownload(job, patientIds, cause);
    } catch (error) {
      opened.close();
      throw error;
    }
    return { job, ...opened };
  }

  private async opened(
    { exportId, requestedBy }: TrackedExport,
    { attemptId, bytes, sealed }: NonNullable<TrackedExport['file']>,
  ): Promise<Omit<Download, 'job'>> {
    const of = { exportId, requestedBy, attemptId };
    if (sealed) return openedFile(of, { sealed, bytes }, { keys: this.keys.opening, store: this.store });
    const { stream, totalBytes } = await this.store.read(exportKey(of));
    const close = () => void stream.destroy();
    if (totalBytes === bytes) return { parts: stream, close };
    close();
    throw new ExportCorrupt();
  }

  /** Whom it is for, of an export with an outside recipient. @throws KeysUnavailable, KeyStoreUnavailable */
  async recipientOf({ recipient, askedIn, requestedBy }: TrackedExport): Promise<Recipient | undefined> {
    if (recipient === undefined) return undefined;
    const owner = { personId: requestedBy, eventId: askedIn, field: 'recipient' };
    return (await this.seals.open(recipient, owner)) ?? { name: ERASED_TEXT };
  }

  /** The file of an export that can be fetched now. @throws ExportNotReady, ExportIsExpired */
  fileOf(job: TrackedExport): NonNullable<TrackedExport['file']> {
    const file = fileOf(job);
    if (this.clock.now() >= (this.expiresAt(job) ?? 0)) throw new ExportIsExpired();
    return file;
  }

  /**
   * The file is whole.
   * @returns false where another instance was first, or the export was cancelled: then this file is none
   */
  async made(
    job: TrackedExport,
    file: NonNullable<TrackedExport['file']> & { readonly rows: number; readonly heldRows?: number },
    cause: Cause,
  ): Promise<boolean> {
    const { exportId, people } = job;
    const { events, revision } = await this.handle(job, (jobs) => make(jobs, { exportId, people, ...file }), cause);
    await this.model.untilShown(exportId, revision, SHOWN_WITHIN_MS);
    return events.length > 0;
  }

  async failed(job: TrackedExport, reason: string, cause: Cause): Promise<void> {
    const { revision } = await this.handle(job, (jobs) => fail(jobs, { exportId: job.exportId, reason }), cause);
    await this.model.untilShown(job.exportId, revision, SHOWN_WITHIN_MS);
  }

  /** Whether it is still to be made, by the stream it is decided on. @throws LedgerUnavailable */
  async isQueued({ exportId, requestedBy }: TrackedExport): Promise<boolean> {
    const { state } = await this.folds.get(auditorStreams.of(requestedBy));
    return state.get(exportId)?.status === 'queued';
  }

  /** From now on it cannot be fetched. */
  async expire(job: TrackedExport, cause: Cause): Promise<void> {
    await this.handle(job, (jobs) => expire(jobs, job.exportId), cause);
  }

  private questionOf(format: ExportFormat, filter: HistoryQuestion): HistoryQuestion {
    if (format === 'fhir') return filter;
    if (format !== 'accounting') return { ...filter, kind: filter.kind ?? exposureKinds };
    const { patientId, from = this.accountedFrom(), to, ...others } = filter;
    const wrong = Object.entries(others).filter(([, value]) => value !== undefined);
    if (wrong.length > 0)
      throw new ValidationFailed(
        wrong.map(([name]) => ({ path: `filter.${name}`, message: 'is no part of an accounting of disclosures' })),
      );
    if (patientId === undefined)
      throw new ValidationFailed([
        { path: 'filter.patientId', message: 'is needed: an accounting of disclosures is of one patient' },
      ]);
    return { patientId, from, ...(to !== undefined && { to }), kind: accountedKinds };
  }

  private accountedFrom(): string {
    const from = new Date(this.clock.now());
    from.setUTCFullYear(from.getUTCFullYear() - ACCOUNTED_YEARS);
    return from.toISOString();
  }

  private async decide(exportId: string, decide: Decide, cause: Cause): Promise<TrackedExport> {
    const { revision } = await this.handle(this.get(exportId), decide, cause);
    await this.model.untilShown(exportId, revision, SHOWN_WITHIN_MS);
    return this.get(exportId);
  }

  private handle({ requestedBy }: TrackedExport, decide: Decide, cause: Cause) {
    return this.ledger.handle(this.folds, auditorStreams.of(requestedBy), decide, cause);
  }

  /** The first events are decided at the stream's revision, so that a file that is removed meanwhile is not fetched. */
  private async recordDownload(job: TrackedExport, patientIds: readonly string[], cause: Cause): Promise<void> {
    const { exportId, requestedBy: auditorId, format, purpose } = job;
    const recipient = await this.recipientOf(job);
    const one = { auditorId, exportId, downloadId: uuidv7(), downloadedBy: cause.actor.id, format, purpose };
    const parts = Array.from({ length: Math.max(1, Math.ceil(patientIds.length / PATIENTS_NAMED)) }, (_, part) => ({
      ...{ ...one, part, ...(recipient && { recipient }) },
      patientIds: patientIds.slice(part * PATIENTS_NAMED, (part + 1) * PATIENTS_NAMED),
    }));
    for (let i = 0; i < parts.length; i += EVENTS_AN_APPEND)
      await this.handle(job, (jobs) => download(jobs, parts.slice(i, i + EVENTS_AN_APPEND)), cause);
  }
}

/** The question of an export, as it is asked of the index. */
export const questionIn = ({ filter }: Pick<TrackedExport, 'filter'>): HistoryQuestion => filter as HistoryQuestion;
