import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Erasure } from '../../projections/erasure.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { DomainError } from '../errors.ts';
import { Rounds } from '../flow/rounds.ts';
import { KeysUnavailable } from '../keys/errors.ts';
import { KeyRing } from '../keys/keys.module.ts';
import type { Cause } from '../ledger/ledger.ts';
import { Custody } from '../recordings/custody.ts';
import { HealthRegistry } from '../telemetry/health.ts';
import { erasedOf } from './certificate.ts';
import { begin, finish, isDue } from './decide.ts';
import { Erasures } from './erasures.ts';

const ACTOR = 'erasure';
/** How long a start waits for the erasures to be known; after that the application is up, not ready, and uses no key. */
const START_WAIT_MS = 5_000;
const FIRST_AFTER_MS = 50;
const ROUND_MS = 1_000;
const HOUR_MS = 3_600_000;
const AT_ONCE = 16;

/**
 * Carries out what officers decided. Each step can be repeated, and done by several instances at once:
 *
 *   approved ─its time has come─▶ begun ─▶ PatientErased (both keys refuse) ─▶ keys destroyed ─▶ objects deleted ─▶ id forgotten ─▶ erased
 *
 * Deadlines are in events, so that a restart loses none. Before keys are used at all, and every hour after that, all erasures that have begun are
 * applied again: an older copy of the key store, or of the recordings, may have brought keys or objects back.
 */
@Injectable()
export class Erasing implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Erasure');
  private readonly rounds = new Rounds(() => this.look(), { firstAfterMs: FIRST_AFTER_MS, everyMs: ROUND_MS });
  private destroyedAt = Number.NEGATIVE_INFINITY;
  private removedAt = Number.NEGATIVE_INFINITY;
  private complained = new Map<string, string>();

  constructor(
    private readonly erasures: Erasures,
    private readonly custody: Custody,
    private readonly keys: KeyRing,
    private readonly clock: Clock,
    private readonly health: HealthRegistry,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    // Without keys there is none that a restored copy could have brought back.
    if (keys.destroying)
      health.register('erasures', () => {
        if (this.destroyedAt === Number.NEGATIVE_INFINITY)
          throw new Error('the erasures in the ledger are still being applied');
      });
    erasures.onBegun((patientId) => this.keys.destroying?.refuse(patientId));
  }

  /** Before the first request, where the ledger can be read by then. */
  async onApplicationBootstrap(): Promise<void> {
    if (this.keys.destroying && (await this.erasures.current(START_WAIT_MS)))
      await this.look(() => this.destroyAgain());
    this.rounds.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.rounds.stop();
  }

  /** One round, now. @throws what keeps the erasures from being known or applied; that of one alone keeps no other */
  async round(): Promise<void> {
    if (!this.erasures.isCurrent) return;
    if (isLongAgo(this.destroyedAt)) await this.destroyAgain();
    if (isLongAgo(this.removedAt)) await this.removeAgain();
    for (const { erasure } of this.erasures.all('approved'))
      if (isDue(erasure, this.clock.now())) await this.alone(erasure, () => this.begin(erasure));
    for (const { erasure } of this.erasures.all('begun')) await this.alone(erasure, () => this.carryOut(erasure));
  }

  private get begun(): readonly Erasure[] {
    return [...this.erasures.all('begun'), ...this.erasures.all('erased')].map(({ erasure }) => erasure);
  }

  /** All of them, before any key is used: a recording could be opened by what an older copy of the key store brought back. */
  private async destroyAgain(): Promise<void> {
    const keys = this.keys.destroying;
    await eachOf(this.begun, async ({ patientId, keyIds }) => {
      // One that is not done yet is carried out in a moment: until then its keys are not used.
      if (keyIds) {
        await keys?.destroyAgain(patientId, keyIds);
        await this.keys.ids?.forget(patientId, new Date(this.clock.now()));
      } else keys?.refuse(patientId);
    });
    this.keys.use();
    this.destroyedAt = performance.now();
  }

  private async removeAgain(): Promise<void> {
    this.removedAt = performance.now();
    await eachOf(this.begun, (erasure) =>
      this.alone(erasure, async () => {
        const removed = await this.custody.removeObjects(erasure.patientId, this.rounds.signal);
        if (removed > 0)
          this.logger.warn(`removed ${removed} objects that came back after erasure ${erasure.erasureId}`);
      }),
    );
  }

  private async begin({ erasureId }: Erasure): Promise<void> {
    // What cannot be taken back is not begun by an instance that is not well: its clock may be wrong, or its stores away.
    if (!(await this.health.readiness()).ready) return;
    const { erasure } = await this.erasures.decide(erasureId, (it) => begin(it, this.clock.now()), cause());
    if (erasure.status === 'begun') this.logger.log(`erasure ${erasureId} has begun`);
  }

  private async carryOut({ erasureId, patientId }: Erasure): Promise<void> {
    const keys = this.keys.destroying;
    if (!keys) throw new KeysUnavailable('KEYS_KMS is not set, and an erasure has begun');
    const found = await this.custody.erasePatient({ patientId, erasureId }, cause());
    const keyIds = await keys.destroy(patientId, [...new Set(found.flatMap(({ keyId }) => keyId ?? []))]);
    // Listed again until there is none: an upload that was under way at the fence takes its own away.
    while ((await this.custody.removeObjects(patientId, this.rounds.signal)) > 0) this.rounds.signal.throwIfAborted();
    const now = this.clock.now();
    await this.keys.ids?.forget(patientId, new Date(now));
    const done = {
      recordings: found.map(({ recordingId, keyId }) => ({ recordingId, sealed: keyId !== undefined })),
      ...{ keyIds, erasedAt: new Date(now).toISOString() },
      keyBackupsUntil: new Date(now + this.config.erasure.keyBackupsMs).toISOString(),
    };
    const decide = (it: Erasure | undefined) => (it?.status === 'begun' ? finish(it, erasedOf(it, done)) : []);
    await this.erasures.decide(erasureId, decide, cause());
    this.logger.log(`erasure ${erasureId} is done: ${keyIds.length} keys, ${found.length} recordings`);
  }

  /** One that cannot be done now is tried again in the next round, and keeps no other from being done. */
  private async alone({ erasureId }: Erasure, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.complained.delete(erasureId);
    } catch (error) {
      this.complain(erasureId, `erasure ${erasureId} does not go on now`, error);
    }
  }

  private async look(work = () => this.round()): Promise<void> {
    try {
      await work();
      this.complained.delete('all');
    } catch (error) {
      this.complain('all', 'erasures are not applied now', error);
    }
  }

  /** Once for each reason, and not for each round. */
  private complain(about: string, what: string, error: unknown): void {
    if (this.rounds.signal.aborted) return;
    const why = error instanceof DomainError ? error.message : String(error);
    if (this.complained.get(about) !== why) this.logger.warn(`${what}: ${why}`);
    this.complained.set(about, why);
  }
}

const isLongAgo = (at: number): boolean => performance.now() - at > HOUR_MS;

const cause = (): Cause => ({ actor: { id: ACTOR, roles: [] }, requestId: uuidv7() });

const eachOf = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const left = items.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of left) await work(item);
    }),
  );
};
