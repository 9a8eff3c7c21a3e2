import { hash } from 'node:crypto';
import { join } from 'node:path';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { auditorStreams } from '../../../events/categories.ts';
import type { RuleSettings } from '../../../events/rule-events.ts';
import { currentRules, type RuleSet, referenceOf } from '../../../projections/access-rules.ts';
import { Clock } from '../../clock.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { ValidationFailed } from '../../http/problems.ts';
import { EventSeals } from '../../keys/event-seals.ts';
import { IdempotencyKeyReused } from '../../ledger/errors.ts';
import { eventIdFor } from '../../ledger/event-id.ts';
import { type Cause, Ledger } from '../../ledger/ledger.ts';
import { Rules } from '../../rules/rules.ts';
import { forRequest } from '../../telemetry/logger.ts';
import type { Moment } from '../log/moment.ts';
import { StoredLog } from '../log/stored-log.ts';
import {
  type BacktestProgress,
  type BacktestResult,
  BacktestStopped,
  backtest,
  backtestRun,
  type Difference,
} from './backtest.ts';
import { BacktestFiles, type BacktestJob, type KeptResult } from './backtest-files.ts';
import { BacktestNotFound, BacktestUnderWay } from './errors.ts';
import { backtestRuleChange } from './rule-change.ts';

export type BacktestRequest = {
  /** One of the two: a rule set of this build, or a rule beyond one patient with other settings. */
  readonly rules?: RuleSet | undefined;
  readonly change?: { readonly rule: string; readonly settings: RuleSettings } | undefined;
  readonly from?: Moment | undefined;
  readonly to?: Moment | undefined;
};

/** `interrupted`: the instance ended before it did. */
export type BacktestAnswer = Omit<BacktestJob, 'status' | 'requestHash'> & {
  readonly status: BacktestJob['status'] | 'interrupted';
  /** How far it is, 0 to 1, while it runs. */
  readonly progress?: number;
} & Partial<KeptResult>;

/** Enough to look at; the command line gives them all. */
const DIFFERENCES_KEPT = 10_000;
/** Far more backtests than an officer runs before the instance that ran them is asked. */
const EVENTS_LOOKED_AT = 1_000;

/** Two sides of a backtest, and how they are compared. */
type Comparison = {
  /** What it is called. */
  readonly rules: string;
  readonly run: (
    within: { readonly from: Moment | undefined; readonly to: Moment },
    found: (difference: Difference) => void,
    progress: BacktestProgress,
    isStopped: () => boolean,
  ) => Promise<BacktestResult>;
};

type Running = { readonly job: BacktestJob; readonly progress: { position: bigint; events: number }; stopped: boolean };

