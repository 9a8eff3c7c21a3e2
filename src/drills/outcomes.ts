import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { incidentStreams } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import type { IncidentEvent } from '../../events/incident-events.ts';
import type { Drill, TrackedDrill } from '../../projections/drill.ts';
import { evolveIncident, type IncidentState } from '../../projections/incident.ts';
import { BreachBoard } from '../breaches/board.ts';
import { Clock } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { IncidentBoard } from '../incidents/board.ts';
import { BreachFiles } from '../incidents/file/breach-files.ts';
import { Incidents } from '../incidents/incidents.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { report } from './decide.ts';
import { Drills } from './drills.ts';
import { type Flagged, reportOf } from './measure.ts';

/** On whose behalf drills are reported. */
export const WATCH = 'drill-watch';

/** What became of a drill, by the record of its views, their breaches and the incident. */
@Injectable()
export class Outcomes {
  private readonly logger = new Logger('Drills');

  constructor(
    private readonly drills: Drills,
    private readonly ledger: Ledger,
    private readonly breaches: BreachBoard,
    private readonly board: IncidentBoard,
    private readonly incidents: Incidents,
    private readonly files: BreachFiles,
    private readonly clock: Clock,
  ) {}

  /**
   * Reports a drill that is over: its incident was closed, or its time is up.
   * @param when `now`: over or not
   * @returns the drill after it; undefined while it runs
   * @throws LedgerUnavailable
   */
  async report(drillId: string, when: 'once-over' | 'now' = 'once-over'): Promise<TrackedDrill | undefined> {
    const { drill } = await this.drills.get(drillId);
    if (drill.status !== 'running') return undefined;
    const views = drill.carriedOut?.views ?? [];
    const flagged: Flagged[] = [];
    let incidentId: string | undefined;
    for (const { viewId } of views) {
      const breach = await this.breaches.read(viewId);
      if (breach) flagged.push(breach.item);
      incidentId ??= breach && this.board.incidentOf(viewId);
    }
    const events = incidentId === undefined ? [] : await this.eventsOf(incidentId);
    const incident = events.reduce<IncidentState>(evolveIncident, undefined);
    const isClosed = drill.carriedOut !== undefined && incident?.status === 'closed';
    if (when === 'once-over' && !isClosed && this.clock.now() < untilOf(drill)) return undefined;
    const breachFileMs = incidentId === undefined ? undefined : await this.fileMs(incidentId);
    const at = new Date(this.clock.now()).toISOString();
    const data = reportOf({ drill, flagged, incidentId, events, breachFileMs }, at);
    const cause: Cause = { actor: { id: WATCH, roles: [] }, requestId: uuidv7() };
    // Before the report, after which no instance looks at it again.
    if (data.outcome === 'failed')
      await this.incidents.openOperations({ reason: 'drill-failed', about: drillId }, cause);
    return this.drills.decide(drillId, (state) => report(state, data), cause);
  }

  /** How long the breach file takes to make; undefined where it cannot be made. @throws LedgerUnavailable */
  private async fileMs(incidentId: string): Promise<number | undefined> {
    const began = performance.now();
    try {
      await this.files.file(incidentId, await this.files.asOf());
      return Math.round(performance.now() - began);
    } catch (error) {
      if (error instanceof DomainError) throw error;
      this.logger.error(`incident ${incidentId} of a drill has no breach file: ${String(error)}`);
      return undefined;
    }
  }

  private async eventsOf(incidentId: string): Promise<readonly Recorded<IncidentEvent>[]> {
    const events: Recorded<IncidentEvent>[] = [];
    for await (const event of this.ledger.store.read(incidentStreams.of(incidentId))) events.push(event);
    return events;
  }
}

const untilOf = ({ until }: Drill): number => Date.parse(until ?? '');
