import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3StoreOptions } from '../../src/objects/s3.ts';

const script = fileURLToPath(new URL('./s3-server.sh', import.meta.url));

const setting = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this suite with npm run test:s3, which starts the S3 server`);
  return value;
};

/** What a store needs to reach the server of this run; the bucket is the test's own. */
export const s3Server = (): Omit<S3StoreOptions, 'holding' | 'prefix' | 'bucket' | 'maxBytes'> & {
  endpoint: string;
} => ({
  endpoint: setting('S3_TEST_ENDPOINT'),
  region: setting('S3_TEST_REGION'),
  forcePathStyle: true,
  credentials: {
    accessKeyId: setting('S3_TEST_ACCESS_KEY_ID'),
    secretAccessKey: setting('S3_TEST_SECRET_ACCESS_KEY'),
  },
});

export const kmsKeyId = (): string => setting('S3_TEST_KMS_KEY_ID');

/** A plain client, to look behind the store's back. */
export const s3Client = (): S3Client => {
  const { endpoint, region, forcePathStyle, credentials } = s3Server();
  return new S3Client({
    endpoint,
    region,
    forcePathStyle,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
};

export type Bucket = { readonly name: string; remove(): Promise<void> };

export const freshBucket = async (): Promise<Bucket> => {
  const client = s3Client();
  const name = `ledger-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: name }));
  return {
    name,
    remove: async () => {
      // What hangs is named by the call it hangs in, and what cannot be deleted is not asked for again and again.
      const soon = { abortSignal: AbortSignal.timeout(20_000) };
      for (const { Key, UploadId } of await uploadsUnderWay(name, client)) {
        await client.send(new AbortMultipartUploadCommand({ Bucket: name, Key, UploadId }), soon);
      }
      for (;;) {
        // By version: where a bucket keeps them, a key that is deleted without one stays, under a marker.
        const { Versions = [], DeleteMarkers = [] } = await client.send(
          new ListObjectVersionsCommand({ Bucket: name }),
          soon,
        );
        const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
        if (Objects.length === 0) break;
        const { Errors = [] } = await client.send(
          new DeleteObjectsCommand({ Bucket: name, Delete: { Objects } }),
          soon,
        );
        if (Errors.length > 0) throw new Error(`the server keeps ${JSON.stringify(Errors)}`);
      }
      await client.send(new DeleteBucketCommand({ Bucket: name }), soon);
      client.destroy();
    },
  };
};

export const uploadsUnderWay = async (bucket: string, client: S3Client) =>
  (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? [];

export type Gateway = { readonly endpoint: string; readonly pid: number };

/** One more gateway to the same cluster, for a test that wants to kill or stop one. */
export const startGateway = async (): Promise<Gateway> => {
  const { stdout } = await promisify(execFile)(script, ['gateway', setting('S3_TEST_FOLDER')], { timeout: 60_000 });
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(stdout)?.[1] ?? '';
  return { endpoint: value('S3_TEST_ENDPOINT'), pid: Number(value('S3_TEST_GATEWAY_PID')) };
};
