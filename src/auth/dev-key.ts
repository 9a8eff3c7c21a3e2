import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';
import { refused } from '../config/data-dir.ts';
import { keptFile } from '../config/kept-file.ts';

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
 * The development key of a data folder, made on first use; the server and the token command may both be first.
 * @throws ConfigError when the folder cannot be written or the file holds no such key
 */
export const devKey = async (dataDir: string): Promise<DevKey> => {
  const path = join(dataDir, 'dev-signing-key.json');
  return parse(path, await keptFile(path, async () => JSON.stringify(await newKey())));
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
    throw refused(`${path} holds no Ed25519 key; remove it and a new one is made`);
  }
};
