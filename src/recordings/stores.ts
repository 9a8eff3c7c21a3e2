import { join } from 'node:path';
import type { FactoryProvider } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.ts';
import { FileObjectStore, type FileStoreOptions } from '../objects/files.ts';
import type { Holding, ObjectStore } from '../objects/object-store.ts';
import type { S3ObjectStore, S3StoreOptions } from '../objects/s3.ts';
import { RecordingStoreUnavailable } from './errors.ts';
import { recordingKeys } from './recording-key.ts';

const holding: Holding = { ...recordingKeys, unavailable: RecordingStoreUnavailable };

/** Recordings as files: `<folder>/patient-<patientId>/<recordingId>`. */
export const recordingFiles = (options: Omit<FileStoreOptions, 'holding'>): FileObjectStore =>
  new FileObjectStore({ ...options, holding });

/** Recordings as objects of a bucket: `recordings/patient-<patientId>/<recordingId>`. */
export const recordingBucket = async (options: Omit<S3StoreOptions, 'holding' | 'prefix'>): Promise<S3ObjectStore> => {
  // Loading the client is a good part of a start, and most starts have no bucket.
  const { S3ObjectStore } = await import('../objects/s3.ts');
  return new S3ObjectStore({ ...options, holding, prefix: 'recordings/' });
};

/** Nest token of the `ObjectStore` that holds the recordings. */
export const RECORDING_STORE = Symbol('recording store');

/** S3 where a bucket is configured, files under `DATA_DIR` otherwise. */
export const recordingStore: FactoryProvider<ObjectStore> = {
  provide: RECORDING_STORE,
  inject: [CONFIG],
  useFactory: ({ dataDir, recordings: { s3, maxBytes } }: Config) =>
    s3 ? recordingBucket({ ...s3, maxBytes }) : recordingFiles({ folder: join(dataDir, 'recordings') }),
};
