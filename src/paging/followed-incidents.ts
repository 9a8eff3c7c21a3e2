import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { incidentStreams } from '../../events/categories.ts';
import type { IncidentEvent } from '../../events/incident-events.ts';
import { evolveIncident, type Incident, type IncidentState, noIncident } from '../../projections/incident.ts';
import { type PagingView, pagingDesk, pagingShelf } from '../../projections/paging.ts';
import { Changes } from '../flow/changes.ts';
import type { LiveFolds } from '../ledger/folds.ts';
import { type Cause, type Handled, Ledger } from '../ledger/ledger.ts';
import type { ReadModel } from '../ledger/read/read-model.ts';
import { ReadModels } from '../ledger/read/read-models.ts';

/** On whose behalf steps and attempts are recorded. */
const ACTOR = 'pager';
const FOLDS_KEPT = 10_000;
const AT_ONCE = 32;
const AGAIN_MS = 250;
const LOOK_EVERY_MS = 500;
const LISTED_AT_ONCE = 500;

type Listener = (incidentId: string, incident: Incident | undefined) => void;

/** Every incident that the pager has something to do about, as far as this instance knows it: whatever is decided on it, the append tells. */
@Injectable()
export class FollowedIncidents implements OnApplicationShutdown {
  /** The one fold of incidents: the desk decides on it, too. */
  readonly folds: LiveFolds<IncidentState, IncidentEvent>;
  private readonly model: ReadModel<PagingView, IncidentEvent>;
  private readonly incidents = new Map<string, { readonly incident: Incident; readonly revision: number }>();
  /** To be read, up to a revision at least. */
  private readonly toRead = new Map<string, number>();
  private readonly listeners = new Set<Listener>();
  private readonly changes = new Changes();
  private readonly logger = new Logger('Paging');
  private readonly unreadable = new Set<string>();
  private reading: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(
    private readonly ledger: Ledger,
    models: ReadModels,
  ) {
    this.folds = ledger.folds<IncidentState, IncidentEvent>(
      incidentStreams,
      { initial: noIncident, evolve: evolveIncident },
      FOLDS_KEPT,
    );
    this.model = models.of(pagingDesk);
  }

  /** Resolves once all that is open is known. */
  async start(): Promise<void> {
    this.model.listen(({ key, after }) => this.changed(key, after));
    while (!this.isStopped && !(await this.model.current(LOOK_EVERY_MS)));
    let before: number | null = Number.MAX_SAFE_INTEGER;
    while (before !== null && !this.isStopped) {
      const page: ReturnType<typeof this.model.page> = this.model.page({
        shelf: 'open',
        before,
        limit: LISTED_AT_ONCE,
      });
      for (const { key, view } of page.items) this.changed(key, view);
      before = page.next;
    }
    this.reading = this.readAll();
    await this.changes.until(() => this.isStopped || this.toRead.size === 0, Number.POSITIVE_INFINITY);
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    this.changes.announce();
    await this.reading;
  }

  /** Hears of each change of an incident; undefined once there is nothing more to do about it. Must be quick. */
  listen(listener: Listener): void {
    this.listeners.add(listener);
  }

  get(incidentId: string): Incident | undefined {
    return this.incidents.get(incidentId)?.incident;
  }

  all(): Incident[] {
    return [...this.incidents.values()].map(({ incident }) => incident);
  }

  get isCurrent(): boolean {
    return this.model.isCurrent;
  }

  /** One incident, followed or not. @throws LedgerUnavailable */
  async read(incidentId: string): Promise<IncidentState> {
    return (await this.folds.get(incidentStreams.of(incidentId))).state;
  }

  /**
   * Decides and appends: of several instances that do at once, one is first and the others decide anew.
   * @throws LedgerUnavailable, LedgerContention
   */
  async handle(
    incidentId: string,
    decide: (incident: IncidentState) => readonly IncidentEvent[],
    cause: Cause = { actor: { id: ACTOR, roles: [] }, requestId: randomUUID() },
  ): Promise<Handled<IncidentState, IncidentEvent>> {
    const handled = await this.ledger.handle(this.folds, incidentStreams.of(incidentId), decide, cause);
    if (this.incidents.has(incidentId)) this.take(incidentId, handled.state, handled.revision);
    return handled;
  }

  private changed(incidentId: string, view: PagingView): void {
    const known = this.incidents.get(incidentId);
    if (pagingShelf(view) === 'settled') {
      this.toRead.delete(incidentId);
      if ((known?.revision ?? -1) <= view.revision) this.forget(incidentId);
      return;
    }
    if ((known?.revision ?? -1) >= view.revision) return;
    this.toRead.set(incidentId, Math.max(view.revision, this.toRead.get(incidentId) ?? -1));
    this.changes.announce();
  }

  private async readAll(): Promise<void> {
    while (!this.isStopped) {
      await this.changes.until(() => this.isStopped || this.toRead.size > 0, Number.POSITIVE_INFINITY);
      const ids = [...this.toRead.keys()].slice(0, AT_ONCE);
      const read = await Promise.all(ids.map((incidentId) => this.readOne(incidentId)));
      if (read.includes(true)) continue;
      await this.changes.until(() => this.isStopped, AGAIN_MS);
    }
  }

  /** @returns false where it has to be tried again */
  private async readOne(incidentId: string): Promise<boolean> {
    const minRevision = this.toRead.get(incidentId) ?? -1;
    try {
      const { state, revision } = await this.folds.get(incidentStreams.of(incidentId), { minRevision });
      this.unreadable.delete(incidentId);
      if ((this.toRead.get(incidentId) ?? -1) <= revision) this.toRead.delete(incidentId);
      this.take(incidentId, state, revision);
      this.changes.announce();
      return true;
    } catch (error) {
      if (!this.unreadable.has(incidentId) && !this.isStopped)
        this.logger.error(`incident ${incidentId} cannot be read and is not paged for: ${String(error)}`);
      this.unreadable.add(incidentId);
      // Others are read meanwhile.
      this.toRead.delete(incidentId);
      this.toRead.set(incidentId, minRevision);
      return false;
    }
  }

  private take(incidentId: string, incident: IncidentState, revision: number): void {
    if (!incident || (this.incidents.get(incidentId)?.revision ?? -1) >= revision) return;
    this.incidents.set(incidentId, { incident, revision });
    for (const listener of this.listeners) listener(incidentId, incident);
  }

  private forget(incidentId: string): void {
    if (this.incidents.delete(incidentId)) for (const listener of this.listeners) listener(incidentId, undefined);
  }
}
