import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../support/eventually.ts';
import { textOf } from './markdown.ts';

describe("the README's lines", () => {
  let dataDir: string;
  let server: { readonly process: ChildProcess; readonly ended: Promise<unknown> } | undefined;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'readme-'));
  });
  afterEach(async () => {
    server?.process.kill('SIGKILL');
    await server?.ended;
    await rm(dataDir, { recursive: true, force: true });
  });

  it('show a consultation, its recording, and a stranger who is refused', async () => {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: dataDir };
    const started = spawn(process.execPath, ['dist/run/server.js'], { env: { ...env, PORT: '0' } });
    server = { process: started, ended: new Promise((ended) => started.on('close', ended)) };
    let out = '';
    started.stdout.on('data', (chunk) => {
      out += chunk;
    });
    const url = await eventually(() => /docs {4}(http:\/\/127\.0\.0\.1:\d+)\/docs/.exec(out)?.[1], 20_000);

    const [, lines = ''] = /```bash\n([\s\S]*?)```/.exec(await textOf('README.md')) ?? [];
    expect(lines).toContain('http://127.0.0.1:3000');
    const script = lines.replace('http://127.0.0.1:3000', url);
    const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', script], { env });
    expect(stderr).toBe('');
    const [refused, same, ...accesses] = stdout.trim().split('\n');
    expect([refused, same]).toEqual(['recording-not-found', 'byte for byte']);
    for (const access of ['pat-2 refused', 'pat-1 opened']) expect(accesses.join('\n')).toContain(access);
  }, 120_000);
});
