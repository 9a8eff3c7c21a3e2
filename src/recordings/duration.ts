import { buffer } from 'node:stream/consumers';
import type { RecordingStore } from './store/recording-store.ts';
import { within } from './store/within.ts';

const MAX_READ_BYTES = 16 * 2 ** 20;
const MAX_MS = 5_000;

/**
 * How long a stored recording plays, in seconds, or undefined when its container does not say so cheaply: at most 16 MiB are
 * read and 5 s spent. Reads the object rather than the upload passing by, because an MP4 has its index at the end.
 * It is a courtesy to players: whatever goes wrong, the recording is none the worse, so nothing is thrown.
 */
export const probeDuration = async (
  store: RecordingStore,
  key: string,
  bytes: number,
  signal?: AbortSignal,
): Promise<number | undefined> => {
  // Loaded with the first recording: it is 16 MB that an instance which only books never needs.
  const media = await import('mediabunny');
  const end = new AbortController();
  const stop = AbortSignal.any(signal ? [end.signal, signal] : [end.signal]);
  let budget = MAX_READ_BYTES;

  const input = new media.Input({
    // Not its list of everything: that has HLS, a text in which an upload could name addresses for us to fetch.
    formats: [
      media.MP4,
      media.QTFF,
      media.MATROSKA,
      media.WEBM,
      media.MP3,
      media.WAVE,
      media.OGG,
      media.ADTS,
      media.FLAC,
      media.MPEG_TS,
    ],
    source: new media.CustomSource({
      getSize: () => bytes,
      read: async (start, stopAt) => {
        budget -= stopAt - start;
        if (budget < 0) throw new Error('the container takes too much reading');
        const { stream } = await store.read(key, { range: { first: start, last: stopAt - 1 }, signal: stop });
        return buffer(stream);
      },
      prefetchProfile: 'network',
      handleUnhandledError: () => undefined, // Of a read begun ahead that nobody waits for.
    }),
  });
  try {
    // Without a header that says it (a browser's live recording), the last packet does.
    const duration = async () => (await input.getDurationFromMetadata()) ?? (await input.computeDuration());
    const seconds = await within(duration(), MAX_MS, () => new Error('the container takes too long'), signal);
    return Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds * 1_000) / 1_000 : undefined;
  } catch {
    return undefined;
  } finally {
    end.abort();
    input.dispose();
  }
};
