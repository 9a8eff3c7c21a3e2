import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { drillSchedule } from '../../events/categories.ts';
import type { DrillScheduleEvent } from '../../events/drill-events.ts';
import { type DrillSchedule, drillScheduleFold } from '../../projections/drill.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { DomainError } from '../errors.ts';
import { Rounds } from '../flow/rounds.ts';
import { Incidents } from '../incidents/incidents.ts';
import type { LiveFolds } from '../ledger/folds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { dueAt, miss, schedule } from './decide.ts';
import { Drills } from './drills.ts';
import { Outcomes, WATCH } from './outcomes.ts';

const ROUND_MS = 2_000;
const RUNNING_AT_ONCE = 100;

/**
 * Reports drills that are over, and says when one was missed. Every instance does, from the same events: whichever appends first did it. What
 * came due while none was there is done at the start.
 */
@Injectable()
export class DrillWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Drills');
  private readonly folds: LiveFolds<DrillSchedule, DrillScheduleEvent>;
  private readonly rounds = new Rounds(() => this.look(), { firstAfterMs: ROUND_MS, everyMs: ROUND_MS });
  private isScheduled = false;
  private complained = '';

  constructor(
    private readonly ledger: Ledger,
    private readonly drills: Drills,
    private readonly outcomes: Outcomes,
    private readonly incidents: Incidents,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.folds = ledger.folds(drillSchedule, drillScheduleFold);
  }

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.rounds.stop();
  }

  /** One round, now. @throws LedgerUnavailable */
  async round(): Promise<void> {
    // A drill that this instance has not heard of is no drill that was missed.
    if (!this.drills.isCurrent) return;
    for (const { drill } of this.drills.list({ status: 'running', limit: RUNNING_AT_ONCE }).items) {
      this.rounds.signal.throwIfAborted();
      await this.outcomes.report(drill.drillId);
    }
    await this.lookForMissed();
  }

  private async lookForMissed(): Promise<void> {
    const now = this.clock.now();
    const { everyDays } = this.config.drills;
    let { state } = await this.folds.get(drillSchedule.stream);
    // Once, when it starts: while instances are replaced by ones with another setting, both kinds are there.
    if (!this.isScheduled) state = await this.decide((before) => schedule(before, everyDays, now));
    this.isScheduled = true;
    if (!state || state.everyDays === 0) return;
    const last = this.drills.lastBegunAt();
    const due = dueAt(state, last);
    if (due === undefined || now < due) return;
    // The same incident, however often and by however many instances it is opened.
    const about = new Date(due).toISOString();
    const incidentId = await this.incidents.openOperations({ reason: 'drill-missed', about }, cause());
    await this.decide((before) => miss(before, last, { now, incidentId }));
  }

  private async decide(decide: (state: DrillSchedule) => readonly DrillScheduleEvent[]): Promise<DrillSchedule> {
    return (await this.ledger.handle(this.folds, drillSchedule.stream, decide, cause())).state;
  }

  private async look(): Promise<void> {
    try {
      await this.round();
      this.complained = '';
    } catch (error) {
      if (this.rounds.signal.aborted) return;
      const why = error instanceof DomainError ? error.message : String(error);
      if (why !== this.complained) this.logger.warn(`drills are not looked after now: ${why}`);
      this.complained = why;
    }
  }
}

const cause = (): Cause => ({ actor: { id: WATCH, roles: [] }, requestId: uuidv7() });
