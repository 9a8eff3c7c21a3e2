import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { KeysUnavailable } from './errors.ts';
import { FileKms } from './file-kms.ts';
import { IdFile } from './id-file.ts';
import { KeyFile } from './key-file.ts';
import type { KeyRows } from './key-rows.ts';
import { Keys } from './keys.ts';
import type { Kms, KmsKind } from './kms.ts';

/** The key-encryption keys of `KEYS_KMS=file`; beside the key store and not in it, so that no copy of one holds the other. */
export const kekFile = ({ dataDir }: Pick<Config, 'dataDir'>): string => join(dataDir, 'key-encryption-keys.json');

/** Of the wrapped keys, and of whose ids are whose. */
export const keyFolder = ({ dataDir }: Pick<Config, 'dataDir'>): string => join(dataDir, 'keys');

/** Whose the ids in the ledger are; undefined without `PATIENT_ID_MODE=pseudonym`. @throws KeysUnavailable */
export const openIds = (config: Config): IdFile | undefined =>
  config.pseudonyms && IdFile.open(keyFolder(config), config.pseudonyms.secret);

/** In the bucket of `KEYS_BUCKET`, or under DATA_DIR. @throws KeysUnavailable */
export const openRows = async ({ dataDir, keys }: Config): Promise<KeyRows> => {
  if (keys.bucket === undefined) return KeyFile.open(keyFolder({ dataDir }));
  // Loading the client is a good part of a start, and most starts have no bucket.
  const [{ KeyBucket, keyHolding }, { S3ObjectStore }] = await Promise.all([
    import('./key-bucket.ts'),
    import('../objects/s3.ts'),
  ]);
  return new KeyBucket(new S3ObjectStore({ ...keys.bucket, holding: keyHolding, prefix: 'keys/', maxBytes: 2 ** 20 }));
};

/** @throws KeysUnavailable where it is not set up; ConfigError */
export const openKms = async (kind: KmsKind, config: Config, rows: KeyRows): Promise<Kms> => {
  const { aws, vault } = config.keys;
  if (kind === 'file') return FileKms.open(kekFile(config), () => isEmpty(rows));
  if (kind === 'aws') {
    if (!aws) throw new KeysUnavailable('KEYS_AWS_KEY_ID is not set');
    const { AwsKms } = await import('./aws-kms.ts');
    return new AwsKms(aws);
  }
  if (!vault) throw new KeysUnavailable('KEYS_VAULT_URL, KEYS_VAULT_KEY and KEYS_VAULT_TOKEN_FILE are not set');
  const { VaultKms } = await import('./vault-kms.ts');
  return new VaultKms(vault);
};

/** Whether no key in it needs a key-encryption key. */
const isEmpty = async (rows: KeyRows): Promise<boolean> => {
  for await (const { shreddedAt } of rows.all()) if (shreddedAt === undefined) return false;
  return true;
};

/** The keys of this configuration; undefined without `KEYS_KMS`. @throws ConfigError, KeysUnavailable */
export const openKeys = async (config: Config, clock: Clock): Promise<Keys | undefined> => {
  if (config.keys.kms === undefined) return undefined;
  const rows = await openRows(config);
  try {
    return new Keys({ rows, kms: await openKms(config.keys.kms, config, rows), clock });
  } catch (error) {
    await rows.close();
    throw error;
  }
};
