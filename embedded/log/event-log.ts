import { setTimeout as pause } from 'node:timers/promises';
import { convertFolder } from '../convert.ts';
import type { ContentType, Placement, ProposedEvent } from '../wire/stored-event.ts';
import { isUuid, StoredEvent } from '../wire/stored-event.ts';
import { Draft, metadataEvent } from './draft.ts';
import {
  CommitFailed,
  CommitTimedOut,
  CommitUncertain,
  DamagedRecord,
  InvalidAppend,
  LogClosed,
  OlderFormat,
  TooBusy,
} from './errors.ts';
import { type AppendDecision, decideAppend, type ExpectedVersion } from './expected-version.ts';
import { type Head, Heads } from './heads.ts';
import { MAX_STREAM_NAME_BYTES } from './layout.ts';
import { NodeLock } from './node-lock.ts';
import { RememberedIds } from './remembered-ids.ts';
import { StallWatch } from './stall-watch.ts';
import { type Direction, DiskStorage, type Storage } from './storage.ts';
import {
  DELETED,
  isMetastream,
  METADATA_EVENT,
  metastreamOf,
  originalOf,
  type StreamMetadata,
  softDeleted,
} from './stream-metadata.ts';

export type { ContentType, Direction, ExpectedVersion, Placement, ProposedEvent, StreamMetadata };
export { DELETED, METADATA_EVENT, StoredEvent };

/** `lastRevision` and `position` are undefined when nothing was ever written (an empty append to an absent stream). */
export type AppendResult =
  | { readonly ok: true; readonly lastRevision: bigint | undefined; readonly position: bigint | undefined }
  | AppendRefused;

export type AppendRefused =
  | { readonly ok: false; readonly reason: 'wrong-expected-version'; readonly current: bigint | 'no_stream' }
  | { readonly ok: false; readonly reason: 'stream-deleted' };

/** `position` is where the deletion itself was written. */
export type DeleteResult = { readonly ok: true; readonly position: bigint } | AppendRefused;

export type StreamQuery = {
  /** First revision to look at, included. */
  readonly from: bigint | 'start' | 'end';
  readonly direction: Direction;
  readonly max: number;
};

export type StreamPage = {
  /** `not-found` covers streams that never were and soft-deleted ones. */
  readonly status: 'ok' | 'not-found' | 'deleted';
  readonly events: readonly StoredEvent[];
  /** Last revision of the stream, -1 without events. */
  readonly last: bigint;
  /** Where the next page begins; meaningless when `end`. */
  readonly next: bigint;
  readonly end: boolean;
};

export type AllQuery = {
  /** First position to look at, included. */
  readonly from: bigint | 'start' | 'end';
  readonly direction: Direction;
  readonly max: number;
  readonly filter?: (event: StoredEvent) => boolean;
  /** How many events to look at before giving back those found; 10 000 unless told. */
  readonly scanLimit?: number;
};

export type AllPage = {
  readonly events: readonly StoredEvent[];
  /** Where the next page begins; meaningless when `end`. */
  readonly next: bigint;
  /** How many visible events were looked at, matching or not. */
  readonly considered: number;
  readonly end: boolean;
};

export type CommitListener = (events: readonly StoredEvent[]) => void;

export type LogOptions = {
  /** Called when it is unknown whether a commit is stored: the log takes no more writes, so its process should end. */
  readonly onUncertain?: (error: Error) => void;
  /**
   * Be as forgetful as EventStoreDB: know no more than so many ids of events, of those written since the log was
   * opened, and don't answer a repeat of an append still being written. Without it a repeat is recognised for ever.
   */
  readonly rememberIds?: number | undefined;
  /** Hears of what takes long. */
  readonly logger?: { info(fields: object, message: string): void };
};

/** Bytes of one commit; an append larger than this travels alone. */
const COMMIT_BYTES = 16 * 1024 * 1024;
const COMMIT_APPENDS = 1_000;
/** Appends that may wait in memory for the disk. */
const WAITING_BYTES = 128 * 1024 * 1024;
/** A page stops growing here, whatever its `max`: events may be 16 MB each. */
const PAGE_BYTES = 1024 * 1024;
const SCAN_LIMIT = 10_000;
/** Data, metadata and type of one event: no message is larger. The client takes messages of up to 17 MiB. */
const MAX_EVENT_BYTES = 16_767_216;

