import { join } from 'node:path';
import type { FactoryProvider } from '@nestjs/common';
import { Id } from '../../../events/values.ts';
import { CONFIG, type Config } from '../../config/config.ts';
import { FileObjectStore } from '../../objects/files.ts';
import { type ObjectKey, objectKey } from '../../objects/object-key.ts';
import type { Holding, ObjectStore } from '../../objects/object-store.ts';
import { S3ObjectStore } from '../../objects/s3.ts';
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

/** Beside the recordings: in the same bucket where one is configured, as files under `DATA_DIR` otherwise. */
export const exportStore: FactoryProvider<ObjectStore> = {
  provide: EXPORT_STORE,
  inject: [CONFIG],
  useFactory: ({ dataDir, recordings: { s3 } }: Config) =>
    s3
      ? new S3ObjectStore({ ...s3, holding, prefix: 'exports/', maxBytes: LARGEST_BYTES })
      : new FileObjectStore({ holding, folder: join(dataDir, 'exports') }),
};
