import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { patientStreams, sessionStreams, viewerStreams } from '../../../events/categories.ts';
import type { RuleSet } from '../../../projections/access-rules.ts';
import type { ViewerTimeline } from '../../../projections/viewer-timeline.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { latest } from '../../flow/latest.ts';
import { Ledger } from '../../ledger/ledger.ts';
import type { SessionOwner } from '../../second-key/evidence.ts';
import { Unbelievable } from '../../second-key/raw-event.ts';
import { StoredLog } from '../log/stored-log.ts';
import {
  judgeAgain,
  type PatientEvidence,
  patientEvidence,
  sessionOf,
  sessionOwner,
  viewerTimeline,
} from '../replay/rejudging.ts';
import type { AnsweredRow, VerdictNow } from './questions.ts';

/** Views of the patients whose evidence is kept during one answer; one patient's is kept however many there are. */
const VIEWS_KEPT = 50_000;
const VIEWERS_KEPT = 1_000;
const SESSIONS_KEPT = 10_000;
const READ_MS = 30_000;

type Known<T> = { readonly value: T | undefined };

/** Judges views of the access history by rules as they are now, on the streams themselves: the index holds no evidence. */
@Injectable()
export class VerdictsNow {
  constructor(
    private readonly ledger: Ledger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * For one answer: each patient and viewer is read once, as long as memory is bounded.
   * @returns adds `verdictNow` to opened rows; rejects with LedgerUnavailable
   */
  by(rules: RuleSet): (rows: readonly AnsweredRow[]) => Promise<AnsweredRow[]> {
    const log = new StoredLog(this.ledger.store);
    const { patientsPerDay: emergencyPatients } = this.config.views.emergency;
    const patients = new LRUCache<string, Known<PatientEvidence>>({
      maxSize: VIEWS_KEPT,
      sizeCalculation: ({ value }) => Math.min(VIEWS_KEPT, 1 + (value?.views.size ?? 0)),
    });
    const viewers = latest<string, Known<ViewerTimeline>>(VIEWERS_KEPT);
    const sessions = latest<string, Known<SessionOwner>>(SESSIONS_KEPT);

    const verdictOn = async ({ viewId = '', viewerId = '', patientId = '' }: AnsweredRow): Promise<VerdictNow> => {
      const read = <T>(kept: LRUCache<string, Known<T>>, stream: string, work: () => Promise<T | undefined>) =>
        this.read(kept, stream, work);
      const evidence = await read(patients, patientStreams.of(patientId), () => patientEvidence(log, patientId));
      const view = evidence?.views.get(viewId);
      const timeline = await read(viewers, viewerStreams.of(viewerId), () => viewerTimeline(log, viewerId));
      if (!evidence || !view || !timeline) return 'unknown';
      const session = sessionOf(evidence.access, view);
      const owner =
        session === undefined
          ? undefined
          : await read(sessions, sessionStreams.of(session), () => sessionOwner(log, session));
      return judgeAgain(evidence, timeline, view, owner, { rules, emergencyPatients }).verdict;
    };
    return async (rows) => {
      const judged: AnsweredRow[] = [];
      for (const row of rows) judged.push(row.kind === 'opened' ? { ...row, verdictNow: await verdictOn(row) } : row);
      return judged;
    };
  }

  /** @returns undefined for a stream that is not believed. @throws LedgerUnavailable */
  private async read<T>(
    kept: LRUCache<string, Known<T>>,
    stream: string,
    work: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const known = kept.get(stream);
    if (known) return known.value;
    const believed = work().catch((error: unknown) => {
      if (error instanceof Unbelievable) return undefined;
      throw error;
    });
    const value = await this.ledger.store.bounded(believed, stream, READ_MS);
    kept.set(stream, { value });
    return value;
  }
}
