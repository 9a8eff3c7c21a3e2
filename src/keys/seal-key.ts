import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const NONCE = 12;
const TAG = 16;
const CIPHER = 'aes-256-gcm';

/** A key of 32 bytes under another, bound to `context`: nonce, ciphertext and tag in base64. */
export const wrapKey = (key: Buffer, under: Buffer, context: string): string => {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(CIPHER, under, nonce, { authTagLength: TAG }).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]).toString('base64');
};

/** The key again, in a buffer of the caller's own; undefined where it was not wrapped under this key in this context. */
export const unwrapKey = (wrapped: string, under: Buffer, context: string): Buffer | undefined => {
  const bytes = Buffer.from(wrapped, 'base64');
  if (bytes.length <= NONCE + TAG) return undefined;
  const end = bytes.length - TAG;
  const decipher = createDecipheriv(CIPHER, under, bytes.subarray(0, NONCE), { authTagLength: TAG })
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(end));
  const key = decipher.update(bytes.subarray(NONCE, end));
  try {
    decipher.final();
    return key;
  } catch {
    key.fill(0);
    return undefined;
  }
};
