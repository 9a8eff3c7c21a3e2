import { recordingBucket } from '../../src/recordings/stores.ts';
import { freshBucket, s3Server } from '../support/s3-server.ts';
import { growthOf } from './large-upload.ts';

/** The S3 server of the tests keeps it all in memory (`S3_TEST_MEMORY`), so this is smaller than for files by default. */
const total = Number(process.env.LARGE_RECORDING_BYTES ?? 500 * 10 ** 6);

describe('a very large recording, on S3', () => {
  it('is taken in and given back in constant memory', async () => {
    const bucket = await freshBucket();
    const store = await recordingBucket({ ...s3Server(), bucket: bucket.name, maxBytes: 4 * 2 ** 30 });
    try {
      const growth = await growthOf(store, total);
      process.stdout.write(`${total} bytes, S3: ${JSON.stringify(growth)}\n`);
      expect(growth.uploadMiB).toBeLessThan(100);
      expect(growth.downloadMiB).toBeLessThan(100);
    } finally {
      store.close();
      await bucket.remove();
    }
  }, 600_000);
});