/** A disk that takes longer than this for one commit, time in which the process was suspended not counted, won't come back by itself. */
const STALL_SECONDS = 30;

/** EventStoreDB's default time for a commit. */
const COMMIT_TIMEOUT_MS = 2_000;

type Waiting = {
  readonly bytes: number;
  /** Drafts the write and says what to answer once the draft is durable. */
  readonly decide: (draft: Draft) => () => void;
  readonly fail: (error: Error) => void;
};

/** What became of the appends that shared a commit. */
type Outcome = {
  /** Undefined when nothing of it is stored. */
  readonly draft: Draft | undefined;
  readonly answers: readonly (() => void)[];
};

/**
 * The durable, totally ordered log of events with its streams.
 *
 * One commit is under way at a time. What arrives meanwhile waits, is then decided in order of arrival against the
 * durable heads plus what stands before it, and goes to disk together in the next commit. No caller is answered, and
 * no reader is shown an event, before it is on disk.
 */
export class EventLog {
  private readonly heads: Heads;
  private readonly listeners = new Set<CommitListener>();
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private committing: Promise<void> | undefined;
  private closed = false;
  private uncertain: CommitUncertain | undefined;
  private position: bigint;
  private created: bigint;
  private readonly stall = new StallWatch(STALL_SECONDS);

  constructor(
    private readonly storage: Storage,
    private readonly lock?: NodeLock,
    private readonly onUncertain: (error: CommitUncertain) => void = () => {},
    private readonly remembered?: RememberedIds,
  ) {
    this.heads = new Heads(storage);
    this.position = storage.lastPosition();
    this.created = (this.position < 0n ? undefined : storage.event(this.position))?.created ?? 0n;
  }

