import type { lookup } from 'node:dns';
import { Pauses } from '../../../flow/back-off.ts';
import { Changes } from '../../../flow/changes.ts';
import { AddressRule } from './addresses.ts';
import type { Outcome } from './outcome.ts';
import { type PostLimits, post } from './post.ts';
import type { DeliveryRecord, Message, Outstanding } from './record.ts';
import { afterAttempt, type ChannelState, type Schedule } from './schedule.ts';

/** A way to one receiver. */
export type Channel = {
  readonly id: string;
  readonly url: URL;
  /** Made for each attempt and kept nowhere: a receiver's key, a signature of the body. */
  readonly headers?: (message: Message) => Readonly<Record<string, string>>;
  /** Certificates, PEM, that the receiver's may be signed by, where they are not those that Node trusts. */
  readonly ca?: string;
  /** How an attempt is made, where it is not a POST to the address. @throws the signal's reason */
  readonly send?: (message: Message, signal: AbortSignal) => Promise<Outcome>;
};

export type DeliverySettings = Schedule &
  PostLimits & {
    /** Also plain HTTP. */
    readonly allowHttp: boolean;
    /** Host names, addresses and networks that receivers may have though they are not public. */
    readonly allowedAddresses: readonly string[];
  };

/** A pager that is away for a weekend still rings on Monday. */
export const deliveryDefaults: DeliverySettings = {
  firstMs: 1_000,
  longestMs: 5 * 60_000,
  longestRetryAfterMs: 60 * 60_000,
  giveUpAfterMs: 3 * 24 * 60 * 60_000,
  connectMs: 5_000,
  answerMs: 10_000,
  allowHttp: false,
  allowedAddresses: [],
};

export type DeliveryReport =
  | { readonly kind: 'changed'; readonly channel: string; readonly state: ChannelState }
  | { readonly kind: 'given-up'; readonly channel: string; readonly messageId: string; readonly outcome: Outcome }
  /** The request could not be made: a bug, or a header that HTTP does not allow. */
  | { readonly kind: 'not-sendable'; readonly channel: string; readonly messageId: string; readonly error: unknown }
  | { readonly kind: 'record-unavailable'; readonly channel: string; readonly error: unknown };

/** A channel's settings are such that it must not be used. */
export class ChannelRefused extends Error {
  constructor(id: string, why: string) {
    super(`channel ${id}: ${why}`);
    this.name = 'ChannelRefused';
  }
}

type Line = {
  readonly channel: Channel;
  state: ChannelState;
  /** How often it was told of something new: what came while the record was being asked is not slept over. */
  told: number;
  /** The next attempt waits for no pause. */
  atOnce: boolean;
  closed: boolean;
};

/**
 * Delivers messages to receivers over HTTP, at least once, each channel by itself: one attempt at a time, the message that is due first.
 *
 *   healthy ──receiver fails──▶ failing, paused ──pause is over: one message tries──▶ healthy, or failing and paused for longer
 *
 * Messages and attempts are on the caller's record, and nothing else is kept: after a crash or a shutdown the next start continues where the
 * record stands. An attempt whose outcome did not get on record is made again, with the same idempotency key.
 */
export class Delivery {
  private readonly lines = new Map<string, Line>();
  private readonly running = new Set<Promise<void>>();
  private started = false;
  private readonly settings: DeliverySettings;
  private readonly rule: AddressRule;
  private readonly changes = new Changes();
  private readonly aborting = new AbortController();
  private stopped = false;

  /** @throws ChannelRefused, TypeError for an address that is none */
  constructor(
    channels: readonly Channel[],
    private readonly record: DeliveryRecord,
    private readonly report: (event: DeliveryReport) => void,
    settings: Partial<DeliverySettings> = {},
    /** Another resolver than Node's. */
    private readonly resolve?: typeof lookup,
  ) {
    this.settings = { ...deliveryDefaults, ...settings };
    this.rule = new AddressRule(this.settings.allowedAddresses);
    for (const channel of channels) this.open(channel);
  }

  /** Begins with the outstanding messages. */
  start(): void {
    this.started = true;
    for (const line of this.lines.values()) this.begin(line);
  }

  /** Adds a channel, also to a delivery that is at work. @throws ChannelRefused */
  open(channel: Channel): void {
    const { id, url, send } = channel;
    if (this.lines.has(id)) throw new ChannelRefused(id, 'there is another one of that name');
    if (!send && url.protocol !== 'https:' && !(url.protocol === 'http:' && this.settings.allowHttp))
      throw new ChannelRefused(id, `its address must begin with https://, not with ${url.protocol}//`);
    if (!send && (url.username !== '' || url.password !== ''))
      throw new ChannelRefused(id, 'its address has a user or a password in it; send them in a header');
    const line: Line = { channel, state: { kind: 'healthy' }, told: 0, atOnce: false, closed: false };
    this.lines.set(id, line);
    if (this.started) this.begin(line);
  }

