/** What the writer believes about the stream: anything, that it isn't there, that it is, or its exact last revision. */
export type ExpectedVersion = 'any' | 'no_stream' | 'stream_exists' | bigint;

/** What the decision needs to know about a stream, commits still under way included. */
export type StreamView = {
  readonly tombstoned: boolean;
  readonly softDeleted: boolean;
  /** Whether metadata was written for it; a stream with metadata alone "exists". */
  readonly hasMetadata: boolean;
  /** Last revision, -1 when there are no events. */
  readonly last: bigint;
  /** Where in this stream an event id was written; of several places any. */
  readonly revisionOf: (id: string) => bigint | undefined;
  readonly idAt: (revision: bigint) => string | undefined;
};

export type AppendDecision =
  | { readonly outcome: 'append' }
  | { readonly outcome: 'already-appended'; readonly last: bigint }
  | { readonly outcome: 'wrong-expected-version' }
  | { readonly outcome: 'stream-deleted' };

const APPEND: AppendDecision = { outcome: 'append' };
const WRONG: AppendDecision = { outcome: 'wrong-expected-version' };
const DELETED: AppendDecision = { outcome: 'stream-deleted' };

/**
 * All rules of optimistic concurrency and idempotency in one place (EventStoreDB 24.2, IndexWriter.CheckCommit).
 * Where the real server remembers recent ids only, this node remembers all unless told otherwise, so a late repeat is
 * still recognised.
 */
export const decideAppend = (stream: StreamView, expected: ExpectedVersion, ids: readonly string[]): AppendDecision => {
  if (stream.tombstoned) return DELETED;
  if (expected === 'stream_exists') {
    if (stream.softDeleted) return DELETED;
    if (stream.last < 0n && !stream.hasMetadata) return WRONG;
  }
  if (expected === 'any' || expected === 'stream_exists') return unlessRepeated(stream, ids);

  const revision = expected === 'no_stream' ? -1n : expected;
  if (revision > stream.last) return WRONG;
  if (revision === stream.last) return APPEND;

  const repeated = matches(stream, ids, revision + 1n);
  if (ids.length > 0 && repeated === ids.length) {
    return { outcome: 'already-appended', last: revision + BigInt(ids.length) };
  }
  // Deleting a stream makes "no stream" true again; its numbering continues.
  return repeated === 0 && expected === 'no_stream' && stream.softDeleted ? APPEND : WRONG;
};

/**
 * Without an exact revision a repeat is told by its ids: each is known in the stream, or the first one isn't. In which
 * order and how often they stand there is not looked at, so that an append of one id twice repeats that of it once.
 */
const unlessRepeated = (stream: StreamView, ids: readonly string[]): AppendDecision => {
  let last: bigint | undefined;
  for (const [index, id] of ids.entries()) {
    last = stream.revisionOf(id);
    if (last === undefined) return index === 0 ? APPEND : WRONG;
  }
  return last === undefined ? APPEND : { outcome: 'already-appended', last };
};

/** How many of `ids` stand one after the other from `start` on. */
const matches = (stream: StreamView, ids: readonly string[], start: bigint): number => {
  let count = 0;
  for (const id of ids) {
    if (stream.idAt(start + BigInt(count)) !== id) break;
    count++;
  }
  return count;
};
