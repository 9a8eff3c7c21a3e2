import { join } from 'node:path';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../clock.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { ValidationFailed } from '../../http/problems.ts';
import { Ledger } from '../../ledger/ledger.ts';
import { HealthRegistry } from '../../telemetry/health.ts';
import { Metrics } from '../../telemetry/metrics.ts';
import type { Moment } from '../log/moment.ts';
import { HistoryUnavailable } from './errors.ts';
import type { HistoryFile } from './history-file.ts';
import { HistoryIndex, type HistoryReport } from './history-index.ts';
import { HistoryQuestions } from './questions.ts';

/** A cache of the log, as the read models beside it. */
export const historyFolder = (dataDir: string): string => join(dataDir, 'history');

/** How long a question waits for the index to reach what it asks about. */
const WAIT_MS = 2_000;
const MEASURE_EVERY_MS = 5_000;

/** The index, at the position that a question is answered at. */
export type HistoryAt = { readonly asOf: number; readonly questions: HistoryQuestions; readonly file: HistoryFile };

/** The access history of this instance: every exposure of a recording or a consultation, and every control of one. */
@Injectable()
export class AccessHistory implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly index: HistoryIndex | undefined;
  private readonly logger = new Logger('AccessHistory');
  private measuring: NodeJS.Timeout | undefined;

  constructor(
    private readonly ledger: Ledger,
    health: HealthRegistry,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
    @Inject(CONFIG) { dataDir, history }: Config,
  ) {
    if (!history.isKept) return;
    const index = new HistoryIndex(
      ledger.store,
      ledger.feed,
      { dir: historyFolder(dataDir), memoryMb: history.memoryMb },
      (what) => this.log(what),
    );
    this.index = index;
    // Apps are served without it: an index that is built, or fails, keeps no instance from being ready.
    health.register('history', () => {
      if (index.isCurrent) return undefined;
      return index.why ? 'unavailable' : index.isBuilding ? 'building' : 'behind';
    });
  }

  onApplicationBootstrap(): void {
    this.index?.start();
    if (this.index) this.measuring = setInterval(() => void this.measure(), MEASURE_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.measuring);
    await this.index?.stop();
  }

  /**
   * The index as of a moment; without one, as of the newest event of the ledger.
   * @throws ValidationFailed for a moment that has not come, HistoryUnavailable, LedgerUnavailable
   */
  async at(asOf?: Moment): Promise<HistoryAt> {
    const { index } = this;
    if (!index) throw new HistoryUnavailable('this instance keeps no access history (HISTORY_INDEX=off): ask another');
    if (asOf && 'time' in asOf && Date.parse(asOf.time) > this.clock.now()) throw notYet('is in the future');
    const newest = await this.newest(index);
    if (asOf && 'position' in asOf) {
      if (asOf.position > newest) throw notYet(`is after the newest event, which is at ${newest}`);
      await this.reach(index, asOf.position);
      const file = index.opened();
      return { asOf: asOf.position, questions: new HistoryQuestions(file), file };
    }
    // Of a time nothing is certain before an event that came after it, or all of them, are in.
    await this.reach(index, newest);
    const file = index.opened();
    const questions = new HistoryQuestions(file);
    // A ledger without an event is asked about as of the first position: events on record hold no lower one.
    return { asOf: Math.max(0, (asOf && (await questions.positionAt(asOf.time))) ?? newest), questions, file };
  }

  private async newest(index: HistoryIndex): Promise<number> {
    return Number((await this.ledger.store.newestOfLedger()) ?? index.position);
  }

  private async reach(index: HistoryIndex, position: number): Promise<void> {
    if (await index.until(BigInt(position), WAIT_MS)) return;
    if (index.why !== undefined) throw new HistoryUnavailable(index.why);
    throw new HistoryUnavailable(
      `the index is at position ${index.position}, ${BigInt(position) - index.position} behind the question`,
    );
  }

  private async measure(): Promise<void> {
    const { index } = this;
    if (!index) return;
    this.metrics.historyRows.set(index.rows);
    const newest = await this.newest(index).catch(() => undefined);
    if (newest !== undefined) this.metrics.historyLag.set(Math.max(0, newest - Number(index.position)));
  }

  private log(what: HistoryReport): void {
    switch (what.kind) {
      case 'building':
        this.logger.log(`the index is built from the first event: ${what.why}`);
        return;
      case 'progress': {
        const { position, of, rows, rowsPerSecond } = what;
        this.logger.log(`the index is being built: position ${position} of ${of}, ${rows} rows, ${rowsPerSecond}/s`);
        return;
      }
      case 'current':
        this.logger.log(`the index is current after ${Math.round(what.afterMs)} ms, with ${what.rows} rows`);
        return;
      case 'lost':
        this.logger.warn(`the index is not current: ${what.why}`);
        return;
      case 'unreadable':
        this.logger.error(`the history shows revision ${what.revision} of ${what.stream} as unreadable`);
        return;
      case 'unusable':
        this.logger.warn(`the index is not used: ${what.why}`);
        return;
    }
  }
}

const notYet = (message: string) => new ValidationFailed([{ path: 'asOf', message }]);
