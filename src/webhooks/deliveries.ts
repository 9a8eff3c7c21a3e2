import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { deliveryStreams } from '../../events/categories.ts';
import type { DeliveryEvent, ToldEvent } from '../../events/webhook-events.ts';
import {
  type DeliveryState,
  deliveryShelf,
  deliveryStates,
  type TrackedDelivery,
  type WebhookDelivery,
  webhookDeliveries,
} from '../../projections/webhook-deliveries.ts';
import { Clock } from '../clock.ts';
import { type Page, pageOf } from '../flow/page.ts';
import { eventIdFor } from '../ledger/event-id.ts';
import type { LiveFolds } from '../ledger/folds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import type { Attempt, DeliveryRecord, Message, Outstanding } from '../ledger/react/delivery/record.ts';
import { ViewIncomplete } from '../ledger/read/errors.ts';
import type { ReadModel } from '../ledger/read/read-model.ts';
import { ReadModels } from '../ledger/read/read-models.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { attempted, claim, claimableFrom, queue, resend } from './decide.ts';
import { deliveryFold } from './evolve.ts';
import { PACE, type Pace } from './pace.ts';
import { CONTENT_TYPE, cloudEvent } from './product-events.ts';
import { type Due, Soonest } from './soonest.ts';
import { Webhooks } from './webhooks.ts';

/** The reactor that queues deliveries, on whose behalf attempts are recorded, too. */
export const ACTOR = 'webhook-queue';

const FILLED_AT_ONCE = 500;
const FOLDS_KEPT = 2_000;
const SHOWN_WITHIN_MS = 2_000;

/** The same for one event and one webhook, whichever instance queues it and however often: the receiver is told it as `webhook-id`. */
const deliveryIdFor = (webhookId: string, eventId: string) => eventIdFor('webhook-delivery', `${webhookId}/${eventId}`);

const messageOf = ({ deliveryId, webhookId, event, since }: WebhookDelivery): Message => ({
  ...{ id: deliveryId, channel: webhookId, contentType: CONTENT_TYPE, body: cloudEvent(event) },
  at: Date.parse(since),
});

/**
 * Deliveries on record in the ledger, and through it shared by all instances. The one that queued a delivery makes its attempts; once it is
 * late with one, the instance that claims the delivery makes it: by an event that only one of them can append.
 */
@Injectable()
export class Deliveries implements DeliveryRecord {
  /** This process, until it ends. */
  readonly instance = randomUUID();
  private readonly folds: LiveFolds<WebhookDelivery | undefined, DeliveryEvent>;
  private readonly model: ReadModel<TrackedDelivery, DeliveryEvent>;
  /** By webhook. */
  private readonly soonest = new Map<string, Soonest>();
  /** What this instance appended and the model does not show yet: the revision, by delivery. */
  private readonly ahead = new Map<string, number>();

  constructor(
    private readonly ledger: Ledger,
    models: ReadModels,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly webhooks: Webhooks,
    @Inject(PACE) private readonly pace: Pace,
  ) {
    this.folds = ledger.folds(deliveryStreams, deliveryFold, FOLDS_KEPT);
    this.model = models.of(webhookDeliveries);
    this.model.listen(({ after, event }) => this.changed(after, event.revision));
  }

  /**
   * Once it resolves, the event is sent or given up at its age, whatever becomes of this instance. An event that is handed out again is not
   * sent again.
   * @throws LedgerUnavailable
   */
  async queue(webhookId: string, event: ToldEvent, cause: Cause): Promise<void> {
    const deliveryId = deliveryIdFor(webhookId, event.id);
    const queued = { deliveryId, webhookId, instance: this.instance, at: this.now(), event };
    await this.decide(deliveryId, (delivery) => queue(delivery, queued), cause);
  }

  async next(webhookId: string): Promise<Outstanding | undefined> {
    const soonest = this.soonest.get(webhookId) ?? new Soonest();
    this.soonest.set(webhookId, soonest);
    for (;;) {
      if (soonest.isToBeFilled) await this.fill(webhookId, soonest);
      const due = soonest.first;
      if (!due) return undefined;
      const delivery = this.dueNow(due);
      if (!delivery) {
        soonest.remove(due.deliveryId, due.revision);
        continue;
      }
      // Another instance claimed it, say, and this one was not told yet: it is ready when its newest event says.
      if (delivery.revision > due.revision) {
        soonest.put(this.dueOf(delivery));
        continue;
      }
      const outstanding = { message: messageOf(delivery), attempts: delivery.attempts, dueAt: due.readyAt };
      const isClaimable = this.clock.now() >= claimableFrom(delivery, this.instance, this.pace.lateMs);
      if (!isClaimable || (await this.claim(due))) return outstanding;
      soonest.remove(due.deliveryId, due.revision);
    }
  }

  async attempted({ messageId, beganAt, endedAt, outcome, fate }: Attempt): Promise<void> {
    const began = new Date(beganAt).toISOString();
    const webhookId = this.model.get(messageId)?.webhookId;
    if (webhookId === undefined) return;
    const { kind, ...details } = outcome;
    const { retryAfterMs: _, ...kept } = { retryAfterMs: undefined, ...details };
    const attempt = {
      ...{ deliveryId: messageId, webhookId, instance: this.instance, outcome: kind, ...kept },
      ...{ beganAt: began, endedAt: new Date(endedAt).toISOString(), fate: fate.kind },
      ...(fate.kind === 'due' && { dueAt: new Date(fate.at).toISOString() }),
    };
    const { events, revision } = await this.decide(messageId, (delivery) => attempted(delivery, attempt), this.own());
    this.goAhead(webhookId, messageId, revision);
    if (events.length === 0) return;
    this.metrics.webhookAttempts.inc({ outcome: kind });
    if (fate.kind === 'given-up') this.metrics.webhookGivenUp.inc();
  }