  /**
   * Opens a data folder, creating it when it isn't there. How long that takes doesn't depend on the number of events.
   * @throws DataFolderInUse, DataFolderUnusable, DataFormatRefused
   */
  static async open(dir: string, options: LogOptions = {}): Promise<EventLog> {
    const lock = NodeLock.acquire(dir);
    try {
      const { onUncertain, rememberIds } = options;
      const remembered = rememberIds === undefined ? undefined : new RememberedIds(rememberIds);
      return new EventLog(await openStorage(dir, options), lock, onUncertain, remembered);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Position of the last durable event, -1 when there is none. */
  get lastPosition(): bigint {
    return this.position;
  }

  /**
   * Appends events under the expected-version and idempotency rules of `decideAppend`; resolves once they are on disk.
   * @throws InvalidAppend, TooBusy, LogClosed, CommitFailed, CommitTimedOut
   */
  async append(stream: string, expected: ExpectedVersion, events: readonly ProposedEvent[]): Promise<AppendResult> {
    let bytes = 0;
    for (const event of events) bytes += sizeOf(event);
    const durable = this.position;
    const result = await this.enqueue<AppendResult | 'repeat-under-way'>(stream, bytes, (draft) => {
      const view = draft.view(stream);
      const decision = decideAppend(
        view,
        expected,
        events.map(({ id }) => id),
      );
      if (decision.outcome === 'already-appended') {
        const position = draft.positionOf(stream, decision.last);
        if (this.remembered !== undefined && (position ?? -1n) > durable) return 'repeat-under-way';
        return { ok: true, lastRevision: decision.last, position };
      }
      if (decision.outcome !== 'append') return refused(decision, view.last);
      if (events.length === 0) {
        return view.last < 0n
          ? { ok: true, lastRevision: undefined, position: undefined }
          : { ok: true, lastRevision: view.last, position: draft.positionOf(stream, view.last) };
      }
      const position = draft.append(stream, events);
      return { ok: true, lastRevision: view.last + BigInt(events.length), position };
    });
    if (result !== 'repeat-under-way') return result;
    await pause(COMMIT_TIMEOUT_MS);
    throw new CommitTimedOut();
  }

  /** Hides a stream's events and its metadata; a later append brings the stream back with its numbering going on. */
  deleteStream(stream: string, expected: ExpectedVersion): Promise<DeleteResult> {
    return this.enqueue<DeleteResult>(stream, 0, (draft) => {
      const view = draft.view(stream);
      const decision = decideAppend(view, expected, []);
      if (decision.outcome !== 'append') return refused(decision, view.last);
      // Unlike an append, there must be something to delete even when any version will do.
      if (view.last < 0n && !view.hasMetadata) return refused({ outcome: 'wrong-expected-version' }, view.last);
      return { ok: true, position: draft.write(metastreamOf(stream), [metadataEvent(softDeleted())]) };
    });
  }

  /** Closes a stream for good: it can't be read, written or brought back. */
  tombstone(stream: string, expected: ExpectedVersion): Promise<DeleteResult> {
    return this.enqueue<DeleteResult>(stream, 0, (draft) => {
      const view = draft.view(stream);
      const decision = decideAppend(view, expected, []);
      if (decision.outcome !== 'append') return refused(decision, view.last);
      return { ok: true, position: draft.tombstone(stream) };
    });
  }

  /** Metadata in force for a stream; empty when none was written. */
  streamMetadata(stream: string): StreamMetadata {
    return this.heads.get(stream).metadata ?? {};
  }

  /** Last revision of a stream, -1 without events, DELETED when tombstoned. */
  lastRevision(stream: string): bigint {
    return this.isTombstoned(stream) ? DELETED : this.heads.get(stream).last;
  }

  /**
   * First revision of a stream that a reader may see, one after its last when there is none. Of a tombstoned stream that
   * is its tombstone.
   */
  firstVisible(stream: string): bigint {
    const head = this.heads.get(stream);
    if (head.last === DELETED) return DELETED;
    const nothing = head.last + 1n;
    const isHiddenAll = this.isTombstoned(stream) || head.metadata?.truncateBefore === DELETED;
    if (isHiddenAll || head.number === undefined) return nothing;
    const lowest = this.lowestVisible(head, head.number);
    return lowest < nothing ? lowest : nothing;
  }

  /** A page of what a stream shows: truncation, age and deletion applied. Pages may be shorter than `max`. */
  readStream(stream: string, query: StreamQuery): StreamPage {
    const head = this.heads.get(stream);
    const nothing = { events: [], last: head.last, next: 0n, end: true };
    if (this.isTombstoned(stream)) return { status: 'deleted', ...nothing };
    if (head.number === undefined || head.metadata?.truncateBefore === DELETED) {
      return { status: 'not-found', ...nothing };
    }
    const lowest = this.lowestVisible(head, head.number);
    const wanted = query.from === 'start' ? 0n : query.from === 'end' ? head.last : query.from;
    return query.direction === 'forwards'
      ? this.page(head, head.number, { ...query, from: wanted < lowest ? lowest : wanted, to: head.last })
      : this.page(head, head.number, { ...query, from: wanted > head.last ? head.last : wanted, to: lowest });
  }

  /** A page of the whole log in commit order. Only events committed at the time of the call are seen. */
  readAll(query: AllQuery): AllPage {
    const forwards = query.direction === 'forwards';
    const limit = query.scanLimit ?? SCAN_LIMIT;
    const last = this.position;
    const wanted = query.from === 'start' ? 0n : query.from === 'end' ? last : query.from;
    const from = forwards || wanted < last ? wanted : last;
    const events: StoredEvent[] = [];
    let next = from;
    let scanned = 0;
    let considered = 0;
    let bytes = 0;
    // Beyond the last record may be positions that a compaction left out.
    let seenAll = query.max > 0;
    if (query.max > 0 && from <= last) {
      for (const event of this.storage.events(from, query.direction)) {
        if (event.position > last) break;
        next = forwards ? event.position + 1n : event.position - 1n;
        scanned++;
        if (!isHidden(event)) {
          considered++;
          if (query.filter === undefined || query.filter(event)) {
            events.push(event);
            bytes += event.encoded.length;
          }
        }
        if (events.length >= query.max || bytes >= PAGE_BYTES || scanned >= limit) {
          seenAll = false;
          break;
        }
      }
    }
    return { events, next, considered, end: seenAll || (forwards ? next > last : next < 0n) };
  }

  /** The event a link points to; undefined when it never was, or when truncation, age or deletion hides it. */
  eventAt(stream: string, revision: bigint): StoredEvent | undefined {
    const page = this.readStream(stream, { from: revision, direction: 'forwards', max: 1 });
    const [event] = page.events;
    return event?.revision === revision ? event : undefined;
  }

  /**
   * Calls the listener once per durable commit, with its events in position order, before their writers are answered.
   * Returns the way to stop. A listener must not throw.
   */
  onCommit(listener: CommitListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** Writes the appends that wait, then closes the files and lets go of the folder. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    while (this.committing !== undefined) await this.committing;
    this.stall.close();
    this.listeners.clear();
    await this.storage.close();
    await this.lock?.release();
  }

  /** The event at a position of the log, hidden ones too. */
  at(position: bigint): StoredEvent | undefined {
    return position < 0n || position > this.position ? undefined : this.storage.event(position);
  }

  private enqueue<Result>(stream: string, bytes: number, decide: (draft: Draft) => Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (this.closed) throw new LogClosed();
      if (this.uncertain !== undefined) throw this.uncertain;
      if (this.waitingBytes + bytes > WAITING_BYTES) throw new TooBusy();
      refuseBadName(stream);
      this.waitingBytes += bytes;
      this.waiting.push({
        bytes,
        decide: (draft) => {
          const result = decide(draft);
          return () => resolve(result);
        },
        fail: reject,
      });
      // The turn's other arrivals come first, so that they share the commit.
      this.committing ??= new Promise((done) => setImmediate(done)).then(() => this.commitWaiting());
    });
  }

