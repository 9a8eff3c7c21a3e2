import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { type EventLog, isVisibleInAll } from '../log/event-log.ts';
import { followLinks, type Resolve } from '../streams/links.ts';
import { type EventFilter, eventFilter } from '../wire/event-filter.ts';
import type { ResolvedEvent } from '../wire/read-responses.ts';
import type { StatusError } from '../wire/status-error.ts';
import type { StoredEvent } from '../wire/stored-event.ts';
import { Checkpoints } from './checkpoints.ts';
import { type Definition, idOf, toAll } from './definition.ts';
import type { Delivery } from './encoding.ts';
import { dropped, failed, maximumSubscribersReached } from './errors.ts';
import { Measurements } from './measurements.ts';
import { Parked } from './parked.ts';
import { bucketCount } from './strategies.ts';
import { type Considered, type Message, type NackAction, type Reference, Subscription } from './subscription.ts';

/** One connected consumer, as the group sees it. */
export type Consumer = {
  readonly id: string;
  readonly slots: number;
  readonly username: string;
  readonly from: string;
  readonly connectionName: string;
  /** Called once, before the first `send`. */
  admitted(): void;
  /** False: nothing more, please, before `Group.drained`. */
  send(delivery: Delivery): boolean;
  drop(error: StatusError): void;
};

export type ConsumerReport = Pick<Consumer, 'username' | 'from' | 'connectionName'> & {
  readonly figures: ReturnType<Measurements['report']>;
  readonly observed: [key: string, ms: number][];
  readonly availableSlots: number;
  readonly inFlight: number;
};

export type GroupReport = {
  readonly definition: Definition;
  readonly status: string;
  readonly figures: ReturnType<Measurements['report']>;
  readonly counts: Subscription['counts'];
  readonly checkpointed: bigint | undefined;
  readonly lastKnown: bigint | undefined;
  readonly parked: bigint;
  readonly consumers: ConsumerReport[];
};

/** Events looked at per turn while a filter seeks its next match (about 2 ms): long scans must not hold up the node. */
const scanLimit = 1000;
const largestBatch = 100;
const smallestBatch = 10;

/** A running persistent subscription: the state machine with the log, the consumers and the clock attached. */
export class Group {
  readonly definition: Definition;
  readonly #log: EventLog;
  readonly #logger: Logger;
  readonly #subscription: Subscription;
  readonly #checkpoints: Checkpoints;
  readonly #parked: Parked;
  readonly #matches: EventFilter;
  readonly #followLinks: Resolve;
  readonly #consumers = new Map<string, { consumer: Consumer; measurements: Measurements }>();
  readonly #measurements = new Measurements(performance.now());
  readonly #writes = new Set<Promise<void>>();
  /** The events of the commit or page being worked on, so that delivering one at once costs no second read. */
  #atHand = new Map<bigint, StoredEvent>();
  #replayUpTo = 0n;
  #replayScheduled = false;
  #state: 'running' | 'faulted' | 'closed' = 'running';

  constructor(log: EventLog, logger: Logger, definition: Definition) {
    this.definition = definition;
    this.#log = log;
    this.#logger = logger.child({ subscription: this.id });
    this.#checkpoints = new Checkpoints(log, this.#logger, definition);
    this.#parked = new Parked(log, this.id);
    this.#followLinks = followLinks(log);
    this.#matches = filterOf(definition);
    this.#subscription = new Subscription(
      {
        messageTimeoutMs: definition.messageTimeout,
        maxRetryCount: definition.maxRetryCount,
        checkpointAfterMs: definition.checkPointAfter,
        minCheckpointCount: definition.minCheckPointCount,
        maxCheckpointCount: definition.maxCheckPointCount,
        liveBufferSize: definition.liveBufferSize,
        readBatchSize: definition.readBatchSize,
        historyBufferSize: definition.historyBufferSize,
        strategy: definition.namedConsumerStrategy,
      },
      this.#checkpoints.saved ?? BigInt(definition.startAfter),
      {
        now: () => performance.now(),
        read: (after) => setImmediate(() => this.#work(() => this.#page(after))),
        deliver: (consumerId, message) => this.#deliver(consumerId, message),
        park: (message, reason) => this.#park(message, reason),
        checkpoint: (at) => this.#checkpoints.save(at),
        replayDone: (before) => this.#write(this.#parked.truncate(before), 'could not truncate the parked messages'),
        processed: (consumerId, _, ms) => this.#consumers.get(consumerId)?.measurements.processed(ms),
      },
    );
  }

  get id(): string {
    return idOf(this.definition.stream, this.definition.group);
  }

