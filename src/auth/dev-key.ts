import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';

/** Names of the stand-in issuer; a token made for it is worthless anywhere a real issuer is configured. */
export const DEV_ISSUER = 'urn:consultation-ledger:development';
export const DEV_AUDIENCE = 'consultation-ledger';

const Ed25519Key = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().min(1),
  d: z.string().min(1),
  kid: z.string().min(1),
  alg: z.literal('EdDSA'),
});

/** A private Ed25519 key as JWK. */
export type DevKey = z.infer<typeof Ed25519Key>;

/**
 * The development key of a data folder, made on first use with mode 0600.
 * The server and the token command may both be first: the key is written aside and linked into place, which only one of
 * them can do, and both then read the one that is there.
 * @throws when the folder cannot be written or the file holds no such key
 */
export const devKey = async (dataDir: string): Promise<DevKey> => {
  const path = join(dataDir, 'dev-signing-key.json');
  const existing = await readFile(path, 'utf8').catch(ifMissing);
  if (existing !== undefined) return parse(path, existing);
  await mkdir(dataDir, { recursive: true });
  const aside = `${path}.${randomUUID()}`;
  try {
    const file = await open(aside, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(await newKey()));
      await file.sync();
    } finally {
      await file.close();
    }
    await link(aside, path).catch(ifTaken);
  } finally {
    await rm(aside, { force: true });
  }
  return parse(path, await readFile(path, 'utf8'));
};

const newKey = async (): Promise<DevKey> => {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  return Ed25519Key.parse({ ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'EdDSA' });
};

const parse = (path: string, text: string): DevKey => {
  try {
    return Ed25519Key.parse(JSON.parse(text));
  } catch {
    // Neither the text nor the parser's message may reach a terminal or a log: the file holds a private key.
    throw new Error(`${path} holds no Ed25519 key; remove it and a new one is made`);
  }
};

const hasCode = (error: unknown, code: string) => (error as NodeJS.ErrnoException).code === code;
const ifMissing = (error: unknown) => {
  if (hasCode(error, 'ENOENT')) return undefined;
  throw error;
};
const ifTaken = (error: unknown) => {
  if (!hasCode(error, 'EEXIST')) throw error;
};
