import { join } from 'node:path';
import type { FactoryProvider } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.ts';
import { FileRecordingStore } from './store/files.ts';
import type { RecordingStore } from './store/recording-store.ts';
import { S3RecordingStore } from './store/s3.ts';

/** Nest token of the `RecordingStore`. */
export const RECORDING_STORE = Symbol('recording store');

/** S3 where a bucket is configured, files under `DATA_DIR` otherwise. */
export const recordingStore: FactoryProvider<RecordingStore> = {
  provide: RECORDING_STORE,
  inject: [CONFIG],
  useFactory: ({ dataDir, recordings: { s3, maxBytes } }: Config) =>
    s3 ? new S3RecordingStore({ ...s3, maxBytes }) : new FileRecordingStore({ folder: join(dataDir, 'recordings') }),
};