  /** Something happened that must not: the group does nothing until it is started anew from its checkpoint. */
  get faulted(): boolean {
    return this.#state === 'faulted';
  }

  start(): void {
    this.#work(() => this.#subscription.start());
  }

  /** @throws StatusError when the group has as many consumers as it may have */
  join(consumer: Consumer): void {
    const { stream, group, maxSubscriberCount } = this.definition;
    if (maxSubscriberCount > 0 && this.#consumers.size >= maxSubscriberCount) {
      throw maximumSubscribersReached(stream, group);
    }
    this.#consumers.set(consumer.id, { consumer, measurements: new Measurements(performance.now()) });
    consumer.admitted();
    this.#work(() => this.#subscription.connect(consumer.id, consumer.slots));
  }

  leave(consumerId: string): void {
    if (!this.#consumers.delete(consumerId)) return;
    this.#work(() => this.#subscription.disconnect(consumerId));
  }

  drained(consumerId: string): void {
    this.#work(() => this.#subscription.drained(consumerId));
  }

  ack(keys: readonly string[]): void {
    this.#work(() => this.#subscription.ack(keys));
  }

  nack(keys: readonly string[], action: NackAction, reason: string): void {
    this.#work(() => this.#subscription.nack(keys, action, reason));
  }

  /** Called once a second. */
  tick(): void {
    this.#work(() => this.#subscription.tick());
  }

  /** Events of one commit, in log order: for a stream's group only that stream's. */
  committed(events: readonly StoredEvent[]): void {
    if (this.#subscription.phase !== 'live') return;
    this.#work(() => {
      if (!toAll(this.definition)) {
        this.#withAtHand(events, () => this.#subscription.committed(this.#matching(events)));
        return;
      }
      const visible = events.filter(isVisibleInAll);
      const last = visible.at(-1);
      if (last === undefined) return;
      const wanted = visible.filter(this.#matches);
      const considered = [...this.#matching(wanted), { at: last.position, match: undefined }];
      this.#withAtHand(wanted, () => this.#subscription.committed(considered));
    });
  }

  /** Delivers the parked messages again, those before revision `stopAt` of the parked stream if it is given. */
  replayParked(stopAt: bigint | undefined): void {
    const { end } = this.#parked;
    this.#replayUpTo = stopAt === undefined || stopAt > end ? end : stopAt;
    this.#work(() => this.#replayPage());
  }

  report(): GroupReport {
    const now = performance.now();
    return {
      definition: this.definition,
      status: this.#status(),
      figures: this.#measurements.report(now),
      counts: this.#subscription.counts,
      checkpointed: this.#checkpoints.saved,
      lastKnown: this.#subscription.lastKnown,
      parked: this.#parked.count,
      consumers: [...this.#consumers.values()].map(({ consumer, measurements }) => {
        const { username, from, connectionName } = consumer;
        const inFlight = this.#subscription.consumer(consumer.id)?.inFlight ?? 0;
        return {
          username,
          from,
          connectionName,
          figures: measurements.report(now),
          observed: this.definition.extraStatistics ? measurements.observed() : [],
          availableSlots: consumer.slots - inFlight,
          inFlight,
        };
      }),
    };
  }

  /** Drops the consumers and resolves when nothing is being written any more. */
  async close(): Promise<void> {
    this.#state = 'closed';
    this.#dropConsumers(dropped(this.definition.stream, this.definition.group));
    await this.#checkpoints.settled();
    await Promise.all(this.#writes);
  }

  /** Every way into the state machine. A fault ends this run of the group, not the node. */
  #work(work: () => void): void {
    if (this.#state !== 'running') return;
    try {
      work();
    } catch (error) {
      this.#state = 'faulted';
      this.#logger.error({ err: error }, 'persistent subscription faulted');
      const { stream, group } = this.definition;
      this.#dropConsumers(failed(stream, group, 'An internal fault ended this run of the subscription.'));
    }
  }

  #dropConsumers(why: StatusError): void {
    for (const { consumer } of [...this.#consumers.values()]) {
      this.#consumers.delete(consumer.id);
      consumer.drop(why);
    }
  }

  // ── reading the source ──────────────────────────────────────────────────────────────────────────────────────────────

  #page(after: bigint): void {
    const { stream, readBatchSize } = this.definition;
    const max = Math.min(largestBatch, Math.max(smallestBatch, readBatchSize));
    const from = after + 1n;
    if (toAll(this.definition)) {
      const filter = this.#matches;
      const { events, next, end } = this.#log.readAll({ from, direction: 'forwards', max, filter, scanLimit });
      const considered = [...this.#matching(events), { at: next - 1n, match: undefined }];
      this.#withAtHand(events, () => this.#subscription.page(considered, end));
    } else {
      const { events, end } = this.#log.readStream(stream, { from, direction: 'forwards', max });
      this.#withAtHand(events, () => this.#subscription.page(this.#matching(events), end));
    }
  }

  #matching(events: readonly StoredEvent[]): Considered[] {
    const all = toAll(this.definition);
    return events.map((event) => ({ at: all ? event.position : event.revision, match: this.#reference(event) }));
  }

  #reference(event: StoredEvent): Reference {
    return { key: event.id, position: event.position, bucket: this.#bucket(event) };
  }

  /** The same stream, or the same correlation, always falls into the same bucket. */
  #bucket(event: StoredEvent): number {
    switch (this.definition.namedConsumerStrategy) {
      case 'Pinned':
        return bucketOf(linkedStream(event) ?? event.stream);
      case 'PinnedByCorrelation':
        return bucketOf(correlationOf(event) ?? linkedStream(event) ?? event.stream);
      default:
        return 0;
    }
  }

  #withAtHand(events: readonly StoredEvent[], work: () => void): void {
    this.#atHand = new Map(events.map((event) => [event.position, event]));
    work();
    this.#atHand = new Map();
  }

  #replayPage(): void {
    if (this.#replayScheduled) return;
    const links = this.#parked.take(this.#replayUpTo);
    if (links.length === 0) return;
    this.#replayScheduled = true;
    setImmediate(() => {
      this.#replayScheduled = false;
      this.#work(() => this.#replayPage());
    });
    this.#withAtHand(links, () =>
      this.#subscription.replay(links.map((link) => ({ link: this.#reference(link), revision: link.revision }))),
    );
  }

  // ── the messages' way out ───────────────────────────────────────────────────────────────────────────────────────────

  #deliver(consumerId: string, message: Message): boolean {
    const entry = this.#consumers.get(consumerId);
    if (entry === undefined) return false;
    this.#measurements.delivered();
    entry.measurements.delivered();
    const original = this.#load(message);
    return entry.consumer.send({
      ...this.#resolved(original, message),
      commitPosition: toAll(this.definition) ? original.position : undefined,
      retries: message.retries,
    });
  }

