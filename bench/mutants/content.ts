import { createHash } from 'node:crypto';

const BLOCK = 64;

/**
 * The bytes of a recording: a WAV whose samples say in every 64 bytes whose they are and where in the recording they stand, so that bytes of
 * another recording, or of another place, are seen for what they are wherever they turn up.
 */
export const bytesOf = (name: string, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8_000, 24);
  bytes.writeUInt32LE(8_000, 28);
  bytes.writeUInt16LE(1, 32);
  bytes.writeUInt16LE(8, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(length - 44, 40);
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
