import { join } from 'node:path';
import type { FactoryProvider } from '@nestjs/common';
import { Id } from '../../../events/values.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { FileObjectStore } from '../../objects/files.ts';
import { type ObjectKey, objectKey } from '../../objects/object-key.ts';
import type { Holding, ObjectStore } from '../../objects/object-store.ts';
import type { S3ObjectStore, S3StoreOptions } from '../../objects/s3.ts';
import { ExportStoreUnavailable } from '../errors.ts';

const isId = (text: string) => Id.safeParse(text).success;

/** `<exportId>/<attemptId>`: each try at an export has a name of its own, and the event says which is the export. */
const holding: Holding = { noun: 'export', segments: [isId, isId], unavailable: ExportStoreUnavailable };

export const exportKey = ({ exportId, attemptId }: { exportId: string; attemptId: string }): ObjectKey =>
  objectKey(`${exportId}/${attemptId}`, holding);

/** The ids in a key of the store. */
export const exportOf = (key: ObjectKey): { exportId: string; attemptId: string } => {
  const [exportId = '', attemptId = ''] = key.split('/');
  return { exportId, attemptId };
};

/** What a part of an upload is sized for. */
const LARGEST_BYTES = 64 * 2 ** 30;

/** Nest token of the `ObjectStore` that holds the exports. */
export const EXPORT_STORE = Symbol('export store');

const exportBucket = async (
  options: Omit<S3StoreOptions, 'holding' | 'prefix' | 'maxBytes'>,
): Promise<S3ObjectStore> => {
  // As with recordings: most starts have no bucket.
  const { S3ObjectStore } = await import('../../objects/s3.ts');
  return new S3ObjectStore({ ...options, holding, prefix: 'exports/', maxBytes: LARGEST_BYTES });
};

/** Beside the recordings: in the same bucket where one is configured, as files under `DATA_DIR` otherwise. */
export const exportStore: FactoryProvider<ObjectStore> = {
  provide: EXPORT_STORE,
  inject: [CONFIG],
  useFactory: ({ dataDir, recordings: { s3 } }: Config) =>
    s3 ? exportBucket(s3) : new FileObjectStore({ holding, folder: join(dataDir, 'exports') }),
};
