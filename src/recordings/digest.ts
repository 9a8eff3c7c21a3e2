import { parseDictionary } from 'structured-headers';
import { DigestInvalid } from './errors.ts';

/** Header values as HTTP libraries give them: one text, several lines joined with a comma or apart. */
export type DigestHeaders = Readonly<
  Partial<Record<'content-digest' | 'repr-digest' | 'digest', string | readonly string[]>>
>;

const SHA256_BYTES = 32;

/**
 * The SHA-256 (hex) that the sender announced, or undefined when it announced none. Reads `Content-Digest` and `Repr-Digest`
 * (RFC 9530; the same thing here, since uploads carry no content coding) and the older `Digest` (RFC 3230).
 * Other algorithms beside it are ignored. A digest that is there but cannot be checked is refused, not ignored: its sender
 * believes the recording is protected by it.
 * @throws DigestInvalid
 */
export const announcedSha256 = (headers: DigestHeaders): string | undefined => {
  const found = [
    fromDictionary('Content-Digest', headers['content-digest']),
    fromDictionary('Repr-Digest', headers['repr-digest']),
    fromLegacy(headers.digest),
  ].filter((digest) => digest !== undefined);
  if (new Set(found).size > 1) throw new DigestInvalid('the digest headers contradict each other');
  return found[0];
};

const joined = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'object' ? value.join(', ') : value;

const fromDictionary = (name: string, value: string | readonly string[] | undefined): string | undefined => {
  const text = joined(value);
  if (text === undefined) return undefined;
  const digest = dictionary(name, text).get('sha-256')?.[0];
  if (digest === undefined) throw new DigestInvalid(`${name} has no sha-256`);
  if (!(digest instanceof ArrayBuffer)) throw new DigestInvalid(`the sha-256 in ${name} is not a byte sequence`);
  return hex(name, Buffer.from(digest));
};

const dictionary = (name: string, text: string) => {
  try {
    return parseDictionary(text);
  } catch {
    throw new DigestInvalid(`${name} is not a structured field`);
  }
};

/** `Digest: SHA-256=<base64>, md5=…`: algorithm names in any case (RFC 3230). */
const fromLegacy = (value: string | readonly string[] | undefined): string | undefined => {
  const text = joined(value);
  if (text === undefined) return undefined;
  const digests = text
    .split(',')
    .map((member) => /^\s*sha-256\s*=\s*([A-Za-z0-9+/]+={0,2})\s*$/i.exec(member)?.[1])
    .filter((base64) => base64 !== undefined)
    .map((base64) => hex('Digest', Buffer.from(base64, 'base64')));
  if (new Set(digests).size > 1) throw new DigestInvalid('Digest contradicts itself');
  if (digests[0] === undefined) throw new DigestInvalid('Digest has no sha-256 in base64');
  return digests[0];
};

const hex = (name: string, digest: Buffer): string => {
  if (digest.length !== SHA256_BYTES) throw new DigestInvalid(`the sha-256 in ${name} has not ${SHA256_BYTES} bytes`);
  return digest.toString('hex');
};