  /** Sends nothing through a channel any more, beyond the attempt that is under way. */
  close(id: string): void {
    const line = this.lines.get(id);
    if (!line) return;
    line.closed = true;
    this.lines.delete(id);
    this.changes.announce();
  }

  /**
   * The record has something new for a channel: to be told once it is durable there. Before the start it need not be told.
   * @param atOnce a receiver that failed is tried all the same
   */
  look(id: string, { atOnce = false } = {}): void {
    const line = this.lines.get(id);
    if (!line) return;
    line.told += 1;
    line.atOnce ||= atOnce;
    this.changes.announce();
  }

  /** One attempt, now, with a message that is on no record. @throws TypeError where there is no such channel */
  async once(message: Message): Promise<Outcome> {
    const line = this.lines.get(message.channel);
    if (!line) throw new TypeError(`there is no channel ${message.channel}`);
    return (await this.post(line.channel, message)) ?? { kind: 'failed', why: 'no-answer' };
  }

  /** How each channel does. */
  states(): ReadonlyMap<string, ChannelState> {
    return new Map([...this.lines].map(([id, { state }]) => [id, state]));
  }

  /** Ends between attempts. One that is under way has `graceMs` to end and to get on record; after that it is broken off, and made again. */
  async stop(graceMs: number): Promise<void> {
    this.stopped = true;
    this.changes.announce();
    const limit = setTimeout(() => this.aborting.abort(new Error('the delivery is stopping')), graceMs);
    await Promise.all(this.running);
    clearTimeout(limit);
  }

  private begin(line: Line): void {
    const running: Promise<void> = this.run(line).finally(() => this.running.delete(running));
    this.running.add(running);
  }

  private isOver(line: Line): boolean {
    return this.stopped || line.closed;
  }

  private async run(line: Line): Promise<void> {
    const pause = () => (line.state.kind === 'failing' && !line.atOnce ? line.state.pausedUntil - Date.now() : 0);
    while (!this.isOver(line)) {
      // Asked again after the sleep: a timer may end a millisecond early, and an attempt within the pause would count for none.
      if (pause() > 0) {
        await this.sleep(line, pause(), () => pause() <= 0);
        continue;
      }
      const { told } = line;
      line.atOnce = false;
      const next = await this.onRecord(line, () => this.record.next(line.channel.id));
      if (this.isOver(line)) return;
      const wait = next ? next.dueAt - Date.now() : Number.POSITIVE_INFINITY;
      if (wait > 0) await this.sleep(line, wait, () => line.told !== told);
      else if (next) await this.attempt(line, next);
    }
  }

  private async attempt(line: Line, { message, attempts }: Outstanding): Promise<void> {
    const { channel } = line;
    const beganAt = Date.now();
    const outcome = await this.post(channel, message);
    if (!outcome) return;
    const endedAt = Date.now();
    const number = attempts + 1;
    const { channel: state, fate } = afterAttempt(line.state, { at: message.at, attempts: number }, outcome, {
      ...{ beganAt, now: endedAt },
      random: Math.random(),
      schedule: this.settings,
    });
    const isNews = state.kind !== line.state.kind;
    line.state = state;
    const attempt = { messageId: message.id, channel: channel.id, number, beganAt, endedAt, outcome, fate };
    await this.onRecord(line, () => this.record.attempted(attempt));
    if (isNews) this.report({ kind: 'changed', channel: channel.id, state });
    if (fate.kind === 'given-up')
      this.report({ kind: 'given-up', channel: channel.id, messageId: message.id, outcome });
  }

  /** @returns undefined when it was broken off by a stop */
  private async post({ id, url, headers, ca, send }: Channel, message: Message): Promise<Outcome | undefined> {
    const { rule, settings: limits, resolve } = this;
    try {
      if (send) return await send(message, this.aborting.signal);
      const request = {
        ...{ url, ca, body: message.body },
        headers: { ...headers?.(message), 'content-type': message.contentType, 'idempotency-key': message.id },
      };
      return await post(request, { rule, limits, resolve, signal: this.aborting.signal });
    } catch (error) {
      if (this.aborting.signal.aborted) return undefined;
      this.report({ kind: 'not-sendable', channel: id, messageId: message.id, error });
      return { kind: 'failed', why: 'not-sendable' };
    }
  }

  /** Asks the record until it answers, or until the stop. What it is told can be told again. */
  private async onRecord<T>(line: Line, ask: () => Promise<T>): Promise<T | undefined> {
    const pauses = new Pauses(this.settings);
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        this.report({ kind: 'record-unavailable', channel: line.channel.id, error });
        if (this.isOver(line)) return undefined;
        await this.sleep(line, pauses.next());
        if (this.isOver(line)) return undefined;
      }
    }
  }

  private async sleep(line: Line, ms: number, orUntil: () => boolean = () => false): Promise<void> {
    if (ms > 0) await this.changes.until(() => this.isOver(line) || orUntil(), ms);
  }
}
