import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { ingest } from '../../src/recordings/ingest.ts';
import { recordingKey } from '../../src/recordings/recording-key.ts';
import { bytes, sha256Of } from '../objects/bytes.ts';
import { media } from './media.ts';

const MIB = 2 ** 20;
const SAMPLE_MS = 20;

const largeRecording = async (total: number): Promise<Readable> => {
  const head = await media('live.webm');
  return Readable.from(
    (async function* () {
      yield head;
      yield* bytes(total - head.length);
    })(),
    { objectMode: false },
  );
};

/**
 * Takes in a recording of `total` bytes, reads it back, and gives the growth of this process's resident memory at its
 * highest, in MiB. One of 1 MiB goes first, so that code is loaded; it is too small to hide buffers in.
 */
export const growthOf = async (
  store: ObjectStore,
  total: number,
): Promise<{ uploadMiB: number; downloadMiB: number }> => {
  const upload = async (size: number) => {
    const owner = { patientId: 'pat-1', recordingId: randomUUID() };
    const key = recordingKey(owner);
    const options = { store, owner, maxBytes: total, claimedType: 'video/webm', idleTimeoutMs: 30_000 };
    const { sha256, bytes: stored } = await ingest(await largeRecording(size), options);
    expect(stored).toBe(size);
    return { key, sha256 };
  };
  const warm = await upload(MIB);
  await sha256Of((await store.read(warm.key)).stream);
  await store.delete(warm.key);

  let large = warm;
  const uploadMiB = await peakGrowth(async () => {
    large = await upload(total);
  });
  const downloadMiB = await peakGrowth(async () => {
    expect(await sha256Of((await store.read(large.key)).stream)).toBe(large.sha256);
  });
  await store.delete(large.key);
  return { uploadMiB, downloadMiB };
};

const peakGrowth = async (work: () => Promise<void>): Promise<number> => {
  const before = process.memoryUsage.rss();
  let peak = before;
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(sampling);
  }
  return (peak - before) / MIB;
};
