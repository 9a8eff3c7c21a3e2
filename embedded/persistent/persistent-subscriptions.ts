import type { Logger } from 'pino';
import { z } from 'zod';
import type { EventLog } from '../log/event-log.ts';
import { invalidArgument } from '../wire/status-error.ts';
import type { StoredEvent } from '../wire/stored-event.ts';
import { checkpointStream } from './checkpoints.ts';
import { readConfiguration, writeConfiguration } from './configuration.ts';
import { type Definition, definitionSchema, idOf, toAll } from './definition.ts';
import { alreadyExists, doesNotExist, failed } from './errors.ts';
import { type Consumer, Group } from './group.ts';
import { parkedStream } from './parked.ts';

/** How often timeouts and checkpoints by time are looked at, as in EventStoreDB. */
const tickMs = 1000;

/** What `create` and `update` ask for; from where is resolved to a place here. */
export type Wanted = Omit<Definition, 'startAfter'> & {
  /** Inclusive; a revision, or the commit and prepare position in `$all`. */
  readonly startFrom: 'start' | 'end' | bigint | { readonly commit: bigint; readonly prepare: bigint };
};

/** Every persistent subscription of the node: what exists is durable before the caller hears of it. */
export class PersistentSubscriptions {
  readonly #log: EventLog;
  readonly #logger: Logger;
  #groups = new Map<string, Group>();
  #toAll: Group[] = [];
  #byStream = new Map<string, Group[]>();
  readonly #ticking: NodeJS.Timeout;
  readonly #unlisten: () => void;
  #changes: Promise<unknown> = Promise.resolve();

