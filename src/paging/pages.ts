import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { Incident, Sending } from '../../projections/incident.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import type { Attempt, DeliveryRecord, Message, Outstanding } from '../ledger/react/delivery/record.ts';
import { Metrics } from '../telemetry/metrics.ts';
import type { ChannelSettings } from './channels.ts';
import { mailOf } from './escalation.ts';
import { PAGING } from './escalator.ts';
import { FollowedIncidents } from './followed-incidents.ts';
import { type Told, toldOf, write } from './formats.ts';
import { attempt, type Head, headOf } from './messages.ts';
import { attempted } from './outcomes.ts';
import { PAGING_PACE, type Pace } from './pace.ts';
import type { Paging } from './policy-file.ts';

/**
 * The messages of incidents as a record of deliveries. An attempt is on the incident's stream before it is made, and so is what came of it: of
 * several instances one makes it, and one that was killed over it leaves it to the others, with the same id.
 */
@Injectable()
export class Pages implements DeliveryRecord {
  /** This process, until it ends. */
  readonly instance = randomUUID();
  private readonly beganAt: number;
  /** The first message of each incident, by channel. */
  private readonly heads = new Map<string, Map<string, { readonly readyAt: number; readonly isFirst: boolean }>>();
  /** The incident of each attempt under way here. */
  private readonly underWay = new Map<string, string>();
  private readonly isAlone: boolean;

  /** Is told of each channel with something new that is due; set by the sender. */
  onDue: (channel: string, how: { readonly isFirst: boolean }) => void = () => {};

  constructor(
    private readonly followed: FollowedIncidents,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(PAGING) private readonly paging: Paging,
    @Inject(PAGING_PACE) private readonly pace: Pace,
  ) {
    this.beganAt = clock.now();
    this.isAlone = config.storeUrl === undefined;
    for (const channel of Object.keys(paging.channels)) this.heads.set(channel, new Map());
    followed.listen((incidentId, incident) => this.changed(incidentId, incident));
  }

  async next(channel: string): Promise<Outstanding | undefined> {
    for (;;) {
      const incidentId = this.soonestOf(channel);
      const incident = incidentId === undefined ? undefined : this.followed.get(incidentId);
      if (incidentId === undefined || !incident) return undefined;
      const head = this.headOf(incident, channel);
      this.note(incidentId, channel, head);
      if (!head) continue;
      if (head.readyAt > this.clock.now()) return this.outstanding(incident, head, channel);
      const now = this.clock.now();
      const attempting = { now, instance: this.instance, lateAt: this.lateAt };
      const { events, state } = await this.followed.handle(incidentId, (state) =>
        attempt(state, this.way(channel), head.messageId, attempting),
      );
      // Acknowledged, closed, or another instance's meanwhile.
      if (events.length === 0 || !state) {
        await setImmediate();
        this.note(incidentId, channel, state && this.headOf(state, channel));
        continue;
      }
      this.underWay.set(head.messageId, incidentId);
      return this.outstanding(state, head, channel);
    }
  }

  async attempted(made: Attempt): Promise<void> {
    const { messageId, channel, outcome, fate } = made;
    const incidentId = this.underWay.get(messageId);
    if (incidentId === undefined) return;
    await this.followed.handle(incidentId, (state) => attempted(state, this.paging.policy, made));
    this.underWay.delete(messageId);
    // A page that no attempt was made for waits for no other: at its own failure the next channel is taken.
    if (fate.kind !== 'delivered' && this.hasFirst(channel)) this.onDue(channel, { isFirst: true });
    this.metrics.pageAttempts.inc({ channel, outcome: outcome.kind });
    if (fate.kind === 'given-up') this.metrics.pagesGivenUp.inc({ channel });
  }

  /** Since when the message has been due that is due longest, in milliseconds since the epoch. */
  get longestDue(): number | undefined {
    const all = [...this.heads.values()].flatMap((heads) => [...heads.values()].map(({ readyAt }) => readyAt));
    return all.length === 0 ? undefined : Math.min(...all);
  }

  /** A message that tells of something, for the receiver of a channel. */
  message(told: Told, channel: string, at: number): Message {
    const { policy, channels } = this.paging;
    const to = told.targets.flatMap((name) => mailOf(policy, policy.targets[name], channel, this.clock.now()));
    const mailTo = to.length > 0 ? [...new Set(to)] : (policy.channels[channel]?.mail ?? []);
    return { id: told.messageId, channel, at, ...write(told, channels[channel] as ChannelSettings, mailTo) };
  }

  private outstanding(incident: Incident, head: Head, channel: string): Outstanding {
    const { attempts, readyAt, at } = head;
    return {
      message: this.message(toldOf(incident, head, this.config.paging.link), channel, at),
      ...{ attempts, dueAt: readyAt },
    };
  }

  private changed(incidentId: string, incident: Incident | undefined): void {
    for (const channel of this.heads.keys()) {
      const before = this.heads.get(channel)?.get(incidentId);
      const head = incident && this.headOf(incident, channel);
      this.note(incidentId, channel, head);
      if (head && head.readyAt !== before?.readyAt) this.onDue(channel, { isFirst: isFirst(head) });
    }
  }

  private note(incidentId: string, channel: string, head: Head | undefined): void {
    const heads = this.heads.get(channel);
    if (head) heads?.set(incidentId, { readyAt: head.readyAt, isFirst: isFirst(head) });
    else heads?.delete(incidentId);
  }

  /** A page that is due and was never attempted, if there is one; else the message that is ready first. */
  private soonestOf(channel: string): string | undefined {
    const now = this.clock.now();
    let soonest: string | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [incidentId, { readyAt, isFirst }] of this.heads.get(channel) ?? []) {
      const rank = isFirst && readyAt <= now ? readyAt - now : readyAt;
      if (rank < least) [soonest, least] = [incidentId, rank];
    }
    return soonest;
  }

  private hasFirst(channel: string): boolean {
    const now = this.clock.now();
    return [...(this.heads.get(channel)?.values() ?? [])].some(({ readyAt, isFirst }) => isFirst && readyAt <= now);
  }

  private headOf(incident: Incident, channel: string): Head | undefined {
    return headOf(incident, this.way(channel), this.clock.now(), this.lateAt);
  }

  private way(channel: string) {
    return { id: channel, kind: (this.paging.channels[channel] as ChannelSettings).kind };
  }

  /** An instance that started the store, alone with it, has outlived every attempt from before. */
  private readonly lateAt = ({ instance, attemptedAt }: Sending): number => {
    const at = Date.parse(attemptedAt);
    return this.isAlone && instance !== this.instance && at < this.beganAt ? at : at + this.pace.lateMs;
  };
}

const isFirst = ({ action, attempts }: Head): boolean => action === 'trigger' && attempts === 0;
