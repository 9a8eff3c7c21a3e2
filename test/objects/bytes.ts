import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';

/** 251 is prime, so that it never lines up with a block or a page. */
const PATTERN = Buffer.from(Array.from({ length: 251 }, (_, index) => index));

/** Bytes that differ at every offset of a chunk and from chunk to chunk, so that a shifted or lost piece shows. */
const chunkOf = (index: number, length: number): Buffer => {
  const chunk = Buffer.alloc(length, PATTERN);
  for (let at = 0; at + 4 <= length; at += 4_096) chunk.writeUInt32LE((index * 2_654_435_761 + at) >>> 0, at);
  return chunk;
};

/** `total` bytes made on the way; `failAt` ends them with `error` at that byte. */
export const bytes = (
  total: number,
  { chunk = 64 * 1024, failAt = Number.POSITIVE_INFINITY, error = new Error('the source broke') } = {},
): Readable =>
  Readable.from(
    (async function* () {
      for (let at = 0, index = 0; at < total; at += chunk, index += 1) {
        if (at >= failAt) throw error;
        if (index % 16 === 0) await setImmediate(); // A real source lets the event loop turn.
        yield chunkOf(index, Math.min(chunk, total - at));
      }
      if (failAt <= total) throw error;
    })(),
    { objectMode: false },
  );

/** Gives `first` bytes and then nothing, for ever. */
export const bytesThenSilence = (first: number): Readable => {
  let given = false;
  return new Readable({
    read() {
      if (given) return;
      given = true;
      this.push(chunkOf(0, first));
    },
  });
};

export const collect = async (stream: Readable): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

export const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

export const sha256Of = async (stream: Readable): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
};
