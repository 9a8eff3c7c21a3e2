import { Injectable } from '@nestjs/common';
import { incidentStreams } from '../../events/categories.ts';
import type { IncidentEvent } from '../../events/incident-events.ts';
import type { Severity } from '../../events/values.ts';
import type { IncidentStatus } from '../../projections/incident.ts';
import {
  type IncidentBreach,
  incidentBoard,
  incidentBreaches,
  type TrackedIncident,
  trackIncident,
} from '../../projections/incident-board.ts';
import { type Page, pageOf } from '../flow/page.ts';
import { Ledger } from '../ledger/ledger.ts';
import type { Placed, ReadModel } from '../ledger/read/read-model.ts';
import { ReadModels } from '../ledger/read/read-models.ts';

export type IncidentQuery = {
  /** `open`: whatever is not over. */
  readonly status: IncidentStatus | 'open' | 'all';
  readonly severity?: Severity | undefined;
  readonly assigneeId?: string | undefined;
  /** Only incidents older than this place. */
  readonly before?: number | undefined;
  readonly limit: number;
};

/** What changed, as it stands now. */
export type IncidentChange = { readonly type: 'opened' | 'updated'; readonly incident: TrackedIncident };

const OPEN: readonly IncidentStatus[] = ['new', 'acknowledged', 'investigating', 'contained', 'notifying'];
const LOOKED_AT_ONCE = 200;
/** A page on its way to a receiver changes nothing that a list shows. */
const UNSEEN: ReadonlySet<IncidentEvent['type']> = new Set(['PageAttempted', 'PageDelivered', 'PageFailed']);

/** Every incident and its breaches in the order they came, as read models that outlive the instance. */
@Injectable()
export class IncidentBoard {
  private readonly incidents: ReadModel<TrackedIncident, IncidentEvent>;
  private readonly breaches: ReadModel<IncidentBreach, IncidentEvent>;

  constructor(
    private readonly ledger: Ledger,
    models: ReadModels,
  ) {
    this.incidents = models.of(incidentBoard);
    this.breaches = models.of(incidentBreaches);
  }

  /** Calls the listener for every change that a list shows, once the board was current. */
  listen(listener: (change: IncidentChange) => void): () => void {
    return this.incidents.listen(({ before, after, event }) => {
      if (!UNSEEN.has(event.type)) listener({ type: before ? 'updated' : 'opened', incident: after });
    });
  }

  /** A page, newest first. @throws LedgerUnavailable while the board is not current: half a list would look like a quiet night */
  list({ status, severity, assigneeId, before, limit }: IncidentQuery): Page<Placed<TrackedIncident>, number> {
    const wanted = ({ view: { item } }: Placed<TrackedIncident>) =>
      (severity === undefined || item.severity === severity) &&
      (assigneeId === undefined || item.assigneeId === assigneeId);
    const of = (shelf: IncidentStatus | undefined): Placed<TrackedIncident>[] => {
      const found: Placed<TrackedIncident>[] = [];
      let from = before;
      while (found.length <= limit) {
        const page = this.incidents.page({
          ...(shelf !== undefined && { shelf }),
          ...(from !== undefined && { before: from }),
          limit: LOOKED_AT_ONCE,
        });
        found.push(...page.items.filter(wanted));
        if (page.next === null) break;
        from = page.next;
      }
      return found;
    };
    const shelves = status === 'open' ? OPEN : [status === 'all' ? undefined : status];
    const found = shelves.flatMap(of).sort((one, other) => other.place - one.place);
    return pageOf(found, limit, ({ place }) => place);
  }

  /** The incidents that are not over, newest first. @throws LedgerUnavailable */
  open(limit: number): readonly TrackedIncident[] {
    return this.list({ status: 'open', limit }).items.map(({ view }) => view);
  }

  /** The breaches of an incident, the latest first. @throws LedgerUnavailable */
  breachesOf(incidentId: string, { before, limit }: { before?: number | undefined; limit: number }) {
    return this.breaches.page({ shelf: incidentId, ...(before !== undefined && { before }), limit });
  }

  /** The incident that a breach is part of; undefined where it is part of none. @throws LedgerUnavailable */
  incidentOf(breachId: string): string | undefined {
    return this.breaches.get(breachId)?.incidentId;
  }

  /** One incident as the store has it now, whether the board is current or not. */
  async read(incidentId: string): Promise<TrackedIncident | undefined> {
    let tracked: TrackedIncident | undefined;
    for await (const event of this.ledger.store.read(incidentStreams.of(incidentId)))
      tracked = trackIncident(tracked, event);
    return tracked;
  }

  /** Waits until the board shows an incident at a revision, so that the caller who changed it finds it changed. */
  async shows(incidentId: string, revision: number, limitMs = 1_000): Promise<void> {
    await this.incidents.untilShown(incidentId, revision, limitMs);
  }

  /** Waits until the board is current. */
  async current(limitMs: number): Promise<boolean> {
    return (await this.incidents.current(limitMs)) && (await this.breaches.current(limitMs));
  }
}
