import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { TrackedWebhook } from '../../projections/webhooks.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { Delivery, type DeliveryReport } from '../ledger/react/delivery/delivery.ts';
import type { ChannelState } from '../ledger/react/delivery/schedule.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { Deliveries } from './deliveries.ts';
import { PACE, type Pace } from './pace.ts';
import { Webhooks } from './webhooks.ts';

/** Attempts under way at the end have so long to get on record; one that is broken off is made again, by whichever instance is there. */
const GRACE_MS = 3_000;
const LOOK_EVERY_MS = 500;

/** Sends the deliveries that are due, each webhook by itself: one that is down holds no other up. */
@Injectable()
export class Sender implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Webhooks');
  private readonly delivery: Delivery;
  /** Those that are sent to, as they are now. */
  private readonly open = new Map<string, TrackedWebhook>();
  private unlisten: () => void = () => {};
  private starting: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly webhooks: Webhooks,
    private readonly deliveries: Deliveries,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    @Inject(CONFIG) { webhooks: { allowHttp, allowedAddresses } }: Config,
    @Inject(PACE) pace: Pace,
  ) {
    const settings = { ...pace, allowHttp, allowedAddresses };
    this.delivery = new Delivery([], deliveries, (event) => this.log(event), settings);
  }

  onApplicationBootstrap(): void {
    if (!this.webhooks.secrets) return;
    this.deliveries.onDue = (webhookId, how) => this.delivery.look(webhookId, how);
    this.starting = this.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.unlisten();
    await this.starting;
    await this.delivery.stop(GRACE_MS);
  }

  /** How the receiver of a webhook does, as far as this instance has tried it. */
  stateOf(webhookId: string): ChannelState | undefined {
    return this.delivery.states().get(webhookId);
  }

  private async start(): Promise<void> {
    for (const model of [this.webhooks, this.deliveries])
      while (!this.stopped && !(await model.current(LOOK_EVERY_MS)));
    if (this.stopped) return;
    this.unlisten = this.webhooks.listen((webhook) => this.follow(webhook));
    for (const webhook of this.webhooks.list()) this.follow(webhook);
    this.delivery.start();
  }

  private follow(webhook: TrackedWebhook): void {
    const { webhookId, status } = webhook;
    if (status === 'removed') {
      this.close(webhookId);
      return;
    }
    if (!this.webhooks.secrets?.fits(webhook)) {
      this.logger.error(
        `webhook ${webhookId} is not sent to from here: WEBHOOK_SIGNING_KEY is not the one its secret was made with`,
      );
      this.close(webhookId);
      return;
    }
    const isOpen = this.open.has(webhookId);
    this.open.set(webhookId, webhook);
    if (isOpen) return;
    try {
      this.delivery.open({
        id: webhookId,
        url: new URL(webhook.url),
        headers: (message) => this.sign(webhookId, message),
      });
    } catch (error) {
      // Registered while other settings allowed its address.
      this.logger.error(`webhook ${webhookId} is not sent to: ${error instanceof Error ? error.message : 'refused'}`);
    }
  }

  private close(webhookId: string): void {
    this.delivery.close(webhookId);
    this.open.delete(webhookId);
    this.deliveries.forget(webhookId);
    this.countFailing();
  }

  private sign(webhookId: string, message: { readonly id: string; readonly body: string }): Record<string, string> {
    const webhook = this.open.get(webhookId);
    if (!webhook) throw new Error(`webhook ${webhookId} is not open`);
    return this.webhooks.needed().headers(webhook, message, this.clock.now());
  }

  private countFailing(): void {
    const failing = [...this.delivery.states().values()].filter(({ kind }) => kind === 'failing');
    this.metrics.webhooksFailing.set(failing.length);
  }

  private log(event: DeliveryReport): void {
    const { kind, channel } = event;
    if (kind === 'changed') {
      this.countFailing();
      const { state } = event;
      if (state.kind === 'healthy') this.logger.log(`webhook ${channel} takes events`);
      else {
        const why = [state.why, state.code, state.status].filter((part) => part !== undefined).join(' ');
        this.logger.warn(`webhook ${channel} fails and is tried again later: ${why}`);
      }
    } else if (kind === 'given-up') this.logger.error(`delivery ${event.messageId} to webhook ${channel} is given up`);
    else {
      const why = event.error instanceof Error ? event.error.message : 'unknown';
      this.logger.error(
        `webhook ${channel}: ${kind === 'not-sendable' ? 'a request could not be made' : 'the record of deliveries is away'}: ${why}`,
      );
    }
  }
}