  private async commitWaiting(): Promise<void> {
    let next: Promise<Outcome> | undefined = this.commit();
    while (next !== undefined) {
      const outcome: Outcome = await next;
      if (outcome.draft !== undefined) this.publish(outcome.draft);
      // The disk works on the next commit while this one is told about.
      next = this.waiting.length > 0 ? this.commit() : undefined;
      this.tell(outcome);
      next ??= this.waiting.length > 0 ? this.commit() : undefined;
    }
    this.committing = undefined;
  }

  /** Decides what waits and writes it; decided and handed to the disk before this returns its promise. */
  private async commit(): Promise<Outcome> {
    const clock = BigInt(Date.now()) * 10_000n;
    // Never behind an earlier event, even when the clock is set back: $maxAge relies on the order.
    const created = clock > this.created ? clock : this.created;
    const draft = new Draft(this.heads, this.storage, this.position, created, this.remembered);
    const taken = this.takeWaiting();
    try {
      const answers = taken.map((append) => decided(append, draft));
      if (draft.records.length > 0) await this.written(draft);
      return { draft, answers };
    } catch (error) {
      const failure =
        error instanceof CommitFailed || error instanceof CommitUncertain ? error : new CommitFailed(error);
      return {
        draft: undefined,
        answers: taken.map(
          ({ fail }) =>
            () =>
              fail(failure),
        ),
      };
    } finally {
      for (const { bytes } of taken) this.waitingBytes -= bytes;
    }
  }

  private publish(draft: Draft): void {
    this.position += BigInt(draft.records.length);
    this.created = draft.created;
    draft.publish();
  }

  private tell({ draft, answers }: Outcome): void {
    if (draft !== undefined && draft.records.length > 0 && this.listeners.size > 0) {
      const events = draft.records.map(({ event }) => event);
      for (const listener of this.listeners) listener(events);
    }
    for (const answer of answers) answer();
  }

  /** Resolves when a draft is on disk. @throws CommitFailed, CommitUncertain */
  private async written(draft: Draft): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.stall.begin(() => {
          reject(new CommitUncertain(`The disk did not answer within ${STALL_SECONDS} seconds.`));
        });
        this.storage.commit(draft.records).then(resolve, reject);
      });
    } catch (error) {
      if (error instanceof CommitUncertain) this.giveUp(error);
      throw error;
    } finally {
      this.stall.done();
    }
  }

  private giveUp(error: CommitUncertain): void {
    this.uncertain = error;
    for (const { fail } of this.waiting.splice(0)) fail(error);
    this.onUncertain(error);
  }

  /** The oldest waiting appends that fit into one commit. */
  private takeWaiting(): Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const next of this.waiting) {
      bytes += next.bytes;
      if (count === COMMIT_APPENDS || (count > 0 && bytes > COMMIT_BYTES)) break;
      count++;
    }
    return this.waiting.splice(0, count);
  }

  private isTombstoned(stream: string): boolean {
    if (this.heads.get(stream).last === DELETED) return true;
    return isMetastream(stream) && this.heads.get(originalOf(stream)).last === DELETED;
  }

  private page(
    head: Head,
    number: bigint,
    { from, to, direction, max }: { from: bigint; to: bigint; direction: Direction; max: number },
  ): StreamPage {
    const forwards = direction === 'forwards';
    const events: StoredEvent[] = [];
    let next = from;
    let bytes = 0;
    const isOver = forwards ? from > to : from < to;
    if (max > 0 && !isOver) {
      for (const event of this.storage.streamEvents(number, from, to, direction)) {
        events.push(event);
        bytes += event.encoded.length;
        next = forwards ? event.revision + 1n : event.revision - 1n;
        if (events.length >= max || bytes >= PAGE_BYTES) break;
      }
    }
    return { status: 'ok', events, last: head.last, next, end: forwards ? next > to : next < to };
  }

  /** First revision that $maxCount, $tb and $maxAge leave visible. */
  private lowestVisible(head: Head, number: bigint): bigint {
    const { maxCount, truncateBefore, maxAge } = head.metadata ?? {};
    let lowest = head.first;
    if (maxCount !== undefined && head.last - maxCount + 1n > lowest) lowest = head.last - maxCount + 1n;
    if (truncateBefore !== undefined && truncateBefore > lowest) lowest = truncateBefore;
    if (maxAge === undefined || lowest > head.last) return lowest;
    // Creation times never go back along a stream, so the border is found by halving.
    const oldest = BigInt(Date.now()) * 10_000n - maxAge * 10_000_000n;
    let expired = lowest - 1n;
    let fresh = head.last + 1n;
    while (fresh - expired > 1n) {
      const middle = (expired + fresh) / 2n;
      const created = this.storage.eventOf(number, middle)?.created;
      if (created !== undefined && created >= oldest) fresh = middle;
      else expired = middle;
    }
    return fresh;
  }
}