  /**
   * Has a delivery sent again, in whatever state it is, with the id that it had.
   * @throws WebhooksUnavailable, WebhookNotFound, DeliveryNotFound, LedgerUnavailable
   */
  async resend(
    { webhookId, deliveryId }: { readonly webhookId: string; readonly deliveryId: string },
    cause: Cause,
  ): Promise<TrackedDelivery> {
    this.webhooks.needed();
    this.webhooks.get(webhookId);
    const resent = { deliveryId, webhookId, instance: this.instance, at: this.now() };
    const { revision } = await this.decide(deliveryId, (delivery) => resend(delivery, resent), cause);
    await this.model.untilShown(deliveryId, revision, SHOWN_WITHIN_MS);
    this.onDue(webhookId, { atOnce: true });
    return this.get(deliveryId);
  }

  /** A page of a webhook's deliveries, newest first. @throws WebhookNotFound, LedgerUnavailable */
  list(
    webhookId: string,
    { state, before, limit }: { state?: DeliveryState | undefined; before?: number | undefined; limit: number },
  ): Page<TrackedDelivery, number> {
    this.webhooks.get(webhookId);
    const found = (state ? [state] : deliveryStates)
      .flatMap((each) => {
        const shelf = deliveryShelf(webhookId, each);
        return this.model.page({ shelf, ...(before !== undefined && { before }), limit: limit + 1 }).items;
      })
      .sort((one, other) => other.place - one.place);
    const { items, next } = pageOf(found, limit, ({ place }) => place);
    return { items: items.map(({ view }) => view), next };
  }

  /** Waits until all that is there is known. */
  current(limitMs: number): Promise<boolean> {
    return this.model.current(limitMs);
  }

  /** Is told of each webhook with something new that is due; set by the sender. */
  onDue: (webhookId: string, how?: { readonly atOnce: boolean }) => void = () => {};

  /** Nothing is sent to a webhook any more. */
  forget(webhookId: string): void {
    this.soonest.delete(webhookId);
  }

  private get(deliveryId: string): TrackedDelivery {
    return this.model.get(deliveryId) as TrackedDelivery;
  }

  private now(): string {
    return new Date(this.clock.now()).toISOString();
  }

  private own(): Cause {
    return { actor: { id: ACTOR, roles: [] }, requestId: randomUUID() };
  }

  private decide(
    deliveryId: string,
    decide: (delivery: WebhookDelivery | undefined) => readonly DeliveryEvent[],
    cause: Cause,
  ) {
    return this.ledger.handle(this.folds, deliveryStreams.of(deliveryId), decide, cause);
  }

  private changed(delivery: TrackedDelivery, revision: number): void {
    const { deliveryId, webhookId, state } = delivery;
    const known = this.ahead.get(deliveryId);
    if (known !== undefined && revision < known) return;
    this.ahead.delete(deliveryId);
    if (state !== 'due') {
      this.soonest.get(webhookId)?.remove(deliveryId, revision);
      return;
    }
    this.soonest.get(webhookId)?.put(this.dueOf(delivery));
    this.onDue(webhookId);
  }

  private dueOf(delivery: WebhookDelivery): Due {
    const { deliveryId, dueAt, instance, revision } = delivery;
    const isOwn = instance === this.instance;
    const readyAt = isOwn ? Date.parse(dueAt) : claimableFrom(delivery, this.instance, this.pace.lateMs);
    return { deliveryId, readyAt, revision };
  }

  /** The delivery as it is due; undefined where it is not any more, or where an event of it cannot be read. */
  private dueNow({ deliveryId }: Due): TrackedDelivery | undefined {
    try {
      const delivery = this.model.get(deliveryId);
      const isOld = (delivery?.revision ?? -1) < (this.ahead.get(deliveryId) ?? -1);
      return delivery?.state === 'due' && !isOld ? delivery : undefined;
    } catch (error) {
      if (error instanceof ViewIncomplete) return undefined;
      throw error;
    }
  }

  private async fill(webhookId: string, soonest: Soonest): Promise<void> {
    soonest.beginFilling();
    try {
      let before: number | null = Number.MAX_SAFE_INTEGER;
      while (before !== null) {
        const page: Page<{ readonly view: TrackedDelivery }, number> = this.model.page({
          ...{ shelf: deliveryShelf(webhookId, 'due'), before, limit: FILLED_AT_ONCE },
        });
        for (const { view } of page.items)
          if (view.revision >= (this.ahead.get(view.deliveryId) ?? -1)) soonest.put(this.dueOf(view));
        before = page.next;
        await setImmediate();
      }
    } catch (error) {
      this.soonest.delete(webhookId);
      throw error;
    }
  }

  /** @returns false where another instance was first, or the delivery is not due any more */
  private async claim({ deliveryId }: Due): Promise<boolean> {
    const claiming = { instance: this.instance, at: this.now() };
    const decide = (delivery: WebhookDelivery | undefined) => claim(delivery, claiming, this.pace.lateMs);
    const { events, state, revision } = await this.decide(deliveryId, decide, this.own());
    if (events.length === 0 || !state) return false;
    this.goAhead(state.webhookId, deliveryId, revision);
    return true;
  }

  private goAhead(webhookId: string, deliveryId: string, revision: number): void {
    if ((this.shown(deliveryId) ?? -1) < revision) this.ahead.set(deliveryId, revision);
    this.soonest.get(webhookId)?.remove(deliveryId, revision - 1);
  }

  private shown(deliveryId: string): number | undefined {
    try {
      return this.model.get(deliveryId)?.revision;
    } catch {
      return undefined; // Not current right now: the event will be announced.
    }
  }
}
