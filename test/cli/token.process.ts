import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TokenVerifier } from '../../src/auth/token-verifier.ts';
import { readConfig } from '../../src/config/config.ts';

type Outcome = { readonly code: number | null; readonly out: string; readonly err: string };

describe('the command for development tokens', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'cli-token-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  const ledger = (args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
    new Promise((done, failed) => {
      const child = spawn(process.execPath, ['dist/src/cli/main.js', ...args], {
        env: { PATH: process.env.PATH, DATA_DIR: dataDir, ...env },
      });
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk) => {
        out += chunk;
      });
      child.stderr.on('data', (chunk) => {
        err += chunk;
      });
      child.on('error', failed).on('close', (code) => done({ code, out, err }));
    });

  it('prints one token and nothing else', async () => {
    const { code, out, err } = await ledger([
      'token',
      '--sub',
      'cli-1',
      '--role',
      'clinician',
      '--role',
      'on-call',
      '--ttl',
      '90',
    ]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const { actor, expiresAt } = await (await TokenVerifier.create(readConfig({ DATA_DIR: dataDir }))).verify(
      out.trim(),
    );
    expect(actor).toEqual({ id: 'cli-1', roles: ['clinician', 'on-call'] });
    expect(expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(90_000);
  });

  it.each([
    ['without a subject', []],
    ['with a subject that is no id', ['--sub', 'a b']],
    ['with a role that does not exist', ['--sub', 'a', '--role', 'admin']],
    ['with a lifetime that is none', ['--sub', 'a', '--ttl', '1h']],
    ['with an option it does not know', ['--sub', 'a', '--admin']],
  ])('shows how it is used when called %s', async (_what, args) => {
    const { code, out, err } = await ledger(['token', ...args]);
    expect([code, out]).toEqual([64, '']);
    expect(err).toContain('token --sub <id>');
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('refuses where an issuer is configured', async () => {
    const issuer = { JWT_ISSUER: 'https://id', JWT_AUDIENCE: 'ledger', JWT_JWKS_URL: 'https://id/jwks' };
    const { code, out, err } = await ledger(['token', '--sub', 'a'], issuer);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^development tokens work only while no issuer is configured/);
  });

  it('refuses in production', async () => {
    const { code, out, err } = await ledger(['token', '--sub', 'a'], { NODE_ENV: 'production' });
    expect([code, out]).toEqual([78, '']);
    expect(err).toContain('JWT_ISSUER is needed in production: development keys are refused there');
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('is found in the help, with every setting', async () => {
    const { code, out } = await ledger(['help']);
    expect(code).toBe(0);
    expect(out).toMatch(/\n {2}token +print a development token\n/);
    expect(out).toMatch(/\n {2}RELEASE_TIMEOUT_MS +.*\[2000\]\n/);
    expect((await ledger(['token', '--help'])).out).toContain('token --sub <id>');
    expect((await ledger(['nonsense'])).code).toBe(64);
  });
});
