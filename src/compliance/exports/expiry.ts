import { join } from 'node:path';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../../clock.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { DomainError } from '../../errors.ts';
import { Rounds } from '../../flow/rounds.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { ExportNotFound } from '../errors.ts';
import { Exports } from './exports.ts';
import { MAKING } from './maker.ts';
import { sweepParquet } from './parquet.ts';
import { EXPORT_STORE, exportKey, exportOf } from './stores.ts';

const HOUR_MS = 3_600_000;
const FIRST_AFTER_MS = 60_000;
/** Longer than an export can take between its last byte and its event. */
const GRACE_MS = 24 * HOUR_MS;
const PAGE = 100;

/** Removes files whose time is over, and files that no event names. Every step can be repeated and done by several instances at once. */
@Injectable()
export class ExportExpiry implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Exports');
  private readonly rounds = new Rounds(() => this.tidyUp(), { firstAfterMs: FIRST_AFTER_MS, everyMs: HOUR_MS });

  constructor(
    private readonly exports: Exports,
    private readonly clock: Clock,
    @Inject(EXPORT_STORE) private readonly store: ObjectStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.rounds.stop();
  }

  /** One round, now. @throws LedgerUnavailable, ExportStoreUnavailable */
  async round(): Promise<void> {
    const { signal } = this.rounds;
    // The event first: a file that is not to be fetched any more may be there for a while, and one that is must be.
    let before: number | undefined;
    do {
      const { items, next } = this.exports.list({ status: 'made', before, limit: PAGE });
      for (const job of items) {
        signal.throwIfAborted();
        if (!job.file || this.clock.now() < (this.exports.expiresAt(job) ?? 0)) continue;
        await this.exports.expire(job, { actor: { id: 'export-expiry', roles: [] }, requestId: uuidv7() });
        await this.store.delete(exportKey({ exportId: job.exportId, attemptId: job.file.attemptId }), signal);
        this.logger.log(`removed the file of export ${job.exportId}`);
      }
      before = next ?? undefined;
    } while (before !== undefined);
    await this.sweep();
  }

  private async sweep(): Promise<void> {
    const { signal } = this.rounds;
    const untouchedSince = this.clock.now() - GRACE_MS;
    for await (const page of this.store.list(signal))
      for (const { key, modifiedAt } of page)
        if (modifiedAt.getTime() < untouchedSince && this.isLeftOver(key)) await this.store.delete(key, signal);
    await this.store.sweepIncomplete(new Date(untouchedSince), signal);
    await sweepParquet(join(this.config.dataDir, MAKING), this.clock.now());
  }

  /** Of an export that this ledger does not know nothing is removed: the store may be another ledger's. */
  private isLeftOver(key: Parameters<typeof exportOf>[0]): boolean {
    const { exportId, attemptId } = exportOf(key);
    try {
      const { status, file } = this.exports.get(exportId);
      return status !== 'made' || file?.attemptId !== attemptId;
    } catch (error) {
      if (error instanceof ExportNotFound) return false;
      throw error;
    }
  }

  private async tidyUp(): Promise<void> {
    try {
      await this.round();
    } catch (error) {
      if (error instanceof DomainError) this.logger.warn(`exports are not tidied up now: ${error.message}`);
      else if (!this.rounds.signal.aborted) this.logger.error(`exports are not tidied up: ${String(error)}`);
    }
  }
}
