import { Frontier } from './frontier.ts';
import { type Candidate, hasRoom, type Strategy, type StrategyName, strategyNamed } from './strategies.ts';

/**
 * The state machine behind one persistent subscription: no log, no socket, no timer; those are at the other end of its
 * `Port`. The main flow:
 *
 *     behind ──asks for a page──▶ reading ──page──▶ behind … ──page reaches the end──▶ live
 *        ▲                                                                               │
 *        └────────────── more committed than the live buffer holds ──────────────────────┘
 *
 *     message: buffered ─▶ in flight ─▶ done                      (acknowledged, or skipped)
 *                 ▲            │ └────▶ parking ─▶ done            (parked, or retried too often; done once durable)
 *                 └─ retrying ◀┘                                   (nack retry, timeout, consumer gone: retries + 1)
 *
 * Only references are held, never payloads, so memory is bounded by counts: the buffers' sizes and the consumers' slots.
 * The checkpoint is the place just before the lowest message that is not done, so after a restart every message that
 * was not done is delivered again (at least once).
 */

/** A reference to a message: where it is and how it is told apart, without its payload. */
export type Reference = {
  /** The id consumers acknowledge with (of the link, where the source or the parked stream holds a link). */
  readonly key: string;
  /** Log position of the event (or link) in the source or the parked stream, by which it is loaded. */
  readonly position: bigint;
  /** What the pinned strategies pin by. */
  readonly bucket: number;
};

/**
 * An event of the source: `at` is its revision in a stream or its position in `$all`. Without `match` the filter left out
 * everything since the one before, up to and including `at`.
 */
export type Considered = { readonly at: bigint; readonly match: Reference | undefined };

export type Message = Reference & {
  readonly origin:
    | { readonly kind: 'source'; readonly sequence: number; readonly previous: bigint }
    | { readonly kind: 'parked'; readonly revision: bigint };
  retries: number;
};

export type NackAction = 'retry' | 'park' | 'skip' | 'stop';

export type SubscriptionSettings = {
  messageTimeoutMs: number;
  maxRetryCount: number;
  /** 0: never by time, only by count. */
  checkpointAfterMs: number;
  minCheckpointCount: number;
  maxCheckpointCount: number;
  liveBufferSize: number;
  readBatchSize: number;
  /** Bounds the messages held for the consumers, and also those they have and have not answered. */
  historyBufferSize: number;
  strategy: StrategyName;
};

export type Port = {
  /** Milliseconds; only differences matter. */
  now(): number;
  /** Writes to the consumer. False: don't write more to this consumer before `drained`. */
  deliver(consumer: string, message: Message): boolean;
  /** Asks for the events after this place; answered, later, by `page`. */
  read(after: bigint): void;
  /** Asks for a durable link in the parked stream; answered, later, by `parked` or `parkingFailed`. */
  park(message: Message, reason: string): void;
  /** Everything at or before this place is done. */
  checkpoint(at: bigint): void;
  /** Every replayed parked message before this revision of the parked stream is done. */
  replayDone(before: bigint): void;
  /** A consumer no longer has the message, answered or not: measured by the caller that reports on the consumers. */
  processed(consumer: string, message: Message, tookMs: number): void;
};

type InFlight = { message: Message; consumer: Candidate; since: number };

const inLogOrder = (a: Message, b: Message): number => (a.position < b.position ? -1 : 1);

export class Subscription {
  readonly #settings: SubscriptionSettings;
  readonly #port: Port;
  readonly #strategy: Strategy;
  readonly #consumers = new Map<string, Candidate>();
  #phase: 'behind' | 'reading' | 'live' = 'behind';

  readonly #buffer: Message[] = [];
  /** In log order; goes out before anything that has not been delivered yet. */
  readonly #retries: Message[] = [];
  #retriesSorted = true;
  /** In order of delivery, so that the first is the first to time out. */
  readonly #inFlight = new Map<string, InFlight>();
  readonly #parking = new Map<string, Message>();
  readonly #parkingFailed = new Map<string, { message: Message; reason: string }>();

  readonly #unfinished = new Frontier<Message>();
  readonly #replaying = new Frontier<Message>();
  #replayedTo = 0n;
  #replayDone = 0n;

  #considered: bigint;
  #sequence = 0;
  #lastKnown: bigint | undefined;
  #checkpointed: { sequence: number; at: bigint };
  #checkpointedWhen = Number.NEGATIVE_INFINITY;

  /** @param after the place after which the source is read: the checkpoint, or one before the first event wanted. */
  constructor(settings: SubscriptionSettings, after: bigint, port: Port) {
    this.#settings = settings;
    this.#port = port;
    this.#strategy = strategyNamed(settings.strategy);
    this.#considered = after;
    this.#checkpointed = { sequence: 0, at: after };
  }

  /** Begins to read; nothing is read before. */
  start(): void {
    this.#readMore();
  }

