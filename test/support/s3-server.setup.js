// One S3 server for a whole Jest run of the s3 project; its address reaches the suites through the environment.
// Plain JavaScript, because Jest imports a global setup without transforming it when the package is an ES module.
import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const script = fileURLToPath(new URL('./s3-server.sh', import.meta.url));

export default async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-s3-'));
  process.env.S3_TEST_FOLDER = folder;
  const { stdout } = await run(script, ['start', folder], { timeout: 600_000 });
  for (const line of stdout.trim().split('\n')) {
    const [name, value] = line.split('=', 2);
    process.env[name] = value;
  }
};
