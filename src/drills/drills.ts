import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { drillStreams } from '../../events/categories.ts';
import type { DrillEvent } from '../../events/drill-events.ts';
import {
  type DrillState,
  type DrillStatus,
  drillBoard,
  evolveDrill,
  type TrackedDrill,
} from '../../projections/drill.ts';
import { Clock } from '../clock.ts';
import type { Page } from '../flow/page.ts';
import { eventIdFor } from '../ledger/event-id.ts';
import type { LiveFolds } from '../ledger/folds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import type { ReadModel } from '../ledger/read/read-model.ts';
import { ReadModels } from '../ledger/read/read-models.ts';
import { begin, known } from './decide.ts';

export type DrillWanted = { readonly patients: number; readonly limitMinutes: number };

const SHOWN_WITHIN_MS = 1_000;
/** Far more than can have been begun within the days that count. */
const LATEST = 200;

/** Drills: asked for by one person, begun by another, and how far they are. */
@Injectable()
export class Drills {
  private readonly folds: LiveFolds<DrillState, DrillEvent>;
  private readonly model: ReadModel<TrackedDrill, DrillEvent>;

  /** Is told of a drill that was just begun here; set by what carries it out. */
  onBegun: (drillId: string) => void = () => {};

  constructor(
    private readonly ledger: Ledger,
    models: ReadModels,
    private readonly clock: Clock,
  ) {
    this.folds = ledger.folds(drillStreams, { initial: (): DrillState => undefined, evolve: evolveDrill });
    this.model = models.of(drillBoard);
  }

  /** @throws LedgerUnavailable */
  async request(wanted: DrillWanted, cause: Cause): Promise<TrackedDrill> {
    const at = new Date(this.clock.now()).toISOString();
    const data = { drillId: idFor(cause), ...wanted, requestedBy: cause.actor.id, at };
    return this.decide(data.drillId, (drill) => (drill ? [] : [{ type: 'DrillRequested', data }]), cause);
  }

  /** @throws DrillNotFound, OwnCase, DrillIsClosed, LedgerUnavailable */
  async begin(drillId: string, cause: Cause): Promise<TrackedDrill> {
    const by = { by: cause.actor.id, now: this.clock.now() };
    let isNew = false;
    const begun = await this.decide(
      drillId,
      (drill) => {
        const events = begin(drill, by);
        isNew = events.length > 0;
        return events;
      },
      cause,
    );
    if (isNew) this.onBegun(drillId);
    return begun;
  }

  /** As the store has it now. @throws DrillNotFound, LedgerUnavailable */
  async get(drillId: string): Promise<TrackedDrill> {
    const { state, revision } = await this.folds.refresh(drillStreams.of(drillId));
    return { drill: known(state), revision };
  }

  /** A page, newest first. @throws LedgerUnavailable */
  list({
    status,
    before,
    limit,
  }: {
    status?: DrillStatus | undefined;
    before?: number | undefined;
    limit: number;
  }): Page<TrackedDrill, number> {
    const { items, next } = this.model.page({
      ...(status !== undefined && { shelf: status }),
      ...(before !== undefined && { before }),
      limit,
    });
    return { items: items.map(({ view }) => view), next };
  }

  /** When the last drill was begun. @throws LedgerUnavailable */
  lastBegunAt(): string | undefined {
    return this.list({ limit: LATEST })
      .items.flatMap(({ drill }) => drill.begunAt ?? [])
      .sort()
      .at(-1);
  }

  /** Whether all that is there is known. */
  get isCurrent(): boolean {
    return this.model.isCurrent;
  }

  /** @returns the drill after it. @throws what `decide` throws, LedgerUnavailable */
  async decide(
    drillId: string,
    decide: (drill: DrillState) => readonly DrillEvent[],
    cause: Cause,
  ): Promise<TrackedDrill> {
    const { state, revision } = await this.ledger.handle(this.folds, drillStreams.of(drillId), decide, cause);
    await this.model.untilShown(drillId, revision, SHOWN_WITHIN_MS);
    return { drill: known(state), revision };
  }
}

/** The same request with the same key is the same drill. */
const idFor = ({ actor, idempotency }: Cause): string =>
  idempotency ? eventIdFor('drill', JSON.stringify([actor.id, idempotency.key])) : uuidv7();
