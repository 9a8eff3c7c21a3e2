import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Id, Sha256Hex } from '../../../events/values.ts';
import { refusalOfDisk } from '../../flow/disk.ts';
import { type BacktestResult, type Difference, digestOf, digestOfAll } from './backtest.ts';
import { BacktestStoreUnavailable } from './errors.ts';

const Moment = z.union([z.strictObject({ time: z.string() }), z.strictObject({ position: z.int().nonnegative() })]);

/** A backtest that was asked for. Until it says otherwise it has not finished. */
const Job = z.object({
  backtestId: z.uuid(),
  auditorId: Id,
  /** SHA-256 of the request that an Idempotency-Key came with. */
  requestHash: Sha256Hex.optional(),
  rules: z.string(),
  from: Moment.optional(),
  to: Moment.optional(),
  asOf: z.int().nonnegative(),
  requestedAt: z.string(),
  status: z.enum(['running', 'finished', 'failed']),
  digest: Sha256Hex.optional(),
  why: z.string().optional(),
});
export type BacktestJob = z.output<typeof Job>;

/** A result with the first of its differences. */
export type KeptResult = { readonly result: BacktestResult; readonly differences: readonly Difference[] };

/** So many jobs are remembered by this instance, the newest; each has its result by then or never. */
const JOBS_KEPT = 200;

/**
 * The backtests of this instance: a job by its id, a result by its digest. What a result says is in the log, too: another run of the
 * backtest, anywhere, has the same digest.
 */
export class BacktestFiles {
  constructor(private readonly dir: string) {}

  async job(backtestId: string): Promise<BacktestJob | undefined> {
    const text = await read(this.jobFile(backtestId));
    return text === undefined ? undefined : Job.parse(JSON.parse(text));
  }

  /** @throws BacktestStoreUnavailable where the disk refuses */
  async keepJob(job: BacktestJob): Promise<void> {
    await this.keep(this.jobFile(job.backtestId), job);
  }

  /** @returns undefined where it is not there, or is not what its name says */
  async result(digest: string): Promise<KeptResult | undefined> {
    const text = await read(this.resultFile(digest));
    if (text === undefined) return undefined;
    const kept = JSON.parse(text) as KeptResult;
    const { result, differences } = kept;
    const isWhole = differences.length === result.newlyFlagged + result.noLongerFlagged + result.flaggedOtherwise;
    if (digestOf(result) !== digest || (isWhole && digestOfAll(differences) !== result.differences)) return undefined;
    return kept;
  }

  async keepResult(kept: KeptResult): Promise<string> {
    const digest = digestOf(kept.result);
    await this.keep(this.resultFile(digest), kept);
    return digest;
  }

  /** Forgets the oldest, and results that no job leads to any more. Ids of jobs are not in order where a caller's key made them. */
  async prune(): Promise<void> {
    const names = (await readdir(this.dir).catch(() => [])).filter((name) => name.endsWith('.json'));
    if (names.length <= JOBS_KEPT) return;
    const jobs = await Promise.all(names.map((name) => this.job(name.slice(0, -'.json'.length))));
    const newest = jobs.flatMap((job) => job ?? []).sort((a, b) => (a.requestedAt < b.requestedAt ? 1 : -1));
    for (const { backtestId } of newest.splice(JOBS_KEPT)) await rm(this.jobFile(backtestId), { force: true });
    const wanted = new Set(newest.map(({ digest }) => `${digest}.json`));
    for (const name of await readdir(join(this.dir, 'results')))
      if (!wanted.has(name)) await rm(join(this.dir, 'results', name), { force: true });
  }

  /** Never half a file under its own name. */
  private async keep(file: string, value: unknown): Promise<void> {
    const part = `${file}.part`;
    try {
      await mkdir(join(this.dir, 'results'), { recursive: true, mode: 0o700 });
      await writeFile(part, JSON.stringify(value), { mode: 0o600 });
      await rename(part, file);
    } catch (error) {
      await rm(part, { force: true }).catch(() => undefined);
      const refusal = refusalOfDisk(error);
      throw refusal === undefined ? error : new BacktestStoreUnavailable(refusal, { cause: error });
    }
  }

  private jobFile(backtestId: string): string {
    return join(this.dir, `${backtestId}.json`);
  }

  private resultFile(digest: string): string {
    return join(this.dir, 'results', `${digest}.json`);
  }
}

const read = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
