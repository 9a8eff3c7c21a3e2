import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const WATCHDOG = JSON.stringify(new URL('../../dist/src/flow/watchdog.js', import.meta.url).href);

/** What becomes of a process that runs a script after it asked to be ended in so many milliseconds. */
const endOf = (afterMs: number, script: string): Promise<number | string | null> => {
  const code = `const { endAfter } = await import(${WATCHDOG}); endAfter(${afterMs}); ${script}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { stdio: 'ignore' });
  return new Promise((ended) => child.once('exit', (exitCode, signal) => ended(signal ?? exitCode)));
};

describe('a process that is to end', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'watchdog-'));
    await promisify(execFile)('mkfifo', [join(dir, 'pipe')]);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('ends while a file operation hangs, for which its own exit would wait', async () => {
    const openIt = `import('node:fs').then(({ open }) => { open(${JSON.stringify(join(dir, 'pipe'))}, 'r', () => {}); setTimeout(() => process.exit(75), 50); });`;
    expect(await endOf(300, openIt)).toBe('SIGKILL');
  });

  it('ends while its loop is blocked', async () => {
    expect(await endOf(300, 'setTimeout(() => { for (;;); });')).toBe('SIGKILL');
  });

  it('is not kept up, nor touched, where it ends before', async () => {
    expect(await endOf(30_000, 'setTimeout(() => { process.exitCode = 3; });')).toBe(3);
  });
});