  private constructor(log: EventLog, logger: Logger) {
    this.#log = log;
    this.#logger = logger;
    this.#ticking = setInterval(() => {
      for (const group of this.#groups.values()) group.tick();
    }, tickMs);
    this.#unlisten = log.onCommit((events) => this.#committed(events));
  }

  /** Starts every subscription that is configured. @throws Error when the configuration can't be understood */
  static open(log: EventLog, logger: Logger): PersistentSubscriptions {
    const definitions = readConfiguration(log);
    const subscriptions = new PersistentSubscriptions(log, logger);
    for (const definition of definitions) subscriptions.#run(definition);
    return subscriptions;
  }

  /** @throws StatusError */
  find(stream: string, group: string): Group {
    const found = this.#groups.get(idOf(stream, group));
    if (found === undefined) throw doesNotExist(stream, group);
    return found;
  }

  /** A group that met a fault starts again, from its checkpoint, with its next consumer. @throws StatusError */
  async join(stream: string, group: string, consumer: Consumer): Promise<Group> {
    const current = this.find(stream, group);
    if (current.faulted) {
      await this.#inTurn(async () => {
        if (this.#groups.get(current.id) !== current) return;
        await this.#stop(current);
        this.#run(current.definition);
      });
    }
    const joined = this.find(stream, group);
    joined.join(consumer);
    return joined;
  }

  all(): Group[] {
    return [...this.#groups.values()];
  }

  /** @throws StatusError when the stream has no group */
  ofStream(stream: string): Group[] {
    const groups = stream === '$all' ? this.#toAll : this.#byStream.get(stream);
    if (groups === undefined || groups.length === 0) throw doesNotExist(stream, '');
    return [...groups];
  }

  /** @throws StatusError */
  create(wanted: Wanted, by: string): Promise<void> {
    return this.#inTurn(async () => {
      const { stream, group } = wanted;
      if (this.#groups.has(idOf(stream, group))) throw alreadyExists(stream, group);
      const definition = this.#definitionFrom(wanted, undefined);
      await writeConfiguration(this.#log, [...this.#definitions(), definition], by);
      this.#run(definition);
    });
  }

  /** Consumers are dropped; a new run starts from the checkpoint. The filter stays what it was. @throws StatusError */
  update(wanted: Omit<Wanted, 'filter'>, by: string): Promise<void> {
    return this.#inTurn(async () => {
      const current = this.find(wanted.stream, wanted.group);
      const { filter } = current.definition;
      const definition = this.#definitionFrom({ ...wanted, filter }, current.definition);
      const others = this.#definitions().filter((other) => other !== current.definition);
      await writeConfiguration(this.#log, [...others, definition], by);
      await this.#stop(current);
      this.#run(definition);
    });
  }

  /**
   * Consumers are dropped, the checkpoint and the parked messages deleted. These go first: a crash in between then
   * starts the subscription over, while a checkpoint left behind would make a later one of the same name skip events.
   *
   * @throws StatusError
   */
  delete(stream: string, group: string, by: string): Promise<void> {
    return this.#inTurn(async () => {
      const current = this.find(stream, group);
      await this.#stop(current);
      try {
        for (const kept of [checkpointStream(current.id), parkedStream(current.id)]) {
          // A refusal means that nothing was ever checkpointed or parked.
          await this.#log.deleteStream(kept, 'any');
        }
        await writeConfiguration(this.#log, this.#definitions(), by);
      } catch (error) {
        this.#run(current.definition);
        throw error;
      }
    });
  }

  /** @param stopAt revision of the parked stream before which to stop. @throws StatusError */
  replayParked(stream: string, group: string, stopAt: bigint | undefined): void {
    const found = this.find(stream, group);
    if (stopAt !== undefined && stopAt < 0n)
      throw failed(stream, group, 'The revision to stop at must not be negative.');
    found.replayParked(stopAt);
  }

  /** Drops every consumer and starts again from the stored configuration. */
  restart(): Promise<void> {
    return this.#inTurn(async () => {
      for (const group of this.all()) await this.#stop(group);
      for (const definition of readConfiguration(this.#log)) this.#run(definition);
    });
  }

  /** Drops every consumer; resolves when nothing is being written any more. */
  async close(): Promise<void> {
    clearInterval(this.#ticking);
    this.#unlisten();
    await this.#inTurn(async () => {
      for (const group of this.all()) await this.#stop(group);
    });
  }

  // ── one change at a time ────────────────────────────────────────────────────────────────────────────────────────────

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(change);
    this.#changes = result.catch(() => undefined);
    return result;
  }

  #definitions(): Definition[] {
    return this.all().map(({ definition }) => definition);
  }

  #run(definition: Definition): void {
    const group = new Group(this.#log, this.#logger, definition);
    this.#groups.set(group.id, group);
    this.#index();
    group.start();
  }

  async #stop(group: Group): Promise<void> {
    this.#groups.delete(group.id);
    this.#index();
    await group.close();
  }

  #index(): void {
    this.#toAll = [];
    this.#byStream = new Map();
    for (const group of this.#groups.values()) {
      if (toAll(group.definition)) this.#toAll.push(group);
      else addTo(this.#byStream, group.definition.stream, group);
    }
  }

  #committed(events: readonly StoredEvent[]): void {
    for (const group of this.#toAll) group.committed(events);
    if (this.#byStream.size === 0) return;
    const wanted = new Map<string, StoredEvent[]>();
    for (const event of events) if (this.#byStream.has(event.stream)) addTo(wanted, event.stream, event);
    for (const [stream, own] of wanted) {
      for (const group of this.#byStream.get(stream) ?? []) group.committed(own);
    }
  }

  /** @throws StatusError for settings and start positions that EventStoreDB refuses */
  #definitionFrom(wanted: Wanted, previous: Definition | undefined): Definition {
    const { startFrom, ...settings } = wanted;
    const { stream, group, readBatchSize, historyBufferSize } = wanted;
    if (readBatchSize >= historyBufferSize) {
      throw failed(stream, group, 'The read batch size must be smaller than the history buffer size.');
    }
    // An update that leaves the start at the end must not move it: what came since may not be delivered yet.
    const startAfter =
      startFrom === 'end' && previous?.startPosition === wanted.startPosition
        ? previous.startAfter
        : String(this.#placeBefore(wanted));
    const definition = definitionSchema.safeParse({ ...settings, startAfter });
    if (!definition.success) throw invalidArgument(z.prettifyError(definition.error));
    return definition.data;
  }

  #placeBefore({ stream, group, startFrom }: Wanted): bigint {
    if (startFrom === 'start') return -1n;
    if (startFrom === 'end') {
      if (stream === '$all') return this.#log.lastPosition;
      return this.#log.readStream(stream, { from: 'end', direction: 'backwards', max: 1 }).last;
    }
    if (typeof startFrom === 'bigint') return startFrom - 1n;
    const { commit, prepare } = startFrom;
    if (prepare > commit) throw failed(stream, group, 'The prepare position is past the commit position.');
    if (commit > this.#log.lastPosition) throw failed(stream, group, 'The start position is past the end of the log.');
    return commit - 1n;
  }
}

const addTo = <K, V>(lists: Map<K, V[]>, key: K, value: V): void => {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
};
