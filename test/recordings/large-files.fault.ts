import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordingFiles } from '../../src/recordings/stores.ts';
import { growthOf } from './large-upload.ts';

/** 2 GB unless `LARGE_RECORDING_BYTES` says otherwise; needs that much disk for a while. */
const total = Number(process.env.LARGE_RECORDING_BYTES ?? 2 * 10 ** 9);

describe('a very large recording, as a file', () => {
  it('is taken in and given back in constant memory', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'large-'));
    try {
      const growth = await growthOf(recordingFiles({ folder }), total);
      process.stdout.write(`${total} bytes, files: ${JSON.stringify(growth)}\n`);
      expect(growth.uploadMiB).toBeLessThan(100);
      expect(growth.downloadMiB).toBeLessThan(100);
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 600_000);
});
