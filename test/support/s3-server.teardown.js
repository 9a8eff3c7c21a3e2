import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { script } from './s3-server.setup.js';

export default async () => {
  const folder = process.env.S3_TEST_FOLDER;
  if (folder) await promisify(execFile)(script, ['stop', folder], { timeout: 60_000 });
};