/** Damage met by one append doesn't fail the others that share its commit. */
const decided = ({ decide, fail }: Waiting, draft: Draft): (() => void) => {
  const before = draft.records.length;
  try {
    return decide(draft);
  } catch (error) {
    if (!(error instanceof DamagedRecord) || draft.records.length > before) throw error;
    return () => fail(error);
  }
};

/** Says how far a long step is, at most so often. */
const SAID_EVERY_MS = 2_000;

/** Converts a folder of the format before this one, which takes as long as it takes. */
const openStorage = async (dir: string, { logger }: LogOptions): Promise<DiskStorage> => {
  try {
    return DiskStorage.open(dir);
  } catch (error) {
    if (!(error instanceof OlderFormat)) throw error;
  }
  logger?.info({ dir }, 'the data folder is in an older format and is being converted; the old files are kept');
  let said = performance.now();
  await convertFolder(dir, (done, total) => {
    if (performance.now() - said < SAID_EVERY_MS) return;
    said = performance.now();
    logger?.info({ done, total }, `converting: ${Math.floor((100 * done) / total)} %`);
  });
  logger?.info({ dir }, 'the data folder is converted');
  return DiskStorage.open(dir);
};

const refused = (decision: AppendDecision, last: bigint): AppendRefused =>
  decision.outcome === 'stream-deleted'
    ? { ok: false, reason: 'stream-deleted' }
    : { ok: false, reason: 'wrong-expected-version', current: last < 0n ? 'no_stream' : last };

/** What an event weighs in the log. @throws InvalidAppend when it can't be stored. */
const sizeOf = (event: ProposedEvent): number => {
  if (!isUuid(event.id)) throw new InvalidAppend('An event id must be a UUID.');
  const bytes = event.data.length + event.metadata.length + Buffer.byteLength(event.type);
  if (bytes > MAX_EVENT_BYTES) {
    throw new InvalidAppend(`An event may have at most ${MAX_EVENT_BYTES} bytes; this one has ${bytes}.`);
  }
  return bytes;
};

const refuseBadName = (stream: string): void => {
  if (stream === '' || stream === '$$') throw new InvalidAppend('A stream needs a name.');
  if (Buffer.byteLength(stream) > MAX_STREAM_NAME_BYTES - 2) {
    throw new InvalidAppend(`A stream name may have at most ${MAX_STREAM_NAME_BYTES - 2} bytes.`);
  }
};

/** Streams that EventStoreDB keeps out of $all (24.2, EventFilter.cs). */
const isHidden = (event: StoredEvent): boolean => {
  if (!event.inSystemStream) return false;
  const { stream } = event;
  if (stream === '$epoch-information') return true;
  return (
    stream.startsWith('$persistentsubscription-$all::') &&
    (stream.endsWith('-checkpoint') || stream.endsWith('-parked'))
  );
};

/** Whether readers of $all, subscribers too, may see the event. */
export const isVisibleInAll = (event: StoredEvent): boolean => !isHidden(event);