  #load({ position }: Message): StoredEvent {
    const event = this.#atHand.get(position) ?? this.#log.at(position);
    if (event === undefined) throw new Error(`The log has no event at position ${position}.`);
    return event;
  }

  #resolved(original: StoredEvent, message: Message): ResolvedEvent {
    const follow = this.definition.resolveLinkTos || message.origin.kind === 'parked';
    return follow ? this.#followLinks(original) : { event: original, link: undefined };
  }

  #park(message: Message, reason: string): void {
    const original = this.#load(message);
    const { event } = this.#resolved(original, message);
    const parking = this.#parked.park(original, event, reason).then(
      () => this.#work(() => this.#subscription.parked(message.key)),
      (error: unknown) => {
        this.#work(() => this.#subscription.parkingFailed(message.key, reason));
        throw error;
      },
    );
    this.#write(parking, 'could not park a message');
  }

  #write(write: Promise<void>, failure: string): void {
    const settled: Promise<void> = write
      .catch((error: unknown) => this.#logger.error({ err: error }, failure))
      .finally(() => this.#writes.delete(settled));
    this.#writes.add(settled);
  }

  #status(): string {
    if (this.#state !== 'running') return 'NotReady';
    const { phase, replayingParked } = this.#subscription;
    const flags: string[] = [];
    if (phase !== 'live') flags.push('Behind');
    if (phase === 'reading') flags.push('OutstandingPageRequest');
    if (replayingParked) flags.push('ReplayingParkedMessages');
    if (phase === 'live') flags.push('Live');
    return flags.join(', ');
  }
}

const filterOf = ({ filter }: Definition): EventFilter =>
  filter === undefined
    ? () => true
    : eventFilter(filter.context, filter.type === 'regex' ? (filter.data[0] ?? '') : '', filter.data);

const bucketOf = (text: string): number => createHash('sha1').update(text).digest().readUInt32BE() % bucketCount;

const correlationOf = (event: StoredEvent): string | undefined => {
  if (event.metadata.length === 0) return undefined;
  try {
    const correlation: unknown = JSON.parse(event.metadata.toString('utf8'))?.$correlationId;
    return typeof correlation === 'string' ? correlation : undefined;
  } catch {
    return undefined; // Metadata is the writer's own bytes; they need not be JSON.
  }
};

const linkedStream = (event: StoredEvent): string | undefined =>
  event.type === '$>' ? /^\d+@(.+)$/s.exec(event.data.toString('utf8'))?.[1] : undefined;
