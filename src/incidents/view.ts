import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { incidentStreams } from '../../events/categories.ts';
import { type IncidentItem, type TrackedIncident, trackIncident } from '../../projections/incident-board.ts';
import { BreachBoard } from '../breaches/board.ts';
import { Ledger } from '../ledger/ledger.ts';
import { IncidentBoard } from './board.ts';
import { IncidentNotFound } from './errors.ts';
import type { IncidentItemSchema, IncidentSchema } from './schemas.ts';

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
  ) {}

  item({ item }: TrackedIncident): ShownIncident {
    const { releases, rules, clocksRanOut } = item;
    return {
      ...item,
      ...{ releases: [...releases], rules: [...rules], clocksRanOut: [...clocksRanOut] },
      bytesServed: this.bytesOf(item),
    };
  }

  /** With its timeline, as the store has it now, and its revision. @throws IncidentNotFound, LedgerUnavailable */
  async whole(
    incidentId: string,
  ): Promise<{ readonly incident: z.output<typeof IncidentSchema>; readonly revision: number }> {
    let tracked: TrackedIncident | undefined;
    const timeline = [];
    for await (const event of this.ledger.store.read(incidentStreams.of(incidentId))) {
      tracked = trackIncident(tracked, event);
      const { type, recordedAt: at, metadata, data } = event;
      if (NOT_IN_TIMELINE.has(type)) continue;
      const { incidentId: _, ...told } = data;
      const { id, roles } = metadata.actor;
      timeline.push({ type, at, actor: { id, roles: [...roles] }, data: told });
    }
    if (!tracked) throw new IncidentNotFound();
    return { incident: { ...this.item(tracked), timeline }, revision: tracked.revision };
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
