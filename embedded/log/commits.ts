import { setTimeout as pause } from 'node:timers/promises';
import { isUuid, type ProposedEvent, type StoredEvent } from '../wire/stored-event.ts';
import { Draft, metadataEvent } from './draft.ts';
import {
  CommitFailed,
  CommitTimedOut,
  CommitUncertain,
  DamagedRecord,
  InvalidAppend,
  LogClosed,
  TooBusy,
} from './errors.ts';
import { type AppendDecision, decideAppend, type ExpectedVersion } from './expected-version.ts';
import type { Heads } from './heads.ts';
import { MAX_STREAM_NAME_BYTES } from './layout.ts';
import type { RememberedIds } from './remembered-ids.ts';
import { StallWatch } from './stall-watch.ts';
import type { Storage } from './storage.ts';
import { metastreamOf, softDeleted } from './stream-metadata.ts';

/** `lastRevision` and `position` are undefined when nothing was ever written (an empty append to an absent stream). */
export type AppendResult =
  | { readonly ok: true; readonly lastRevision: bigint | undefined; readonly position: bigint | undefined }
  | AppendRefused;

export type AppendRefused =
  | { readonly ok: false; readonly reason: 'wrong-expected-version'; readonly current: bigint | 'no_stream' }
  | { readonly ok: false; readonly reason: 'stream-deleted' };

/** `position` is where the deletion itself was written. */
export type DeleteResult = { readonly ok: true; readonly position: bigint } | AppendRefused;

export type CommitListener = (events: readonly StoredEvent[]) => void;

/** Bytes of one commit; an append larger than this travels alone. */
const COMMIT_BYTES = 16 * 1024 * 1024;
const COMMIT_APPENDS = 1_000;
/** Appends that may wait in memory for the disk. */
const WAITING_BYTES = 128 * 1024 * 1024;
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
 * How events come into the log.
 *
 * One commit is under way at a time. What arrives meanwhile waits, is then decided in order of arrival against the
 * durable heads plus what stands before it, and goes to disk together in the next commit. No caller is answered, and
 * no reader is shown an event, before it is on disk.
 */
export class Commits {
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
    private readonly heads: Heads,
    private readonly onUncertain: (error: CommitUncertain) => void = () => {},
    private readonly remembered?: RememberedIds,
  ) {
    this.position = storage.lastPosition();
    this.created = (this.position < 0n ? undefined : storage.event(this.position))?.created ?? 0n;
  }

  get lastPosition(): bigint {
    return this.position;
  }

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

  tombstone(stream: string, expected: ExpectedVersion): Promise<DeleteResult> {
    return this.enqueue<DeleteResult>(stream, 0, (draft) => {
      const view = draft.view(stream);
      const decision = decideAppend(view, expected, []);
      if (decision.outcome !== 'append') return refused(decision, view.last);
      return { ok: true, position: draft.tombstone(stream) };
    });
  }

  onCommit(listener: CommitListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** Writes the appends that wait; nothing is taken any more. */
  async close(): Promise<void> {
    this.closed = true;
    while (this.committing !== undefined) await this.committing;
    this.stall.close();
    this.listeners.clear();
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
