import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { vaultServer, vaultSettings } from '../keys/kms-servers.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { startEmbeddedNode } from '../support/node.ts';
import { type Bucket, freshBucket, s3Client, s3Server } from '../support/s3-server.ts';

export type TwoMachines = {
  readonly apps: readonly [RunningApp, RunningApp];
  /** Of the recordings, and of the wrapped keys. */
  readonly objects: Bucket;
  readonly keys: Bucket;
  stop(): Promise<void>;
};

/** Two instances with a store, a bucket, a KMS and keys in common, and no folder. */
export const twoMachines = async (more: Readonly<Record<string, string>> = {}): Promise<TwoMachines> => {
  const environment = { ...process.env };
  const { credentials } = s3Server();
  // Where the SDK looks for them; they are no settings of the application.
  process.env.AWS_ACCESS_KEY_ID = (credentials as { accessKeyId: string }).accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = (credentials as { secretAccessKey: string }).secretAccessKey;
  const [kms, node, objects, keys] = await Promise.all([
    vaultServer(),
    startEmbeddedNode(),
    freshBucket(),
    freshBucket(),
  ]);
  const folder = await mkdtemp(join(tmpdir(), 'ledger-sealed-'));
  const env = {
    ...{ STORE_URL: node.connectionString, S3_BUCKET: objects.name, S3_ENDPOINT: s3Server().endpoint },
    ...{ S3_REGION: 'us-east-1', S3_FORCE_PATH_STYLE: 'true', KEYS_BUCKET: keys.name },
    ...(await vaultSettings(kms, folder)),
    ...more,
  };
  const apps = await Promise.all([startApp({ env }), startApp({ env })]);
  return {
    apps,
    objects,
    keys,
    stop: async () => {
      for (const app of apps) await app.close();
      await Promise.all([kms.close(), node.stop(), objects.remove(), keys.remove()]);
      await rm(folder, { recursive: true });
      process.env = environment;
    },
  };
};

/** Every object of a bucket, by key. */
export const allIn = async ({ name }: Bucket): Promise<Map<string, Buffer>> => {
  const client = s3Client();
  const found = new Map<string, Buffer>();
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: name }));
  for (const { Key = '' } of Contents) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: name, Key }));
    found.set(Key, Buffer.from((await Body?.transformToByteArray()) ?? []));
  }
  client.destroy();
  return found;
};