/** Backtests by compliance officers, who are on record for each before they see its result. */
@Injectable()
export class Backtests implements OnApplicationShutdown {
  private readonly logger = new Logger('Backtests');
  private readonly files: BacktestFiles;
  private running: Running | undefined;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly ledger: Ledger,
    private readonly clock: Clock,
    private readonly rules: Rules,
    private readonly seals: EventSeals,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.files = new BacktestFiles(join(config.dataDir, 'backtests'));
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.running) this.running.stopped = true;
    await this.work;
  }

  /**
   * Begins one; the same caller and Idempotency-Key are given the first.
   * @throws ValidationFailed, RuleNotFound, BacktestUnderWay, BacktestStoreUnavailable, IdempotencyKeyReused, LedgerUnavailable
   */
  async begin(auditorId: string, { rules, change, from, to }: BacktestRequest, cause: Cause): Promise<BacktestAnswer> {
    const { idempotency } = cause;
    const backtestId = idempotency ? eventIdFor('backtest', JSON.stringify([auditorId, idempotency.key])) : uuidv7();
    const requestHash = idempotency && hash('sha256', JSON.stringify(idempotency.request), 'hex');
    const before = await this.files.job(backtestId);
    if (before) {
      if (before.requestHash !== requestHash) throw new IdempotencyKeyReused();
      return this.answer(before);
    }
    const asOf = Number((await this.ledger.store.newestOfLedger()) ?? 0n);
    this.assertWithin({ from, to }, asOf);
    const what = await this.comparison(rules, change);
    if (this.running) throw new BacktestUnderWay(this.running.job.backtestId);
    const job: BacktestJob = {
      ...{ backtestId, auditorId, ...(requestHash && { requestHash }), rules: what.rules },
      ...{ ...(from && { from }), ...(to && { to }), asOf },
      ...{ requestedAt: new Date(this.clock.now()).toISOString(), status: 'running' },
    };
    const running = { job, progress: { position: 0n, events: 0 }, stopped: false };
    this.running = running;
    try {
      await this.files.keepJob(job);
    } catch (error) {
      this.running = undefined;
      throw error;
    }
    this.work = this.run(running, what, cause);
    return this.answer(job);
  }

  /** @throws BacktestNotFound, LedgerUnavailable */
  async get(backtestId: string): Promise<BacktestAnswer> {
    const job = await this.files.job(backtestId);
    if (!job) throw new BacktestNotFound();
    return this.answer(job);
  }

  private async answer({ requestHash: _, ...job }: BacktestJob): Promise<BacktestAnswer> {
    const { running } = this;
    if (job.status === 'running' && running?.job.backtestId === job.backtestId) {
      const progress = job.asOf === 0 ? 1 : Math.min(1, Number(running.progress.position) / job.asOf);
      return { ...job, progress: Math.round(progress * 100) / 100 };
    }
    // Killed after the result was on record and before its job said so.
    const digest = job.digest ?? (job.status === 'running' ? await this.digestOnRecord(job) : undefined);
    if (digest === undefined) return { ...job, status: job.status === 'running' ? 'interrupted' : job.status };
    return { ...job, status: 'finished', digest, ...(await this.files.result(digest)) };
  }

  private async digestOnRecord({ auditorId, backtestId }: BacktestJob): Promise<string | undefined> {
    let looked = 0;
    for await (const { type, data } of this.ledger.store.readBackwards(auditorStreams.of(auditorId))) {
      if (type === 'BacktestRun' && data.backtestId === backtestId) return data.digest;
      if (++looked >= EVENTS_LOOKED_AT) return undefined;
    }
    return undefined;
  }

  /** @throws ValidationFailed, RuleNotFound, LedgerUnavailable */
  private async comparison(rules: RuleSet | undefined, change: BacktestRequest['change']): Promise<Comparison> {
    const log = new StoredLog(this.ledger.store);
    if (!change) {
      const judged = rules ?? currentRules;
      const { patientsPerDay: emergencyPatients } = this.config.views.emergency;
      const question = { rules: judged, against: currentRules, emergencyPatients };
      return { rules: referenceOf(judged), run: (within, ...how) => backtest(log, { ...question, ...within }, ...how) };
    }
    const question = await this.rules.preview(change.rule, change.settings);
    return {
      rules: question.rules,
      run: (within, ...how) => backtestRuleChange(log, this.seals, { ...question, ...within }, ...how),
    };
  }

  private assertWithin({ from, to }: Pick<BacktestRequest, 'from' | 'to'>, newest: number): void {
    for (const [path, moment] of [['from', from] as const, ['to', to] as const]) {
      if (moment && 'position' in moment && moment.position > newest)
        throw new ValidationFailed([{ path, message: `is after the newest event, which is at ${newest}` }]);
      if (moment && 'time' in moment && Date.parse(moment.time) > this.clock.now())
        throw new ValidationFailed([{ path, message: 'is in the future' }]);
    }
    const isAfter =
      (from && to && 'position' in from && 'position' in to && from.position > to.position) ||
      (from && to && 'time' in from && 'time' in to && from.time > to.time);
    if (isAfter) throw new ValidationFailed([{ path: 'to', message: 'is before from' }]);
  }

  /** Never rejects: how it ended is what its job says. */
  private async run(running: Running, { run }: Comparison, cause: Cause): Promise<void> {
    const { job, progress } = running;
    try {
      const differences: Difference[] = [];
      const { from, to = { position: job.asOf } } = job;
      const keep = (difference: Difference) => {
        if (differences.length < DIFFERENCES_KEPT) differences.push(difference);
      };
      const result = await run({ from, to }, keep, progress, () => running.stopped);
      const digest = await this.files.keepResult({ result, differences });
      await this.record(job, result, digest, cause);
      await this.files.keepJob({ ...job, status: 'finished', digest });
      await this.files.prune();
    } catch (error) {
      // After a restart it says that it was interrupted.
      if (error instanceof BacktestStopped) return;
      const why = error instanceof Error ? error.message : String(error);
      this.logger.warn(`backtest ${job.backtestId} failed: ${why}`, forRequest(cause));
      await this.files
        .keepJob({ ...job, status: 'failed', why })
        .catch((failure: unknown) => this.logger.error(`what became of it is not on file: ${String(failure)}`));
    } finally {
      this.running = undefined;
    }
  }

  private async record(
    { backtestId, auditorId }: BacktestJob,
    result: BacktestResult,
    digest: string,
    cause: Cause,
  ): Promise<void> {
    const event = {
      ...backtestRun({ auditorId, backtestId }, result, digest),
      id: eventIdFor('backtest-run', backtestId),
    };
    await this.ledger.appendOnce(auditorStreams.of(auditorId), event, { ...cause, idempotency: undefined });
  }
}
