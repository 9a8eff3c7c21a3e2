import type { LRUCache } from 'lru-cache';
import type { Category, Stream } from '../../events/category.ts';
import type { Appended, DomainEvent, Recorded } from '../../events/event.ts';
import { InTurn } from '../flow/in-turn.ts';
import { latest } from '../flow/latest.ts';
import { LedgerContention, MinRevisionUnavailable } from './errors.ts';
import type { EventStore } from './event-store.ts';
import type { LiveFeed } from './live-feed.ts';

/** How one kind of stream is folded. `evolve` is pure: time is not its business, so it never sees the record time. */
export type Fold<S, E extends DomainEvent> = {
  readonly initial: () => S;
  readonly evolve: (state: S, event: Appended<E>) => S;
};

/** A command that came with an Idempotency-Key: the hash of the request and where its events are. */
export type KnownCommand = { readonly requestHash: string; readonly last: number };

/** A stream folded up to `revision` (-1: there is no such stream). */
export type Folded<S> = {
  readonly stream: string;
  readonly revision: number;
  readonly state: S;
  /** By `metadata.idempotencyKey`. */
  readonly commands: ReadonlyMap<string, KnownCommand>;
};

type Entry<S, E extends DomainEvent> = {
  stream: Stream<E>;
  revision: number;
  state: S;
  commands: Map<string, KnownCommand>;
};

export type FoldCounter = (outcome: 'hit' | 'miss' | 'tail') => void;

/** How many commands of this instance may wait for one stream. */
const MAX_WAITING = 500;

/**
 * Folded streams of one category, kept current by the live feed and by the instance's own appends, so that no request re-reads known events.
 * Staleness is harmless to commands: they append at the fold's revision and the store refuses a stale one.
 */
export class LiveFolds<S, E extends DomainEvent> {
  private readonly entries: LRUCache<string, Entry<S, E>>;
  private readonly loading = new Map<string, Promise<Entry<S, E>>>();
  private readonly arrivedWhileLoading = new Map<string, Recorded<E>[]>();
  private readonly turns = new InTurn<string>(MAX_WAITING, (stream) => new LedgerContention(stream));
  private readonly count: FoldCounter;

  /** @param options.max how many folded streams to keep; the least recently used go first */
  constructor(
    private readonly store: EventStore,
    private readonly feed: LiveFeed,
    readonly category: Category<E>,
    readonly fold: Fold<S, E>,
    { max = 10_000, count = () => {} }: { max?: number | undefined; count?: FoldCounter } = {},
  ) {
    this.entries = latest(max);
    this.count = count;
    feed.listen((event) => {
      if (category.includes(event)) this.arrived(event);
    });
    feed.onUnreadable((stream) => {
      if (category.holds(stream)) this.entries.delete(stream);
    });
  }

  /**
   * The stream as far as this instance knows it: no round trip while the feed is live, otherwise its tail is read first.
   * @param minRevision never answer from less
   * @param authorise throws for a caller who may not know of the stream, and who is not told then how far it goes
   * @throws LedgerUnavailable, UnreadableEvent, MinRevisionUnavailable
   */
  async get(
    stream: Stream<E>,
    { minRevision = -1, authorise = () => {} }: { minRevision?: number; authorise?: (state: S) => void } = {},
  ): Promise<Folded<S>> {
    const known = this.entries.get(stream);
    if (known && this.feed.live && known.revision >= minRevision) {
      this.count('hit');
      return { ...known };
    }
    const entry = known ? await this.readTail(known) : await this.load(stream);
    if (entry.revision < minRevision) await this.readTail(entry);
    if (entry.revision < minRevision) {
      authorise(entry.state);
      throw new MinRevisionUnavailable(minRevision, entry.revision);
    }
    return { ...entry };
  }

  /** The state folded now, without touching the store: to decide on. May be stale; the append will tell. */
  async known(stream: Stream<E>): Promise<Folded<S>> {
    const known = this.entries.get(stream);
    if (known) {
      this.count('hit');
      return { ...known };
    }
    return { ...(await this.load(stream)) };
  }

  /** The stream with everything the store has of it. */
  async refresh(stream: Stream<E>): Promise<Folded<S>> {
    const known = this.entries.get(stream);
    return { ...(known ? await this.readTail(known) : await this.load(stream)) };
  }

  /** The stream as it was at a revision, read and folded anew (a rare path: repeated commands, replays), with its events. */
  async asOf(stream: Stream<E>, revision: number): Promise<Folded<S> & { events: readonly Recorded<E>[] }> {
    const entry = this.empty(stream);
    const events: Recorded<E>[] = [];
    for await (const event of this.store.read(stream)) {
      if (event.revision > revision) break;
      this.advance(entry, event);
      events.push(event);
    }
    return { ...entry, events };
  }

  /** Takes over the instance's own append the moment it is acknowledged. */
  appended(stream: Stream<E>, events: readonly Appended<E>[]): void {
    const entry = this.entries.get(stream);
    if (entry) for (const event of events) this.advance(entry, event);
  }

  /** Runs one command after the other for each stream, so that commands of one instance do not conflict with each other. */
  inTurn<T>(stream: Stream<E>, work: () => Promise<T>): Promise<T> {
    return this.turns.run(stream, work);
  }

  private async load(stream: Stream<E>): Promise<Entry<S, E>> {
    const already = this.loading.get(stream);
    if (already) return already;
    this.count('miss');
    const loaded = this.readAll(stream).finally(() => {
      this.loading.delete(stream);
      this.arrivedWhileLoading.delete(stream);
    });
    this.arrivedWhileLoading.set(stream, []);
    this.loading.set(stream, loaded);
    return loaded;
  }

  private async readAll(stream: Stream<E>): Promise<Entry<S, E>> {
    const entry = this.empty(stream);
    // A state read while the feed does not follow the store may be outdated by the time it starts: it is used once and not kept.
    const followed = this.feed.live;
    for await (const event of this.store.read(stream)) this.advance(entry, event);
    // Events the feed delivered meanwhile may be newer than those read.
    for (const event of this.arrivedWhileLoading.get(stream) ?? []) this.advance(entry, event);
    if (followed) this.entries.set(stream, entry);
    return entry;
  }

  private async readTail(entry: Entry<S, E>): Promise<Entry<S, E>> {
    this.count('tail');
    for await (const event of this.store.read(entry.stream, entry.revision + 1)) this.advance(entry, event);
    return entry;
  }

  private arrived(event: Recorded<E>): void {
    const entry = this.entries.peek(event.stream);
    if (entry) this.advance(entry, event);
    else this.arrivedWhileLoading.get(event.stream)?.push(event);
  }

  /** Applies the next event; one already folded is passed over, and after a gap the fold is not trusted any more. */
  private advance(entry: Entry<S, E>, event: Appended<E>): void {
    if (event.revision <= entry.revision) return;
    if (event.revision !== entry.revision + 1) {
      this.entries.delete(entry.stream);
      return;
    }
    entry.state = this.fold.evolve(entry.state, event);
    entry.revision = event.revision;
    const { idempotencyKey, requestHash } = event.metadata;
    if (idempotencyKey && requestHash) entry.commands.set(idempotencyKey, { requestHash, last: event.revision });
  }

  private empty(stream: Stream<E>): Entry<S, E> {
    return { stream, revision: -1, state: this.fold.initial(), commands: new Map() };
  }
}
