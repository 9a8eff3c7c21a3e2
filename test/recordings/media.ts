import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export const media = (name: string): Promise<Buffer> => readFile(new URL(`./media/${name}`, import.meta.url));

/** A real recording's beginning, made `total` bytes long: sniffed as what it is, as large as a test needs. */
export const padded = async (name: string, total: number): Promise<Buffer> => {
  const whole = Buffer.alloc(total, 7);
  (await media(name)).copy(whole);
  return whole;
};

/** A recording whose bytes no other has. */
export const freshMedia = async (): Promise<Buffer> =>
  Buffer.concat([await media('consultation.webm'), randomBytes(64)]);

/** Hex. */
export const sha256Of = (body: Buffer): string => createHash('sha256').update(body).digest('hex');
