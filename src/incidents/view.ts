import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { incidentStreams } from '../../events/categories.ts';
import {
  type IncidentBreach,
  type IncidentItem,
  type TrackedIncident,
  trackIncident,
} from '../../projections/incident-board.ts';
import { clockedFold } from '../../projections/incident-clocks.ts';
import { BreachBoard } from '../breaches/board.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { AWAY_TEXT, EventSeals } from '../keys/event-seals.ts';
import { Ledger } from '../ledger/ledger.ts';
import { IncidentBoard } from './board.ts';
import { clocksAt } from './clocks/clocks.ts';
import { clockFactsOf } from './clocks/facts.ts';
import { IncidentNotFound } from './errors.ts';
import type { IncidentBreachSchema, IncidentItemSchema, IncidentSchema } from './schemas.ts';

export type ShownIncident = z.output<typeof IncidentItemSchema>;

/** Of an incident with more breaches a list does not add up the bytes; its file does. */
const MOST_ADDED_UP = 1_000;

/** What happens many times, or on the way to a receiver, is counted elsewhere. */
const NOT_IN_TIMELINE: ReadonlySet<string> = new Set(['BreachAttached', 'BreachDetached', 'PageAttempted']);

/** Incidents as callers are shown them. */
@Injectable()
export class IncidentView {
  constructor(
    private readonly ledger: Ledger,
    private readonly board: IncidentBoard,
    private readonly breaches: BreachBoard,
    private readonly clock: Clock,
    private readonly seals: EventSeals,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  item({ item }: TrackedIncident): ShownIncident {
    const { releases, rules, clocksRanOut } = item;
    return {
      ...item,
      ...{ releases: [...releases], rules: [...rules], clocksRanOut: [...clocksRanOut] },
      bytesServed: this.bytesOf(item),
    };
  }

  /** A breach as part of its incident, with how it stands where its own board has it. @throws LedgerUnavailable */
  breach(part: IncidentBreach): z.output<typeof IncidentBreachSchema> {
    const item = this.breaches.get(part.breachId)?.item;
    if (!item) return part;
    const { status, resolution, consultationId, purpose, viewedAt, flaggedAt, contentReleased, bytesServed } = item;
    return {
      ...part,
      ...{ status, consultationId, purpose, viewedAt, flaggedAt, contentReleased, bytesServed },
      ...(resolution !== undefined && { resolution }),
    };
  }

  /** With its clocks and its timeline, as the store has it now, and its revision. @throws IncidentNotFound, LedgerUnavailable */
  async whole(
    incidentId: string,
  ): Promise<{ readonly incident: z.output<typeof IncidentSchema>; readonly revision: number }> {
    let tracked: TrackedIncident | undefined;
    let clocked = clockedFold.initial();
    const timeline = [];
    for await (const event of this.ledger.store.read(incidentStreams.of(incidentId))) {
      tracked = trackIncident(tracked, event);
      clocked = clockedFold.evolve(clocked, event);
      const { type, recordedAt: at, metadata } = event;
      if (NOT_IN_TIMELINE.has(type)) continue;
      const { incidentId: _, ...told } = await this.seals.shown(event, { whereAway: AWAY_TEXT });
      const { id, roles } = metadata.actor;
      timeline.push({ type, at, actor: { id, roles: [...roles] }, data: told });
    }
    if (!tracked || !clocked) throw new IncidentNotFound();
    const flagged = clocked.criticals.flatMap(({ breachId }) => this.breaches.get(breachId)?.item.flaggedAt ?? []);
    const clocks = clocksAt(clockFactsOf(clocked, flagged), this.config.clocks, this.clock.now());
    return { incident: { ...this.item(tracked), clocks: [...clocks], timeline }, revision: tracked.revision };
  }

  private bytesOf({ incidentId, breaches }: IncidentItem): number | null {
    if (breaches > MOST_ADDED_UP) return null;
    let sum = 0;
    for (const { view } of this.board.breachesOf(incidentId, { limit: MOST_ADDED_UP }).items) {
      const bytes = this.breaches.get(view.breachId)?.item.bytesServed;
      if (bytes === undefined || bytes === null) return null;
      sum += bytes;
    }
    return sum;
  }
}
