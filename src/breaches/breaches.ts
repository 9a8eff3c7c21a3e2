import { Injectable, Logger } from '@nestjs/common';
import type { z } from 'zod';
import type { BreachEvent } from '../../events/breach-events.ts';
import { breachStreams, patientStreams } from '../../events/categories.ts';
import { type BreachState, evolveBreach, noBreach } from '../../projections/breach.ts';
import type { BreachItem, TrackedBreach } from '../../projections/breach-board.ts';
import { Viewers } from '../access/viewers/viewers.ts';
import { EventSeals } from '../keys/event-seals.ts';
import { eventIdFor } from '../ledger/event-id.ts';
import type { LiveFolds } from '../ledger/folds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { BreachBoard } from './board.ts';
import { type BreachAction, notTheirs, takeStep } from './decide.ts';
import { BreachNotFound, NoJustification } from './errors.ts';
import { UNKNOWN_CONSULTATION } from './flags.ts';
import type { JustificationSchema } from './schemas.ts';

export type BreachStep = {
  readonly breachId: string;
  readonly action: BreachAction;
  readonly reason?: string | undefined;
};

export type Justification = z.output<typeof JustificationSchema>;

/** The desk of breaches: what on-call and compliance do about them. */
@Injectable()
export class Breaches {
  private readonly folds: LiveFolds<BreachState, BreachEvent>;
  private readonly logger = new Logger(Breaches.name);

  constructor(
    private readonly ledger: Ledger,
    private readonly board: BreachBoard,
    private readonly viewers: Viewers,
    private readonly seals: EventSeals,
  ) {
    this.folds = ledger.folds<BreachState, BreachEvent>(breachStreams, { initial: noBreach, evolve: evolveBreach });
  }

  /** @throws BreachNotFound, LedgerUnavailable */
  async get(breachId: string): Promise<TrackedBreach> {
    const tracked = await this.board.read(breachId);
    if (!tracked) throw new BreachNotFound();
    return tracked;
  }

  /**
   * Takes one step. To contain a breach also revokes the view it is about, so that nothing flows any more once it is called contained.
   * @returns the breach after it
   * @throws BreachNotFound, OwnCase, BreachIsClosed, ContainmentNeeded, RevisionMismatch, LedgerUnavailable
   */
  async take(step: BreachStep, cause: Cause, ifMatch?: number): Promise<TrackedBreach> {
    const { breachId } = step;
    const stream = breachStreams.of(breachId);
    const decide = (breach: BreachState) => takeStep(breach, { ...step, by: cause.actor.id });
    if (step.action === 'contain') await this.stopView(breachId, decide, cause);
    const { revision } = await this.ledger.handle(this.folds, stream, decide, cause, { ifMatch });
    await this.board.shows(breachId, revision);
    return this.get(breachId);
  }

  /**
   * Notes that a person on call was told, once for each channel, by however many instances. A failure is logged: the breach itself is
   * on record, and the next screen that connects is told again.
   */
  async noteNotified(breachId: string, channel: string): Promise<void> {
    const id = eventIdFor(`on-call-notified:${channel}`, breachId);
    const event: BreachEvent = { type: 'OnCallNotified', data: { breachId, channel } };
    const cause = { actor: { id: 'pager', roles: [] }, requestId: id };
    try {
      await this.ledger.appendOnce(breachStreams.of(breachId), { ...event, id }, cause);
    } catch (error) {
      this.logger.warn(`that on-call was told of ${breachId} is not on record: ${String(error)}`);
    }
  }

  /**
   * The reason that the viewer gave. That the caller reads it is recorded first; if that fails, the reason is not shown.
   * @throws BreachNotFound, OwnCase, NoJustification, KeysUnavailable, LedgerUnavailable
   */
  async justification(breachId: string, cause: Cause): Promise<Justification> {
    const { item, state } = await this.get(breachId);
    notTheirs(state, cause.actor.id);
    const viewed = await this.viewOf(item, state.viewRevision);
    const view = viewed && (await this.seals.shown(viewed));
    if (view?.reason === undefined) throw new NoJustification();
    const { patientId, consultationId, recordingId, viewerId, viewerRoles, purpose, reason } = view;
    const read: BreachEvent = { type: 'JustificationRead', data: { breachId, readerId: cause.actor.id } };
    await this.ledger.append(breachStreams.of(breachId), 'any', [read], cause);
    return {
      breachId,
      patientId,
      consultationId,
      recordingId,
      viewerId,
      viewerRoles: [...viewerRoles],
      purpose,
      reason,
    };
  }

  /** The view as it was recorded: at its place on the patient's stream, or (a consultation the ledger does not know) with its viewer. */
  private async viewOf({ breachId, patientId, viewerId, rule }: BreachItem, revision: number | undefined) {
    if (viewerId === null || patientId === null) return undefined;
    if (rule === UNKNOWN_CONSULTATION) return this.viewers.reported(viewerId, breachId);
    // BreachFlags of older releases do not say where their view is; its verdict does.
    const place = revision ?? (await this.viewers.judgedEver(viewerId, breachId))?.viewRevision;
    if (place === undefined) return undefined;
    for await (const event of this.ledger.store.readBackwards(patientStreams.of(patientId), place, 1)) {
      return event.type === 'RecordingViewed' ? event : undefined;
    }
    return undefined;
  }

  private async stopView(
    breachId: string,
    decide: (breach: BreachState) => readonly BreachEvent[],
    cause: Cause,
  ): Promise<void> {
    const { item, state } = await this.get(breachId);
    decide(state);
    if (item.source !== 'mediated' || item.viewerId === null) return;
    await this.viewers.revoke({ viewerId: item.viewerId, viewId: item.breachId, reason: 'breach-contained' }, cause);
  }
}
