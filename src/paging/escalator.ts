import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Incident } from '../../projections/incident.ts';
import { Clock } from '../clock.ts';
import { Changes } from '../flow/changes.ts';
import { Deadlines } from '../flow/deadlines.ts';
import type { AutoContainment } from './containment.ts';
import { containmentDue, type Digest, decide, isPouring, nextDue } from './escalation.ts';
import { FollowedIncidents } from './followed-incidents.ts';
import { PAGING_PACE, type Pace } from './pace.ts';
import type { Paging } from './policy-file.ts';

/** Nest token of the `Paging`. */
export const PAGING = Symbol('paging');

const AGAIN_MS = 500;
/** A deadline that cannot be met is told once in this time. */
const TELL_EVERY_MS = 30_000;

/**
 * Meets the deadlines of incidents. Every instance does, from the same events: whichever appends a step first took it, and the others find it
 * taken. Nothing is kept here that the ledger does not say: after a restart, what came due meanwhile is done at once.
 */
@Injectable()
export class Escalator implements OnApplicationShutdown {
  private readonly steps = new Deadlines<string>();
  private readonly containments = new Deadlines<string>();
  /** When containment was last asked for. */
  private readonly asked = new Map<string, number>();
  private readonly changes = new Changes();
  private readonly logger = new Logger('Paging');
  private containment: AutoContainment | undefined;
  private told = 0;
  private saidAt = Number.NEGATIVE_INFINITY;
  private isStopped = false;
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly followed: FollowedIncidents,
    private readonly clock: Clock,
    @Inject(PAGING) private readonly paging: Paging,
    @Inject(PAGING_PACE) private readonly pace: Pace,
  ) {
    followed.listen((incidentId, incident) => this.changed(incidentId, incident));
  }

  /** Channels whose receiver fails, as far as this instance has tried them; set by the pager. */
  failing: () => ReadonlySet<string> = () => new Set();

  /** To be told before the start; without it no incident is contained by itself. */
  containBy(containment: AutoContainment): void {
    this.containment = containment;
  }

  start(): void {
    this.running = Promise.all([
      this.run(this.steps, (incidentId) => this.step(incidentId)),
      this.run(this.containments, (incidentId) => this.contain(incidentId)),
    ]);
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    this.changes.announce();
    await this.running;
  }

  /** When the next step of an incident is due. */
  dueOf(incident: Incident): number | undefined {
    return nextDue(incident, this.paging.policy)?.at;
  }

  /** The deadline that is the soonest, in milliseconds since the epoch. */
  get soonest(): number | undefined {
    return this.steps.next?.at;
  }

  private changed(incidentId: string, incident: Incident | undefined): void {
    this.steps.set(incidentId, incident && this.dueOf(incident));
    const contain = incident && this.containment && containmentDue(incident, this.paging.policy);
    const again = (this.asked.get(incidentId) ?? Number.NEGATIVE_INFINITY) + this.pace.flowEveryMs;
    this.containments.set(incidentId, contain === undefined ? undefined : Math.max(contain, again));
    if (contain === undefined) this.asked.delete(incidentId);
    this.told += 1;
    this.changes.announce();
  }

  private async run(deadlines: Deadlines<string>, act: (incidentId: string) => Promise<void>): Promise<void> {
    while (!this.isStopped) {
      const { told } = this;
      const { next } = deadlines;
      const wait = next ? next.at - this.clock.now() : Number.POSITIVE_INFINITY;
      if (!next || wait > 0) {
        await this.changes.until(() => this.isStopped || this.told !== told, wait);
        continue;
      }
      await setImmediate();
      try {
        await act(next.key);
      } catch (error) {
        this.say(`incident ${next.key}: a deadline was not met yet: ${String(error)}`);
        deadlines.set(next.key, this.clock.now() + AGAIN_MS);
      }
    }
  }

  private say(message: string): void {
    if (this.clock.now() - this.saidAt < TELL_EVERY_MS) return;
    this.saidAt = this.clock.now();
    this.logger.error(message);
  }

  /** What came due of one incident; of those to review that came due with it, one page tells of all. */
  private async step(incidentId: string): Promise<void> {
    const incident = this.followed.get(incidentId);
    if (incident && incident.severity === 'review' && incident.status === 'new') return this.digest(incident);
    await this.decide(incidentId);
  }

  private async digest(incident: Incident): Promise<void> {
    const dueAt = this.dueOf(incident);
    const due = this.followed
      .all()
      .filter((each) => each.severity === 'review' && each.status === 'new' && this.dueOf(each) === dueAt)
      .sort(
        (one, other) => one.openedAt.localeCompare(other.openedAt) || one.incidentId.localeCompare(other.incidentId),
      );
    // The page comes first and is on record before another incident relies on it.
    for (const { incidentId } of due) {
      const told = dueAt === undefined ? undefined : this.tellerOf(new Date(dueAt).toISOString());
      await this.decide(incidentId, { incidents: due.length, toldBy: told === incidentId ? undefined : told });
    }
  }

  /** The incident whose pages tell of all that were due then. */
  private tellerOf(due: string): string | undefined {
    return this.followed
      .all()
      .find(
        ({ severity, status, escalation }) =>
          severity === 'review' && status === 'new' && escalation?.due === due && escalation.toldBy === undefined,
      )?.incidentId;
  }

  private async decide(incidentId: string, digest?: Digest): Promise<void> {
    const { policy } = this.paging;
    const now = this.clock.now();
    const { state, events } = await this.followed.handle(incidentId, (state) =>
      decide(state, policy, { now, failing: this.failing(), digest }),
    );
    // Decided on more than is followed: what came due is another instance's by now.
    if (events.length === 0) this.changed(incidentId, state);
  }

  private async contain(incidentId: string): Promise<void> {
    const incident = this.followed.get(incidentId);
    const { policy } = this.paging;
    if (!incident || containmentDue(incident, policy) === undefined || !this.containment) {
      this.containments.set(incidentId, undefined);
      return;
    }
    this.asked.set(incidentId, this.clock.now());
    if (isPouring(incident, policy, this.clock.now()) || (await this.containment.isFlowing(incidentId)))
      await this.containment.contain(incidentId, { scope: 'release', policy: policy.name });
    this.changed(incidentId, this.followed.get(incidentId));
  }
}
