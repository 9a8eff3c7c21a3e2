import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { breachStreams, incidentStreams } from '../../../events/categories.ts';
import type { IncidentEvent } from '../../../events/incident-events.ts';
import { CLOCKED, type ClockedIncident, clockedFold, incidentClocks } from '../../../projections/incident-clocks.ts';
import { Clock } from '../../clock.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { DomainError } from '../../errors.ts';
import { latest } from '../../flow/latest.ts';
import { timerMs } from '../../flow/timers.ts';
import type { LiveFolds } from '../../ledger/folds.ts';
import { type Cause, Ledger } from '../../ledger/ledger.ts';
import type { ReadModel } from '../../ledger/read/read-model.ts';
import { ReadModels } from '../../ledger/read/read-models.ts';
import { Incidents } from '../incidents.ts';
import { type ClockState, clocksAt, ranOut } from './clocks.ts';
import { clockFactsOf } from './facts.ts';

const ACTOR = 'clock-watch';
/** Also without a change: what could not be read or appended is tried again. */
const EVERY_MS = 60_000;
const PAGE = 200;
const FOLDS_KEPT = 200;
const FLAGS_KEPT = 10_000;
/** No deadline is so near that it cannot wait for the events that come with this one. */
const SOON_MS = 500;

/**
 * Puts on record that a clock of the law ran out: once, by whichever instance is first, and at once after a restart where it ran out
 * meanwhile. A deadline is no timer that could be lost, but a fold of the incident; the timer is only when to look.
 */
@Injectable()
export class ClockWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('BreachClocks');
  private readonly model: ReadModel<ClockedIncident, IncidentEvent>;
  private readonly folds: LiveFolds<ClockedIncident | undefined, IncidentEvent>;
  private readonly flags = latest<string, string>(FLAGS_KEPT);
  private timer: NodeJS.Timeout | undefined;
  private wakesAt = Number.POSITIVE_INFINITY;
  private looking: Promise<void> | undefined;
  private hasChanged = false;
  private stopped = false;

  constructor(
    private readonly ledger: Ledger,
    models: ReadModels,
    private readonly clock: Clock,
    private readonly incidents: Incidents,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.model = models.of(incidentClocks);
    this.folds = ledger.folds(incidentStreams, clockedFold, FOLDS_KEPT);
    this.model.listen(() => {
      this.hasChanged = true;
      this.wakeIn(SOON_MS);
    });
  }

  onApplicationBootstrap(): void {
    this.wakeIn(SOON_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.looking;
  }

  /** Every clock of every incident, now. @returns when the next one is due, in milliseconds since the epoch */
  async look(): Promise<number> {
    let next = Number.POSITIVE_INFINITY;
    let before: number | null = Number.MAX_SAFE_INTEGER;
    while (before !== null && !this.stopped) {
      const page: ReturnType<typeof this.model.page> = this.model.page({ shelf: CLOCKED, before, limit: PAGE });
      for (const { view } of page.items) next = Math.min(next, await this.lookAt(view));
      before = page.next;
      await setImmediate();
    }
    return next;
  }

  private async lookAt(incident: ClockedIncident): Promise<number> {
    const clocks = await this.clocksOf(incident);
    if (ranOut(incident, clocks).length > 0) await this.record(incident);
    // Also of those on record before: an instance that was killed in between has paged no person.
    for (const { clock } of incident.ranOut) await this.page(incident.incidentId, clock);
    const due = clocks.flatMap(({ status, dueAt, inForce }) =>
      status === 'running' && inForce && dueAt !== undefined ? Date.parse(dueAt) + 1 : [],
    );
    return Math.min(...due, Number.POSITIVE_INFINITY);
  }

  /** Decided at the revision of the incident: a duty that was met meanwhile, or told of by another instance, did not run out. */
  private async record({ incidentId, criticals }: ClockedIncident): Promise<void> {
    const flagged = await this.flaggedAt(criticals);
    const decide = (incident: ClockedIncident | undefined) =>
      incident ? ranOut(incident, this.stateOf(incident, flagged)) : [];
    const cause: Cause = { actor: { id: ACTOR, roles: [] }, requestId: uuidv7() };
    const { events } = await this.ledger.handle(this.folds, incidentStreams.of(incidentId), decide, cause);
    for (const { type, data } of events)
      if (type === 'ClockRanOut') {
        this.logger.warn(`clock ${data.clock} of incident ${incidentId} ran out`);
        await this.page(incidentId, data.clock);
      }
  }

  /** By an incident of its own, once: the one whose clock it is has people at work on it, and its pages are over. */
  private async page(incidentId: string, clock: string): Promise<void> {
    const about = `${incidentId}:${clock}`;
    const cause: Cause = { actor: { id: ACTOR, roles: [] }, requestId: uuidv7() };
    await this.incidents.openOperations({ reason: 'clock-ran-out', about, severity: 'critical' }, cause);
  }

  private async clocksOf(incident: ClockedIncident): Promise<readonly ClockState[]> {
    return this.stateOf(incident, await this.flaggedAt(incident.criticals));
  }

  private stateOf(incident: ClockedIncident, flagged: readonly string[]): readonly ClockState[] {
    return clocksAt(clockFactsOf(incident, flagged), this.config.clocks, this.clock.now());
  }

  private async flaggedAt(criticals: ClockedIncident['criticals']): Promise<readonly string[]> {
    const times: string[] = [];
    for (const { breachId } of criticals) {
      const at = this.flags.get(breachId) ?? (await this.flagOf(breachId));
      if (at === undefined) continue;
      this.flags.set(breachId, at);
      times.push(at);
    }
    return times;
  }

  private async flagOf(breachId: string): Promise<string | undefined> {
    for await (const { type, recordedAt } of this.ledger.store.read(breachStreams.of(breachId)))
      return type === 'BreachFlagged' ? recordedAt : undefined;
    return undefined;
  }

  private wakeIn(ms: number): void {
    const at = performance.now() + ms;
    if (this.stopped || this.looking || at >= this.wakesAt) return;
    clearTimeout(this.timer);
    this.wakesAt = at;
    this.timer = setTimeout(() => this.wake(), timerMs(ms)).unref();
  }

  private wake(): void {
    this.wakesAt = Number.POSITIVE_INFINITY;
    this.hasChanged = false;
    let pause = EVERY_MS;
    this.looking = this.look()
      .then((next) => {
        pause = Math.min(EVERY_MS, Math.max(0, next - this.clock.now()));
      })
      .catch((error: unknown) => {
        if (error instanceof DomainError) pause = 1_000;
        else this.logger.error(`the clocks of incidents were not looked at: ${String(error)}`);
      })
      .finally(() => {
        this.looking = undefined;
        this.wakeIn(this.hasChanged ? SOON_MS : pause);
      });
  }
}
