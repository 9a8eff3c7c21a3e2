import { createHash } from 'node:crypto';
import { WAV_HEADER_BYTES, wavOf } from '../../src/recordings/wav.ts';

const BLOCK = 64;

/**
 * The bytes of a recording: a WAV whose samples say in every 64 bytes whose they are and where in the recording they stand, so that bytes of
 * another recording, or of another place, are seen for what they are wherever they turn up.
 */
export const bytesOf = (name: string, length: number): Buffer => {
  const bytes = wavOf(Buffer.alloc(length - WAV_HEADER_BYTES));
  for (let at = BLOCK; at < length; at += BLOCK) bytes.write(`${name} ${at} `.padEnd(BLOCK, '.'), at);
  return bytes;
};

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes);

/** How many bytes of an answer are not those that belong there. */
export const wrongBytes = (got: Buffer, wanted: Buffer): number => {
  let wrong = 0;
  for (let at = 0; at < got.length; at += BLOCK) {
    const block = got.subarray(at, at + BLOCK);
    if (!block.equals(wanted.subarray(at, at + block.length))) wrong += block.length;
  }
  return wrong;
};
