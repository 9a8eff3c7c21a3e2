import { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TransferCut } from '../access/playing/cuts.ts';
import type { ByteRange } from '../objects/object-store.ts';
import { ObjectDamaged, type ProvedRange } from './proved-range.ts';

/**
 * How a transfer ended:
 * - `completed`: every byte asked for was handed over
 * - `cut`: it was ended from here (the view was revoked, playback halted)
 * - `disconnected`: the receiver went away, or took nothing for too long
 * - `corrupt`: the object is not the one that was stored; no byte of the chunk that differs left
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
  /** The bytes of `range`; closed in the end. */
  readonly source: ProvedRange;
  /** A response, or a stream that leads to one. */
  readonly sink: Writable;
  readonly range: ByteRange;
  readonly signal: AbortSignal;
  /** Longest time without the receiver taking anything. */
  readonly idleTimeoutMs: number;
  /** Asked before each chunk leaves; a `TransferCut` that it throws cuts the transfer. */
  readonly mayGoOn?: () => Promise<void>;
};

/**
 * Sends the bytes of a recording, at the pace of the receiver, and tells exactly once how it ended. Never rejects: the bytes
 * served are a fact to record whatever happened. A cut resets the connection at once: bytes not yet handed over never leave, and
 * those that the operating system still holds for it are dropped.
 */
export const transfer = async (options: TransferOptions): Promise<TransferReport> => {
  const { source, sink, range, signal, idleTimeoutMs, mayGoOn } = options;
  let served = 0;
  let receiverGone = false;
  let failure: { readonly error: unknown } | undefined;

  const report = (outcome: TransferOutcome, error?: unknown): TransferReport => ({
    bytesServed: served,
    ranges: served > 0 ? [[range.first, range.first + served - 1]] : [],
    outcome,
    ...(error !== undefined && { error }),
  });

  if (signal.aborted || sink.destroyed) {
    source.close();
    sink.destroy();
    return signal.aborted ? report('cut', signal.reason) : report('disconnected');
  }
  // A store that is silent would otherwise keep an ended transfer waiting, and its report with it.
  sink.once('close', () => {
    receiverGone = !sink.writableFinished;
    source.close();
  });
  const stalled = setTimeout(() => sink.destroy(), idleTimeoutMs);
  // Before pipeline closes the connection: an orderly close would keep sending the buffer, megabytes for a slow receiver.
  const reset = () => {
    if (sink instanceof ServerResponse) sink.socket?.resetAndDestroy();
  };
  signal.addEventListener('abort', reset, { once: true });

  /** The one place that every chunk passes on its way out. */
  const nextChunk = async (): Promise<readonly Buffer[] | undefined> => {
    try {
      const chunk = await source.next();
      if (chunk) await mayGoOn?.();
      return chunk;
    } catch (error) {
      if (!receiverGone) failure = { error };
      if (error instanceof TransferCut) reset();
      throw error;
    }
  };

  async function* counted(): AsyncGenerator<Buffer> {
    for (let chunk = await nextChunk(); chunk; chunk = await nextChunk())
      for (const piece of chunk) {
        // Counted before it is handed over, so that no cut in between can make the count too small.
        served += piece.length;
        stalled.refresh();
        yield piece;
      }
  }

  try {
    await pipeline(counted, sink, { signal });
    return report('completed');
  } catch (error) {
    sink.destroy();
    if (signal.aborted) return report('cut', signal.reason);
    if (!failure) return report('disconnected', error);
    if (failure.error instanceof TransferCut) return report('cut', failure.error);
    return report(failure.error instanceof ObjectDamaged ? 'corrupt' : 'failed', failure.error);
  } finally {
    clearTimeout(stalled);
    signal.removeEventListener('abort', reset);
    source.close();
  }
};
