import { convertFolder } from '../convert.ts';
import type { ContentType, Placement, ProposedEvent } from '../wire/stored-event.ts';
import { StoredEvent } from '../wire/stored-event.ts';
import { type AppendRefused, type AppendResult, type CommitListener, Commits, type DeleteResult } from './commits.ts';
import type { DiskWrites } from './disk-writes.ts';
import { type CommitUncertain, OlderFormat } from './errors.ts';
import type { ExpectedVersion } from './expected-version.ts';
import { Heads } from './heads.ts';
import { NodeLock } from './node-lock.ts';
import { type AllPage, type AllQuery, isVisibleInAll, Pages, type StreamPage, type StreamQuery } from './pages.ts';
import { RememberedIds } from './remembered-ids.ts';
import { type Direction, DiskStorage, type Storage } from './storage.ts';
import { DELETED, METADATA_EVENT, type StreamMetadata } from './stream-metadata.ts';

export type {
  AllPage,
  AllQuery,
  AppendRefused,
  AppendResult,
  CommitListener,
  ContentType,
  DeleteResult,
  Direction,
  ExpectedVersion,
  Placement,
  ProposedEvent,
  StreamMetadata,
  StreamPage,
  StreamQuery,
};
export { DELETED, isVisibleInAll, METADATA_EVENT, StoredEvent };

export type LogOptions = {
  /** Called when it is unknown whether a commit is stored: the log takes no more writes, so its process should end. */
  readonly onUncertain?: (error: Error) => void;
  /**
   * Be as forgetful as EventStoreDB: know no more than so many ids of events, of those written since the log was
   * opened, and don't answer a repeat of an append still being written. Without it a repeat is recognised for ever.
   */
  readonly rememberIds?: number | undefined;
  /** Hears how long each durable write took. */
  readonly diskWrites?: DiskWrites;
  /** Hears of what takes long. */
  readonly logger?: { info(fields: object, message: string): void };
};

/** The durable, totally ordered log of events with its streams: how they come in (`Commits`) and are read (`Pages`). */
export class EventLog {
  private readonly commits: Commits;
  private readonly pages: Pages;
  private closed = false;

  constructor(
    private readonly storage: Storage,
    private readonly lock?: NodeLock,
    onUncertain?: (error: CommitUncertain) => void,
    remembered?: RememberedIds,
  ) {
    const heads = new Heads(storage);
    this.commits = new Commits(storage, heads, onUncertain, remembered);
    this.pages = new Pages(storage, heads, () => this.commits.lastPosition);
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
    return this.commits.lastPosition;
  }

  /**
   * Appends events under the expected-version and idempotency rules of `decideAppend`; resolves once they are on disk.
   * @throws InvalidAppend, TooBusy, LogClosed, CommitFailed, CommitTimedOut
   */
  append(stream: string, expected: ExpectedVersion, events: readonly ProposedEvent[]): Promise<AppendResult> {
    return this.commits.append(stream, expected, events);
  }

  /** Hides a stream's events and its metadata; a later append brings the stream back with its numbering going on. */
  deleteStream(stream: string, expected: ExpectedVersion): Promise<DeleteResult> {
    return this.commits.deleteStream(stream, expected);
  }

  /** Closes a stream for good: it can't be read, written or brought back. */
  tombstone(stream: string, expected: ExpectedVersion): Promise<DeleteResult> {
    return this.commits.tombstone(stream, expected);
  }

  /**
   * Calls the listener once per durable commit, with its events in position order, before their writers are answered.
   * Returns the way to stop. A listener must not throw.
   */
  onCommit(listener: CommitListener): () => void {
    return this.commits.onCommit(listener);
  }

  /** Metadata in force for a stream; empty when none was written. */
  streamMetadata(stream: string): StreamMetadata {
    return this.pages.streamMetadata(stream);
  }

  /** Last revision of a stream, -1 without events, DELETED when tombstoned. */
  lastRevision(stream: string): bigint {
    return this.pages.lastRevision(stream);
  }

  /**
   * First revision of a stream that a reader may see, one after its last when there is none. Of a tombstoned stream that
   * is its tombstone.
   */
  firstVisible(stream: string): bigint {
    return this.pages.firstVisible(stream);
  }

  /** A page of what a stream shows: truncation, age and deletion applied. Pages may be shorter than `max`. */
  readStream(stream: string, query: StreamQuery): StreamPage {
    return this.pages.readStream(stream, query);
  }

  /** A page of the whole log in commit order. Only events committed at the time of the call are seen. */
  readAll(query: AllQuery): AllPage {
    return this.pages.readAll(query);
  }

  /** The event a link points to; undefined when it never was, or when truncation, age or deletion hides it. */
  eventAt(stream: string, revision: bigint): StoredEvent | undefined {
    return this.pages.eventAt(stream, revision);
  }

  /** The event at a position of the log, hidden ones too. */
  at(position: bigint): StoredEvent | undefined {
    return this.pages.at(position);
  }

  /** Writes the appends that wait, then closes the files and lets go of the folder. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.commits.close();
    await this.storage.close();
    await this.lock?.release();
  }
}

/** Says how far a long step is, at most so often. */
const SAID_EVERY_MS = 2_000;

/** Converts a folder of the format before this one, which takes as long as it takes. */
const openStorage = async (dir: string, { logger, diskWrites }: LogOptions): Promise<DiskStorage> => {
  try {
    return DiskStorage.open(dir, diskWrites);
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
  return DiskStorage.open(dir, diskWrites);
};
