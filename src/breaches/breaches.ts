import { Injectable, Logger } from '@nestjs/common';
import { eventIdFor } from '../access/incidents.ts';
import { Viewers } from '../access/viewers.ts';
import type { BreachEvent } from '../events/breach-events.ts';
import { breachStream } from '../events/streams.ts';
import type { LiveFolds } from '../ledger/folds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { BreachBoard } from './board.ts';
import { type BreachAction, takeStep } from './decide.ts';
import { BreachNotFound } from './errors.ts';
import { type BreachState, evolveBreach, noBreach } from './evolve.ts';
import type { TrackedBreach } from './item.ts';

export type BreachStep = {
  readonly breachId: string;
  readonly action: BreachAction;
  readonly reason?: string | undefined;
};

/** The desk of incidents: what on-call and compliance do about them. */
@Injectable()
export class Breaches {
  private readonly folds: LiveFolds<BreachState, BreachEvent>;
  private readonly logger = new Logger(Breaches.name);

  constructor(
    private readonly ledger: Ledger,
    private readonly board: BreachBoard,
    private readonly viewers: Viewers,
  ) {
    this.folds = ledger.folds<BreachState, BreachEvent>(breachStream(''), { initial: noBreach, evolve: evolveBreach });
  }

  /** @throws BreachNotFound, LedgerUnavailable */
  async get(breachId: string): Promise<TrackedBreach> {
    const tracked = await this.board.read(breachId);
    if (!tracked) throw new BreachNotFound();
    return tracked;
  }

  /**
   * Takes one step. To contain an incident also revokes the view it is about, so that nothing flows any more once it is called contained.
   * @returns the incident after it
   * @throws BreachNotFound, BreachClosed, RevisionMismatch, LedgerUnavailable
   */
  async take(step: BreachStep, cause: Cause, ifMatch?: number): Promise<TrackedBreach> {
    const { breachId } = step;
    const stream = breachStream(breachId);
    if (step.action === 'contain') await this.stopView(step, cause);
    const { revision } = await this.ledger.handle(this.folds, stream, (breach) => takeStep(breach, step), cause, {
      ifMatch,
    });
    await this.board.shows(breachId, revision);
    return this.get(breachId);
  }

  /**
   * Notes that somebody on call was told, once for each channel, by however many instances. A failure is logged: the incident itself is
   * on record, and whoever connects next is told again.
   */
  async noteNotified(breachId: string, channel: string): Promise<void> {
    const id = eventIdFor(`on-call-notified:${channel}`, breachId);
    const event: BreachEvent = { type: 'OnCallNotified', data: { breachId, channel } };
    const cause = { actor: { id: 'pager', roles: [] }, requestId: id };
    try {
      await this.ledger.append(breachStream(breachId), 'any', [{ ...event, id }], cause);
    } catch (error) {
      this.logger.warn(`that on-call was told of ${breachId} is not on record: ${String(error)}`);
    }
  }

  private async stopView(step: BreachStep, cause: Cause): Promise<void> {
    const { item, state } = await this.get(step.breachId);
    takeStep(state, step);
    if (item.source !== 'mediated' || item.viewerId === null) return;
    await this.viewers.revoke({ viewerId: item.viewerId, viewId: item.breachId, reason: 'breach-contained' }, cause);
  }
}
