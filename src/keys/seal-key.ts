import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const NONCE = 12;
const TAG = 16;
const CIPHER = 'aes-256-gcm';

/** Bytes under a key of 32, bound to `context`: nonce, ciphertext and tag. */
const seal = (bytes: Buffer, under: Buffer, context: string): Buffer => {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(CIPHER, under, nonce, { authTagLength: TAG }).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
};

/** The bytes again, in a buffer of the caller's own; undefined where they were not sealed under this key in this context. */
const open = (bytes: Buffer, under: Buffer, context: string): Buffer | undefined => {
  if (bytes.length <= NONCE + TAG) return undefined;
  const end = bytes.length - TAG;
  const decipher = createDecipheriv(CIPHER, under, bytes.subarray(0, NONCE), { authTagLength: TAG })
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(end));
  const opened = decipher.update(bytes.subarray(NONCE, end));
  try {
    decipher.final();
    return opened;
  } catch {
    opened.fill(0);
    return undefined;
  }
};

/** A key of 32 bytes under another, in base64. */
export const wrapKey = (key: Buffer, under: Buffer, context: string): string =>
  seal(key, under, context).toString('base64');

/** The key again, in a buffer of the caller's own; undefined where it was not wrapped under this key in this context. */
export const unwrapKey = (wrapped: string, under: Buffer, context: string): Buffer | undefined =>
  open(Buffer.from(wrapped, 'base64'), under, context);

/** Spaces that follow it: how long a text is says something of it. */
const PADDED_TO = 32;

/** A text of an event under a key of the event's own, derived from a person's; in base64url. */
export const sealText = (text: string, under: Buffer, { eventId, context }: TextPlace): string => {
  const { length } = Buffer.from(text);
  const padded = Buffer.from(text + ' '.repeat(Math.ceil(length / PADDED_TO) * PADDED_TO - length));
  return withDerived(under, eventId, (key) => seal(padded, key, context)).toString('base64url');
};

/** The text again, with the spaces that follow it; undefined where it was not sealed under this key in this place. */
export const openText = (sealed: string, under: Buffer, { eventId, context }: TextPlace): string | undefined =>
  withDerived(under, eventId, (key) => open(Buffer.from(sealed, 'base64url'), key, context))?.toString();

export type TextPlace = { readonly eventId: string; readonly context: string };

const INFO = 'consultation-ledger/event/';

const withDerived = <T>(under: Buffer, eventId: string, use: (key: Buffer) => T): T => {
  const key = Buffer.from(hkdfSync('sha256', under, '', INFO + eventId, 32));
  try {
    return use(key);
  } finally {
    key.fill(0);
  }
};
