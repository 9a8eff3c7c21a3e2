import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { ChunkHasher, chunkLength, expectedHash } from '../../src/recordings/chunks.ts';

const owner = { patientId: 'pat-1', recordingId: 'rec-1' };
const sha256 = (...parts: (string | Buffer)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};
const hashesOf = (bytes: number, ...pieces: Buffer[]): string[] => {
  const hasher = new ChunkHasher(owner, bytes);
  for (const piece of pieces) hasher.update(piece);
  const { hashes } = hasher.digest();
  return Array.from({ length: hashes.length / 32 }, (_, i) => hashes.subarray(i * 32, (i + 1) * 32).toString('hex'));
};

describe('the hashes of a recording’s chunks', () => {
  it('begin with whose recording it is and which chunk, so that they are worth nothing elsewhere', () => {
    expect(hashesOf(4, Buffer.from('abcdefghij'))).toEqual([
      sha256('pat-1/rec-1/0\nabcd'),
      sha256('pat-1/rec-1/1\nefgh'),
      sha256('pat-1/rec-1/2\nij'),
    ]);
    // Stored hashes must be the same in every release.
    expect(hashesOf(4, Buffer.from('abcd'))).toEqual([
      '1778e9ee7b00c54e6f46608769ab791b2df09d15f2dca10b80f9f2b6dac58575',
    ]);
  });

  it('do not depend on the pieces that the recording comes in', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.integer({ min: 1, max: 16 }), (parts, bytes) => {
        const pieces = parts.map((part) => Buffer.from(part));
        expect(hashesOf(bytes, ...pieces)).toEqual(hashesOf(bytes, Buffer.concat(pieces)));
      }),
    );
  });

  it('are one for each chunk, and found by its place', () => {
    const hasher = new ChunkHasher(owner, 4);
    hasher.update(Buffer.from('abcdefghij'));
    const chunks = hasher.digest();
    expect(expectedHash(chunks, 1).toString('hex')).toBe(sha256('pat-1/rec-1/1\nefgh'));
    expect(chunks.hashes).toHaveLength(3 * 32);
  });

  it.each([
    [0, 2 ** 18],
    [2 ** 18, 2 ** 18],
    [2 ** 31, 2 ** 18],
    [2 ** 31 + 1, 2 ** 19],
    [2 ** 32, 2 ** 19],
    [2 ** 40, 2 ** 27],
  ])('are at most 8,192, also of %i bytes', (total, bytes) => {
    expect(chunkLength(total)).toBe(bytes);
    expect(Math.ceil(total / bytes)).toBeLessThanOrEqual(8_192);
  });
});
