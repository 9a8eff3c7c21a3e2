import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { AddressRule } from '../ledger/react/delivery/addresses.ts';
import { type Channel, Delivery, type DeliveryReport } from '../ledger/react/delivery/delivery.ts';
import type { Outcome } from '../ledger/react/delivery/outcome.ts';
import type { Message } from '../ledger/react/delivery/record.ts';
import type { ChannelState } from '../ledger/react/delivery/schedule.ts';
import { HealthRegistry } from '../telemetry/health.ts';
import { Metrics } from '../telemetry/metrics.ts';
import type { ChannelSettings } from './channels.ts';
import { Escalator, PAGING } from './escalator.ts';
import { FollowedIncidents } from './followed-incidents.ts';
import { sendMail } from './mailer.ts';
import { PAGING_PACE, type Pace } from './pace.ts';
import { Pages } from './pages.ts';
import type { Paging } from './policy-file.ts';
import { signed } from './signature.ts';

/** Attempts under way at the end have so long to get on record; one that is broken off is made again, by whichever instance is there. */
const GRACE_MS = 3_000;

/** Sends what came due through each channel, each by itself: one that is down holds no other up. */
@Injectable()
export class Pager implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Paging');
  private readonly delivery: Delivery;
  private starting: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(
    private readonly followed: FollowedIncidents,
    private readonly escalator: Escalator,
    private readonly pages: Pages,
    private readonly clock: Clock,
    metrics: Metrics,
    health: HealthRegistry,
    @Inject(CONFIG) config: Config,
    @Inject(PAGING) private readonly paging: Paging,
    @Inject(PAGING_PACE) pace: Pace,
  ) {
    const { allowHttp, allowedAddresses } = config.paging;
    const rule = new AddressRule(allowedAddresses);
    const channels = Object.entries(paging.channels).map(([id, settings]) =>
      this.channel(id, settings, rule, allowHttp),
    );
    this.delivery = new Delivery(channels, pages, (event) => this.log(event), { ...pace, allowHttp, allowedAddresses });
    metrics.watchPaging({
      oldestDue: () =>
        Math.min(pages.longestDue ?? Number.POSITIVE_INFINITY, escalator.soonest ?? Number.POSITIVE_INFINITY),
      failing: () => [...this.states().keys()].map((channel) => [channel, this.failing().has(channel)] as const),
    });
    // A receiver that is down is no reason to send requests elsewhere.
    health.register('paging', () => {
      if (Object.keys(paging.channels).length === 0) return 'not set up';
      const failing = [...this.failing()].join(', ');
      return failing === '' ? undefined : `failing: ${failing}`;
    });
  }

  onApplicationBootstrap(): void {
    this.pages.onDue = (channel, { isFirst }) =>
      this.delivery.look(channel, { atOnce: isFirst && this.mayBeTried(channel) });
    this.escalator.failing = () => this.failing();
    this.starting = this.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    await this.followed.onApplicationShutdown();
    await this.starting;
    await this.escalator.onApplicationShutdown();
    await this.delivery.stop(GRACE_MS);
  }

  states(): ReadonlyMap<string, ChannelState> {
    return this.delivery.states();
  }

  /** One attempt with a message that is on no incident's record. */
  once(message: Message): Promise<Outcome> {
    return this.delivery.once(message);
  }

  /** Whether this instance could page right now. */
  get isAlive(): boolean {
    const overdue = this.clock.now() - (this.escalator.soonest ?? Number.POSITIVE_INFINITY);
    return !this.isStopped && this.followed.isCurrent && overdue < 10_000;
  }

  private async start(): Promise<void> {
    if (Object.keys(this.paging.channels).length === 0)
      this.logger.warn('no pager is set up: incidents are on the desk alone (docs/on-call.md)');
    await this.followed.start();
    if (this.isStopped) return;
    this.escalator.start();
    this.delivery.start();
  }

  private failing(): ReadonlySet<string> {
    return new Set([...this.states()].filter(([, { kind }]) => kind === 'failing').map(([channel]) => channel));
  }

  /** One that asked to be left alone for a time is. */
  private mayBeTried(channel: string): boolean {
    const state = this.states().get(channel);
    return state?.kind === 'failing' && state.status !== 429;
  }

  private channel(id: string, settings: ChannelSettings, rule: AddressRule, allowPlain: boolean): Channel {
    if (settings.kind === 'email') {
      const url = new URL(settings.smtp);
      return { id, url, send: ({ body }, signal) => sendMail(settings, body, { rule, allowPlain, signal }) };
    }
    const url = new URL(settings.url);
    const alerts = '/api/v2/alerts';
    if (settings.kind === 'alertmanager' && !url.pathname.endsWith(alerts))
      url.pathname = `${url.pathname.replace(/\/$/, '')}${alerts}`;
    if (settings.kind === 'pagerduty' && url.pathname === '/') url.pathname = '/v2/enqueue';
    if (settings.kind !== 'webhook') return { id, url };
    return { id, url, headers: (message) => signed(settings.secrets, message, this.clock.now()) };
  }

  private log(event: DeliveryReport): void {
    const { kind, channel } = event;
    if (kind === 'changed') {
      const { state } = event;
      if (state.kind === 'healthy') this.logger.log(`${channel} takes pages`);
      else {
        const why = [state.why, state.code, state.status].filter((part) => part !== undefined).join(' ');
        this.logger.error(`${channel} takes no pages and is tried again: ${why}`);
      }
    } else if (kind === 'given-up') this.logger.error(`message ${event.messageId} through ${channel} is given up`);
    else {
      const why = event.error instanceof Error ? event.error.message : 'unknown';
      const what = kind === 'not-sendable' ? 'a message could not be made' : 'the record of pages is away';
      this.logger.error(`${channel}: ${what}: ${why}`);
    }
  }
}
