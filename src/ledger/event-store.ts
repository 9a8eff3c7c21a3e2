import {
  CancelledError,
  DeadlineExceededError,
  END,
  type EventStoreDBClient,
  isCommandError,
  type JSONEventType,
  jsonEvent,
  type Position,
  type RecordedEvent,
  START,
  StreamDeletedError,
  StreamNotFoundError,
  TimeoutError,
  UnavailableError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { categoryOf, type LedgerEvent } from '../../events/categories.ts';
import type { Stream } from '../../events/category.ts';
import type { DomainEvent, EventMetadata, Recorded } from '../../events/event.ts';
import { heldBy } from '../../events/gate.ts';
import type { Salt } from '../../events/sealed.ts';
import { freeLoop, isLoopKept } from '../flow/event-loop.ts';
import { AppendWatch } from './append-watch.ts';
import { capabilitiesOf, connectClient, isOfTheClient, reasonOf } from './client.ts';
import { CommitTimedOut, LedgerReadOnly, LedgerUnavailable, NoSuchPosition, WrongExpectedRevision } from './errors.ts';
import { UnreadableEvents } from './unreadable-events.ts';

/** An event about to be appended; its id makes a repeated append harmless. */
export type NewEvent<E extends DomainEvent = DomainEvent> = E & {
  readonly id: string;
  readonly metadata: EventMetadata;
  /** Stored with the metadata; readers of the event are not told. */
  readonly salt?: Salt;
};

/** What a command knows of the stream it appends to: its last revision (-1: no stream), or nothing (`any`). */
export type ExpectedRevision = number | 'any';

/** Where an event stands on its stream; `at` is its record time in milliseconds. */
export type Place = { readonly id: string; readonly revision: number; readonly at: number };

/** An event of the store by its place in `$all`: an instance that finds it there again reads the same store. */
export type Anchor = {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly commit: bigint;
  readonly prepare: bigint;
};

/** An event that could not be read, as far as the store itself says what it is. */
export type UnreadPlace = {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly at: Position;
  /** By the clock of this store, ISO-8601 UTC. */
  readonly recordedAt: string;
};
export type Unread = UnreadPlace & { readonly unreadable: true };

export const unreadPlaceOf = (
  { id, streamId: stream, revision, created }: Pick<RecordedEvent, 'id' | 'streamId' | 'revision' | 'created'>,
  at: Position,
): UnreadPlace => ({ id, stream, revision: Number(revision), at, recordedAt: created.toISOString() });

/** An event of `$all` at its place; one that this release cannot read, or that is not the ledger's, as far as it is known. */
export type InAll = { readonly at: bigint; readonly event?: Recorded<LedgerEvent> | Unread };

/** Hears of the types of the events of each append that the store acknowledged. */
export type AppendListener = (types: readonly string[], seconds: number) => void;

const READ_PAGE = 1_000;
/** How many events before a position are looked at for one that stays. */
const ANCHORS_NEAR = 32;
const NEWEST_LOOKED_AT = [32, 512, 4_096];
/**
 * How long calls may fail one after the other before another client is made. The client keeps what it once failed to learn (which features
 * the server has), so that one that started in an outage may go on failing in front of a healthy cluster.
 */
const RENEW_AFTER_MS = 2_000;

type Connection = {
  readonly client: EventStoreDBClient;
  /** Of every call under way: how to refuse it. */
  readonly refusals: Set<(why: LedgerUnavailable) => void>;
};

/** Events read backwards: the newest of the ledger's, and where the oldest of all is. */
type LookedAt = { readonly newest: bigint | undefined; readonly oldest: Position | undefined };

/** The store through the official client: append, read, and one mapping of its errors to ours. */
export class EventStore {
  private connection: Connection;
  private unreachable: string | undefined;
  private closed = false;
  /** Since when calls have failed for want of a connection, and none went well. */
  private failingSince: number | undefined;
  onAppended: AppendListener = () => {};
  /** Hears of every event that enters this process, read or about to be written, as it is stored, and when (milliseconds since the epoch). */
  onSeen: (stream: string, type: string, data: unknown, at: number) => void = () => {};
  readonly appends = new AppendWatch();
  readonly unreadable = new UnreadableEvents();
  /** Why nothing is appended although everything can be read; said by `Home`. */
  readOnly: string | undefined;

  /** @param timeoutMs how long one append or read may take before the store counts as unavailable */
  constructor(
    private readonly connectionString: string,
    private readonly timeoutMs = 5_000,
  ) {
    this.connection = this.connect();
  }

  /** The client itself, for the ledger's own subscriptions; another one after `reconnect`. */
  get raw(): EventStoreDBClient {
    return this.connection.client;
  }

  /** Undefined while the store answers, otherwise why it does not. */
  get outage(): string | undefined {
    return this.unreachable;
  }

  /** From now on commands are refused at once instead of each waiting for its own time-out. */
  down(why: string): void {
    this.unreachable = why;
    this.failed(why);
  }

  up(): void {
    this.unreachable = undefined;
    this.failingSince = undefined;
  }

  /**
   * Asks for something that only works where commands do: what the client knows of the server, and the newest event, from the leader.
   * @throws LedgerUnavailable
   */
  async probe(timeoutMs = this.timeoutMs): Promise<void> {
    const ask = async () => {
      await capabilitiesOf(this.raw);
      await this.newestPosition({ requiresLeader: true });
    };
    await this.bounded(ask(), '$all', timeoutMs);
  }

  /**
   * Takes an uncaught error, if the client threw it: it is about a connection, of which another one is made; whatever waited for
   * the old one is told that its outcome is unknown.
   * @returns false for every other error
   */
  recoversFrom(error: unknown): boolean {
    if (!isOfTheClient(error)) return false;
    if (!this.closed) this.reconnect('its client failed');
    return true;
  }

  /** A call failed for want of a connection: after a while without one that went well, with another client. */
  private failed(why: string): void {
    const now = performance.now();
    this.failingSince ??= now;
    if (this.closed || now - this.failingSince < RENEW_AFTER_MS) return;
    this.reconnect(why);
  }

  /**
   * Appends all events or none. Resolves when they are durable.
   * @returns the revision of the last one
   * @throws LedgerReadOnly, WrongExpectedRevision, LedgerUnavailable (then the outcome is unknown; repeating with the same ids is safe)
   */
  async append<E extends DomainEvent>(
    stream: Stream<E>,
    expected: ExpectedRevision,
    events: readonly NewEvent<NoInfer<E>>[],
  ): Promise<number> {
    this.assertReachable();
    if (this.readOnly !== undefined) throw new LedgerReadOnly(this.readOnly);
    const started = performance.now();
    const proposed = events.map(({ id, type, data, metadata, salt }) =>
      jsonEvent({ id, type, data, metadata: asBytes({ ...metadata, salt }) } as unknown as JSONEventType & {
        id: string;
      }),
    );
    for (const { type, data } of events) this.onSeen(stream, type, data, Date.now());
    const expectedRevision = expected === 'any' ? 'any' : expected === -1 ? 'no_stream' : BigInt(expected);
    const append = this.raw.appendToStream(stream, proposed, { expectedRevision }).catch(commitTimedOut);
    const result = await this.appends.watch(this.bounded(append, stream));
    const types = events.map(({ type }) => type);
    this.onAppended(types, (performance.now() - started) / 1_000);
    return Number(result.nextExpectedRevision);
  }

  /**
   * A stream's events from a revision on, in order. A stream that does not exist has none.
   * @throws LedgerUnavailable, UnreadableEvent
   */
  async *read<E extends DomainEvent>(stream: Stream<E>, from = 0): AsyncGenerator<Recorded<E>> {
    this.assertReachable();
    let next = from;
    for (;;) {
      const page = await this.bounded(this.page(stream, { fromRevision: BigInt(next), maxCount: READ_PAGE }), stream);
      for (const event of page) {
        while (isLoopKept()) await freeLoop();
        yield heldBy(stream, this.unreadable.pass(event));
      }
      if (page.length < READ_PAGE) return;
      next = Number(page[page.length - 1]?.revision) + 1;
    }
  }

  /**
   * A stream's events from its end (or from a revision) towards its start.
   * @throws LedgerUnavailable, UnreadableEvent
   */
  async *readBackwards<E extends DomainEvent>(
    stream: Stream<E>,
    from: number | 'end' = 'end',
    pageSize = 100,
  ): AsyncGenerator<Recorded<E>> {
    for await (const event of this.storedBackwards(stream, from, pageSize)) {
      while (isLoopKept()) await freeLoop();
      yield heldBy(stream, this.unreadable.pass(event));
    }
  }

  /**
   * What a stream holds, from its end towards its start: ids and places alone, so that an event that cannot be read does not stop the caller.
   * @throws LedgerUnavailable
   */
  async *placesBackwards(stream: string): AsyncGenerator<Place> {
    for await (const { id, revision, created } of this.storedBackwards(stream, 'end', 100))
      yield { id, revision: Number(revision), at: created.getTime() };
  }

  private async *storedBackwards(
    stream: string,
    from: number | 'end',
    pageSize: number,
  ): AsyncGenerator<RecordedEvent> {
    this.assertReachable();
    let next: bigint | 'end' = from === 'end' ? 'end' : BigInt(from);
    for (;;) {
      const page = await this.bounded(
        this.page(stream, { direction: 'backwards', fromRevision: next, maxCount: pageSize }),
        stream,
      );
      yield* page;
      const last = page[page.length - 1];
      if (!last || page.length < pageSize || last.revision === 0n) return;
      next = last.revision - 1n;
    }
  }

  /** The position of the newest event of `$all`, to subscribe after. */
  async lastPosition(): Promise<{ commit: bigint; prepare: bigint } | 'start'> {
    return this.bounded(this.newestPosition(), '$all');
  }

  /**
   * The position of the newest event on a stream of the ledger; undefined where the newest thousands are all of other products or the
   * system's.
   * @throws LedgerUnavailable
   */
  async newestOfLedger(): Promise<bigint | undefined> {
    this.assertReachable();
    let from: Position | typeof END = END;
    for (const maxCount of NEWEST_LOOKED_AT) {
      const { newest, oldest }: LookedAt = await this.bounded(this.newestAmong(from, maxCount), '$all');
      if (newest !== undefined || oldest === undefined) return newest;
      from = oldest;
    }
    return undefined;
  }

  private async newestAmong(fromPosition: Position | typeof END, maxCount: number): Promise<LookedAt> {
    let newest: bigint | undefined;
    let oldest: Position | undefined;
    for await (const { event } of this.raw.readAll({ direction: 'backwards', fromPosition, maxCount })) {
      if (!event) continue;
      oldest = event.position;
      if (categoryOf(event.streamId)) newest ??= event.position.commit;
    }
    return { newest, oldest };
  }

  /**
   * What comes after a position of `$all`: the ledger's own events, and of others' the place alone. Empty at the end.
   * @param after of an event of this store; undefined: from the first
   * @throws LedgerUnavailable; NoSuchPosition where the store has no event there
   */
  async afterInAll(after: bigint | undefined, count: number): Promise<readonly InAll[]> {
    this.assertReachable();
    try {
      return await this.bounded(this.pageOfAll(after, count), '$all');
    } catch (error) {
      const isRefused =
        error instanceof LedgerUnavailable && error.cause !== undefined && !isOfTheConnection(error.cause);
      throw after !== undefined && isRefused ? new NoSuchPosition(after, { cause: error }) : error;
    }
  }

  private async pageOfAll(after: bigint | undefined, count: number): Promise<InAll[]> {
    const found: InAll[] = [];
    // The event at the position comes first, and is not after it.
    const fromPosition = after === undefined ? START : { commit: after, prepare: after };
    for await (const { event } of this.raw.readAll({
      fromPosition,
      maxCount: after === undefined ? count : count + 1,
    })) {
      if (!event || (after !== undefined && event.position.commit <= after)) continue;
      const at = event.position.commit;
      found.push({ at, ...this.ofLedger(event, event.position) });
    }
    return found;
  }

  private ofLedger(event: RecordedEvent, at: Position): Pick<InAll, 'event'> {
    if (!categoryOf(event.streamId)) return {};
    try {
      return { event: this.unreadable.pass(event) };
    } catch {
      return { event: { ...unreadPlaceOf(event, at), unreadable: true } };
    }
  }

  /**
   * Whether the store still holds an event at its place: not another store, none that was restored from a backup without it, and no copy.
   * @throws LedgerUnavailable
   */
  async holds({ stream, revision, id, commit, prepare }: Anchor): Promise<boolean> {
    this.assertReachable();
    const [onItsStream] = await this.bounded(
      this.page(stream, { fromRevision: BigInt(revision), maxCount: 1 }),
      stream,
    );
    if (onItsStream?.id !== id) return false;
    try {
      return (await this.bounded(this.nextOfAll({ commit, prepare }), '$all'))?.id === id;
    } catch (error) {
      // A copy has the event, and perhaps no such position at all.
      if (error instanceof LedgerUnavailable && error.cause !== undefined && !isOfTheConnection(error.cause))
        return false;
      throw error;
    }
  }

  /**
   * Whether an event that could not be read can be read now, by this release.
   * @throws LedgerUnavailable
   */
  async canRead({ stream, revision }: { readonly stream: string; readonly revision: number }): Promise<boolean> {
    this.assertReachable();
    const [event] = await this.bounded(this.page(stream, { fromRevision: BigInt(revision), maxCount: 1 }), stream);
    try {
      if (event) this.unreadable.pass(event);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * The newest event before a position that is on no system stream: those are truncated and scavenged.
   * @returns undefined where there is none near
   * @throws LedgerUnavailable
   */
  async anchorBefore(position: Position): Promise<Anchor | undefined> {
    this.assertReachable();
    return this.bounded(this.newestAnchor(position), '$all');
  }

  private async newestAnchor(fromPosition: Position): Promise<Anchor | undefined> {
    let newest: Anchor | undefined;
    for await (const { event } of this.raw.readAll({ direction: 'backwards', fromPosition, maxCount: ANCHORS_NEAR })) {
      if (!event || newest || event.streamId.startsWith('$')) continue;
      const { streamId: stream, revision, id, position } = event;
      newest = { stream, revision: Number(revision), id, commit: position.commit, prepare: position.prepare };
    }
    return newest;
  }

  private async nextOfAll(fromPosition: Position): Promise<{ readonly id: string } | undefined> {
    let next: { readonly id: string } | undefined;
    for await (const { event } of this.raw.readAll({ fromPosition, maxCount: 1 })) next ??= event;
    return next;
  }

  private async newestPosition({
    requiresLeader = false,
  } = {}): Promise<{ commit: bigint; prepare: bigint } | 'start'> {
    // Read to its end: a call that is broken off never counts as finished, and `close` would wait for it.
    let last: { commit: bigint; prepare: bigint } | 'start' = 'start';
    const newest = { direction: 'backwards', fromPosition: 'end', maxCount: 1, requiresLeader } as const;
    for await (const { event } of this.raw.readAll(newest)) if (event) last = event.position;
    return last;
  }

  /**
   * For who knows that the server is gone. The client may not: a TLS connection whose writes were under way when the server
   * was killed stays open for it until the keep-alive gives up, 20 s later (Node 20). Calls under way are refused at once,
   * subscriptions end.
   */
  reconnect(why: string): void {
    this.drop(why).catch(() => undefined);
    this.connection = this.connect();
    this.failingSince = undefined;
  }

  /** Ends the connection; calls under way are refused. */
  async close(): Promise<void> {
    this.closed = true;
    await this.drop('the application is stopping');
  }

  /** Bounds a call that was just made, in time and by its connection, and maps what it throws. */
  async bounded<T>(call: Promise<T>, stream: string, timeoutMs = this.timeoutMs): Promise<T> {
    const { connection } = this;
    let refuse: (why: LedgerUnavailable) => void = () => {};
    const refused = new Promise<never>((_, reject) => {
      refuse = reject;
    });
    connection.refusals.add(refuse);
    const timer = setTimeout(() => refuse(new LedgerUnavailable(`no answer within ${timeoutMs} ms`)), timeoutMs);
    try {
      const result = await Promise.race([call, refused]);
      if (connection === this.connection) this.failingSince = undefined;
      return result;
    } catch (error) {
      call.catch(() => undefined);
      if (error instanceof WrongExpectedVersionError) throw new WrongExpectedRevision(stream);
      const unavailable =
        error instanceof LedgerUnavailable ? error : new LedgerUnavailable(reasonOf(error), { cause: error });
      // How another connection ended says nothing of this one.
      if (connection === this.connection && isOfTheConnection(error)) this.failed(unavailable.message);
      throw unavailable;
    } finally {
      clearTimeout(timer);
      connection.refusals.delete(refuse);
    }
  }

  private async drop(why: string): Promise<void> {
    this.unreachable = why;
    const { client, refusals } = this.connection;
    for (const refuse of refusals) refuse(new LedgerUnavailable(why));
    // Only now: a read that is broken off looks like one that came to its end.
    await client.dispose();
  }

  private connect(): Connection {
    return { client: connectClient(this.connectionString), refusals: new Set() };
  }

  private async page(
    stream: string,
    options: Parameters<EventStoreDBClient['readStream']>[1],
  ): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    try {
      for await (const { event } of this.raw.readStream(stream, options)) {
        while (isLoopKept()) await freeLoop();
        if (!event) continue;
        this.onSeen(event.streamId, event.type, event.data, event.created.getTime());
        events.push(event);
      }
    } catch (error) {
      if (error instanceof StreamNotFoundError || error instanceof StreamDeletedError) return [];
      throw error;
    }
    return events;
  }

  private assertReachable(): void {
    if (this.unreachable !== undefined) throw new LedgerUnavailable(this.unreachable);
  }
}

const utf8 = new TextEncoder();
/** The same JSON in the store; as an object the client would take it through base64 and back, twice. */
const asBytes = (metadata: EventMetadata & { readonly salt?: Salt | undefined }): Uint8Array =>
  utf8.encode(JSON.stringify(metadata));

/** A deadline of its own, since the caller gave the client none. */
const commitTimedOut = (error: unknown): never => {
  throw error instanceof DeadlineExceededError ? new CommitTimedOut({ cause: error }) : error;
};

/** Whether it says nothing of the command, only of the way to the store: refused by the server is answered by the server. */
const isOfTheConnection = (error: unknown): boolean =>
  (error instanceof LedgerUnavailable && !(error instanceof CommitTimedOut)) ||
  error instanceof UnavailableError ||
  error instanceof CancelledError ||
  error instanceof DeadlineExceededError ||
  error instanceof TimeoutError ||
  !(error instanceof Error && isCommandError(error));