  // ── the source ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What `read` asked for. `end`: there was nothing after the last of these at that moment. */
  page(events: readonly Considered[], end: boolean): void {
    if (this.#phase !== 'reading') return;
    this.#phase = 'behind';
    let all = true;
    for (const event of events) {
      if (event.match !== undefined && this.#buffer.length >= this.#settings.historyBufferSize) {
        all = false;
        break;
      }
      this.#consider(event);
    }
    if (end && all) this.#phase = 'live';
    this.#dispatch();
    this.#checkpoint('by count');
  }

  /** Events as they are committed. Ignored unless live: a subscription that is behind will read them. */
  committed(events: readonly Considered[]): void {
    if (this.#phase !== 'live') return;
    for (const event of events) {
      if (event.match !== undefined && this.#buffer.length >= this.#settings.liveBufferSize) {
        this.#dispatch();
        if (this.#buffer.length >= this.#settings.liveBufferSize) {
          this.#phase = 'behind';
          break;
        }
      }
      this.#consider(event);
    }
    this.#dispatch();
    this.#checkpoint('by count');
  }

  /** Links read from the parked stream, to be delivered again with a fresh retry count. */
  replay(links: readonly { readonly link: Reference; readonly revision: bigint }[]): void {
    for (const { link, revision } of links) {
      const message: Message = { ...link, origin: { kind: 'parked', revision }, retries: 0 };
      this.#replayedTo = revision + 1n;
      this.#replaying.add(message);
      this.#retry(message);
    }
    this.#dispatch();
  }

  #consider({ at, match }: Considered): void {
    if (at <= this.#considered) return;
    this.#sequence++;
    if (match !== undefined) {
      const message: Message = {
        ...match,
        origin: { kind: 'source', sequence: this.#sequence, previous: this.#considered },
        retries: 0,
      };
      this.#unfinished.add(message);
      this.#buffer.push(message);
      this.#lastKnown = at;
    }
    this.#considered = at;
  }

  #readMore(): void {
    if (this.#phase !== 'behind') return;
    if (this.#buffer.length + this.#settings.readBatchSize > this.#settings.historyBufferSize) return;
    this.#phase = 'reading';
    this.#port.read(this.#considered);
  }

  // ── consumers ───────────────────────────────────────────────────────────────────────────────────────────────────────

  connect(id: string, slots: number): void {
    const consumer: Candidate = { id, slots, inFlight: 0, writable: true };
    this.#consumers.set(id, consumer);
    this.#strategy.joined(consumer);
    this.#dispatch();
  }

  /** What the consumer had not acknowledged is delivered to others. */
  disconnect(id: string): void {
    const consumer = this.#consumers.get(id);
    if (consumer === undefined) return;
    this.#consumers.delete(id);
    this.#strategy.left(consumer);
    for (const entry of [...this.#inFlight.values()]) {
      if (entry.consumer === consumer) this.#tryAgain(entry);
    }
    this.#dispatch();
  }

  drained(id: string): void {
    const consumer = this.#consumers.get(id);
    if (consumer === undefined) return;
    consumer.writable = true;
    this.#dispatch();
  }

  ack(keys: readonly string[]): void {
    for (const key of keys) {
      const entry = this.#inFlight.get(key);
      if (entry === undefined) continue;
      this.#release(entry);
      this.#finish(entry.message);
    }
    this.#checkpoint('by count');
    this.#dispatch();
  }

  nack(keys: readonly string[], action: NackAction, reason: string): void {
    for (const key of keys) {
      const entry = this.#inFlight.get(key);
      if (entry === undefined) continue;
      switch (action) {
        case 'retry':
          this.#tryAgain(entry);
          break;
        case 'park':
          this.#release(entry);
          this.#park(entry.message, `Client explicitly NAK'ed message.\n${reason}`);
          break;
        case 'skip':
        case 'stop':
          this.#release(entry);
          this.#finish(entry.message);
          break;
      }
    }
    this.#checkpoint('by count');
    this.#dispatch();
  }

  // ── time and durable answers ────────────────────────────────────────────────────────────────────────────────────────

  /** To be called once a second. */
  tick(): void {
    const now = this.#port.now();
    const due: InFlight[] = [];
    for (const entry of this.#inFlight.values()) {
      if (now - entry.since < this.#settings.messageTimeoutMs) break;
      due.push(entry);
    }
    for (const entry of due) this.#tryAgain(entry);
    for (const [key, { message, reason }] of [...this.#parkingFailed]) {
      this.#parkingFailed.delete(key);
      this.#port.park(message, reason);
    }
    this.#checkpoint('by time');
    this.#reportReplay();
    this.#dispatch();
  }

  parked(key: string): void {
    const message = this.#parking.get(key);
    if (message === undefined) return;
    this.#parking.delete(key);
    this.#finish(message);
    this.#checkpoint('by count');
    this.#dispatch();
  }

  /** The link could not be written: the message stays unfinished and is parked again on the next tick. */
  parkingFailed(key: string, reason: string): void {
    const message = this.#parking.get(key);
    if (message !== undefined) this.#parkingFailed.set(key, { message, reason });
  }

  // ── reports ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  get counts() {
    const live = this.#phase === 'live';
    return {
      readBuffer: live ? 0 : this.#buffer.length,
      liveBuffer: live ? this.#buffer.length : 0,
      retryBuffer: this.#retries.length,
      inFlight: this.#inFlight.size,
      outstanding: this.#inFlight.size + this.#parking.size,
    };
  }

  get phase(): 'behind' | 'reading' | 'live' {
    return this.#phase;
  }

  get replayingParked(): boolean {
    return this.#replaying.size > 0;
  }

  /** Place of the last event that concerned this subscription. */
  get lastKnown(): bigint | undefined {
    return this.#lastKnown;
  }

  consumer(id: string): Readonly<Candidate> | undefined {
    return this.#consumers.get(id);
  }

  // ── the inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #dispatch(): void {
    if (!this.#retriesSorted) {
      this.#retries.sort(inLogOrder);
      this.#retriesSorted = true;
    }
    this.#dispatchFrom(this.#retries);
    this.#dispatchFrom(this.#buffer);
    this.#readMore();
  }

  #dispatchFrom(queue: Message[]): void {
    const heldBack: Message[] = [];
    let seen = 0;
    while (seen < queue.length && this.#anyRoom()) {
      const message = queue[seen] as Message;
      seen++;
      if (!this.#send(message)) heldBack.push(message);
    }
    // The held back return to the front; not by a spread, which a queue of a hundred thousand would not survive.
    const sent = seen - heldBack.length;
    for (const [index, message] of heldBack.entries()) queue[sent + index] = message;
    if (sent > 0) queue.splice(0, sent);
  }

  #anyRoom(): boolean {
    if (this.#inFlight.size >= this.#settings.historyBufferSize) return false;
    for (const consumer of this.#consumers.values()) if (hasRoom(consumer)) return true;
    return false;
  }

  #send(message: Message): boolean {
    // Two events may carry the same id; an acknowledgement could not tell them apart, so the second waits for the first.
    if (this.#inFlight.has(message.key) || this.#parking.has(message.key)) return false;
    const consumer = this.#strategy.choose(message.bucket);
    if (consumer === undefined) return false;
    consumer.inFlight++;
    this.#inFlight.set(message.key, { message, consumer, since: this.#port.now() });
    consumer.writable = this.#port.deliver(consumer.id, message);
    return true;
  }

  #release({ message, consumer, since }: InFlight): void {
    this.#inFlight.delete(message.key);
    consumer.inFlight--;
    this.#strategy.finished(message.bucket, consumer);
    this.#port.processed(consumer.id, message, this.#port.now() - since);
  }

  #tryAgain(entry: InFlight): void {
    this.#release(entry);
    const { message } = entry;
    if (message.retries >= this.#settings.maxRetryCount) {
      this.#park(message, `Reached retry count of ${this.#settings.maxRetryCount}`);
      return;
    }
    message.retries++;
    this.#retry(message);
  }

  #retry(message: Message): void {
    this.#retries.push(message);
    this.#retriesSorted = false;
  }

  #park(message: Message, reason: string): void {
    this.#parking.set(message.key, message);
    this.#port.park(message, reason);
  }

  #finish(message: Message): void {
    if (message.origin.kind === 'source') {
      this.#unfinished.finish(message);
      return;
    }
    this.#replaying.finish(message);
    if (this.#replaying.size === 0) this.#reportReplay();
  }

  #reportReplay(): void {
    const lowest = this.#replaying.lowest?.origin;
    const before = lowest?.kind === 'parked' ? lowest.revision : this.#replayedTo;
    if (before <= this.#replayDone) return;
    this.#replayDone = before;
    this.#port.replayDone(before);
  }

  /** EventStoreDB's rule: the time must be up or the maximum reached, and by time at least the minimum. */
  #checkpoint(occasion: 'by time' | 'by count'): void {
    const lowest = this.#unfinished.lowest?.origin;
    const done =
      lowest?.kind === 'source'
        ? { sequence: lowest.sequence - 1, at: lowest.previous }
        : { sequence: this.#sequence, at: this.#considered };
    const count = done.sequence - this.#checkpointed.sequence;
    if (count <= 0) return;
    const { checkpointAfterMs, minCheckpointCount, maxCheckpointCount } = this.#settings;
    const now = this.#port.now();
    const timeIsUp =
      occasion === 'by time' && checkpointAfterMs > 0 && now - this.#checkpointedWhen >= checkpointAfterMs;
    if (!(timeIsUp && count >= minCheckpointCount) && count < maxCheckpointCount) return;
    this.#checkpointed = done;
    this.#checkpointedWhen = now;
    this.#port.checkpoint(done.at);
  }
}
