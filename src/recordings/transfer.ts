import { createHash } from 'node:crypto';
import { ServerResponse } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteRange } from './store/recording-store.ts';

/**
 * How a transfer ended:
 * - `completed`: every byte asked for was handed over, and is what was stored
 * - `cut`: the signal aborted it (the view was revoked, playback halted)
 * - `disconnected`: the receiver went away, or took nothing for too long
 * - `corrupt`: the object is not what was stored; its last bytes were held back
 * - `failed`: the store failed on the way
 */
export type TransferOutcome = 'completed' | 'cut' | 'disconnected' | 'corrupt' | 'failed';

export type TransferReport = {
  /** Never less than what the receiver can have seen: handed to the connection, which may not have delivered the last of it. */
  readonly bytesServed: number;
  /** Inclusive positions in the recording: none, or the one range that `bytesServed` is the length of. */
  readonly ranges: readonly (readonly [first: number, last: number])[];
  readonly outcome: TransferOutcome;
  /** Why, for the log; its text is not for the ledger. */
  readonly error?: unknown;
};

export type TransferOptions = {
  /** The bytes of `range`, as `RecordingStore.read` gives them. */
  readonly source: Readable;
  /** A response, or a stream that leads to one. */
  readonly sink: Writable;
  /** What `source` holds of the recording; the whole of it is `0` to `bytes - 1`. */
  readonly range: ByteRange;
  /** What the ledger says was stored. */
  readonly stored: { readonly bytes: number; readonly sha256: string };
  readonly signal: AbortSignal;
  /** Longest time without the receiver taking anything. */
  readonly idleTimeoutMs: number;
};

class Corrupt extends Error {}

/**
 * Sends the bytes of a recording, at the pace of the receiver, and tells exactly once how it ended. Never rejects: what was
 * served is a fact to record whatever happened. An abort resets the connection at once: bytes not yet handed over never leave, and
 * those that the operating system still holds for it are dropped.
 *
 * A read of the whole is hashed on the way and its last chunk held back until the hash is known, so that a recording that was
 * tampered with or damaged cannot be received whole. A part cannot be hashed; it is only checked for its length.
 */
export const transfer = async (options: TransferOptions): Promise<TransferReport> => {
  const { source, sink, range, stored, signal, idleTimeoutMs } = options;
  const wanted = range.last - range.first + 1;
  const hash = wanted === stored.bytes ? createHash('sha256') : undefined;
  let served = 0;
  let storeFailure: unknown;
  let receiverGone = false;

  const report = (outcome: TransferOutcome, error?: unknown): TransferReport => ({
    bytesServed: served,
    ranges: served > 0 ? [[range.first, range.first + served - 1]] : [],
    outcome,
    ...(error !== undefined && { error }),
  });

  if (signal.aborted || sink.destroyed) {
    source.destroy();
    sink.destroy();
    return signal.aborted ? report('cut', signal.reason) : report('disconnected');
  }
  // A store that is silent would otherwise keep an ended transfer waiting, and its report with it.
  sink.once('close', () => {
    receiverGone = !sink.writableFinished;
    source.destroy();
  });
  const stalled = setTimeout(() => sink.destroy(), idleTimeoutMs);
  // Before pipeline closes the connection: an orderly close would go on sending what was buffered, megabytes for a slow receiver.
  const reset = () => {
    if (sink instanceof ServerResponse) sink.socket?.resetAndDestroy();
  };
  signal.addEventListener('abort', reset, { once: true });

  async function* fromStore(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) yield chunk;
    } catch (error) {
      if (!receiverGone) storeFailure = error;
      throw error;
    }
  }

  async function* counted(): AsyncGenerator<Buffer> {
    let read = 0;
    let held: Buffer | undefined;
    for await (const chunk of fromStore()) {
      read += chunk.length;
      if (read > wanted) throw new Corrupt(`the store gave more than the ${wanted} bytes there should be`);
      hash?.update(chunk);
      if (held) yield handOver(held);
      held = chunk;
    }
    if (read < wanted) throw new Corrupt(`the store gave ${read} of ${wanted} bytes`);
    if (hash && hash.digest('hex') !== stored.sha256) throw new Corrupt('the SHA-256 is not the one stored');
    if (held) yield handOver(held);
  }

  // Counted before it is handed over, so that no cut in between can make the count too small.
  const handOver = (chunk: Buffer): Buffer => {
    served += chunk.length;
    stalled.refresh();
    return chunk;
  };

  try {
    await pipeline(counted, sink, { signal });
    return report('completed');
  } catch (error) {
    sink.destroy();
    if (signal.aborted) return report('cut', signal.reason);
    if (error instanceof Corrupt) return report('corrupt', error);
    if (storeFailure !== undefined && storeFailure === error) return report('failed', error);
    return report('disconnected', error);
  } finally {
    clearTimeout(stalled);
    signal.removeEventListener('abort', reset);
    source.destroy();
  }
};
