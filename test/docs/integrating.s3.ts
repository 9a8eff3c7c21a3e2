import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../support/eventually.ts';
import { type Bucket, freshBucket, s3Server } from '../support/s3-server.ts';
import { textOf } from './markdown.ts';

const PAGE = 'docs/integrating.md';

/** `text` with other values in place of some of the page's; each has to be there. */
const instead = (text: string, values: Readonly<Record<string, string>>): string =>
  Object.entries(values).reduce((changed, [of, by]) => {
    expect(text).toContain(of);
    return changed.replaceAll(of, by);
  }, text);

describe('the steps to a first recording', () => {
  let dataDir: string;
  let bucket: Bucket;
  let server: { readonly process: ChildProcess; readonly ended: Promise<unknown> } | undefined;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'integrating-'));
    bucket = await freshBucket();
  });
  afterEach(async () => {
    server?.process.kill('SIGKILL');
    await server?.ended;
    await bucket.remove();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('are ten, and lead there', async () => {
    const page = await textOf(PAGE);
    const headings = [...page.matchAll(/^## (\d+)\. /gm)].map(([, number]) => Number(number));
    expect(headings).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const [start = '', ...steps] = [...page.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, lines = '']) => lines);

    const { endpoint, credentials } = s3Server();
    const { accessKeyId, secretAccessKey } = credentials as { accessKeyId: string; secretAccessKey: string };
    const settings = instead(start, {
      'http://127.0.0.1:9000': endpoint,
      '=recorder-secret': `=${secretAccessKey}`,
      '=recorder ': `=${accessKeyId} `,
      '=calls/': `=${bucket.name}/`,
      'npm ci && npm start': '',
    });
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: dataDir };
    const inBash = (script: string) => ['--norc', '-euo', 'pipefail', '-c', `${settings}\n${script}`];

    const started = spawn('bash', inBash('exec node dist/run/server.js'), { env: { ...env, PORT: '0' } });
    server = { process: started, ended: new Promise((ended) => started.on('close', ended)) };
    let out = '';
    started.stdout.on('data', (chunk) => {
      out += chunk;
    });
    const url = await eventually(() => /docs {4}(http:\/\/127\.0\.0\.1:\d+)\/docs/.exec(out)?.[1], 20_000);

    const script = instead(steps.join('\n'), { 'http://127.0.0.1:3000': url });
    const { stdout, stderr } = await promisify(execFile)('bash', inBash(script), { env });
    expect(stderr).toBe('');
    const lines = stdout.trim().split('\n');
    expect(lines.slice(0, 15)).toEqual([
      ...['200', 'booked once'],
      ...['room_started 401', 'room_started 204', 'auth0|5f7c1a true'],
      ...['participant_joined 204', 'participant_joined 204', 'both are in', '200'],
      ...['egress_started 204', 'egress_ended 204', '1'],
      ...['recording-not-found', 'byte for byte', 'room_finished 204'],
    ]);
    for (const access of ['auth0|0d00d1 refused', 'auth0|5f7c1a opened']) expect(lines.slice(15)).toContain(access);
    // What the page says that a line prints is printed.
    for (const [, said] of steps.join('\n').matchAll(/ {4}# (.+)$/gm)) expect(lines).toContain(said);
  }, 180_000);
});
