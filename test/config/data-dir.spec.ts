import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { ConfigError, readConfig } from '../../src/config/config.ts';
import { OF_A_LEDGER, prepareDataDir } from '../../src/config/data-dir.ts';
import { startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { nodeProcess } from '../support/node-process.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'ledger-data-dir-'));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const prepare = (dataDir: string, env: Record<string, string> = {}) =>
  prepareDataDir(readConfig({ ...env, DATA_DIR: dataDir }));
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('the data folder', () => {
  it('is made for its user alone, with the folders above it', async () => {
    const dataDir = join(parent, 'a', 'data');
    const before = process.umask(0);
    try {
      await prepare(dataDir);
    } finally {
      process.umask(before);
    }
    expect([await modeOf(join(parent, 'a')), await modeOf(dataDir)]).toEqual(['700', '700']);
  });

  it.each([0o755, 0o777, 0o710, 0o701])('is closed to others where it was open (%o)', async (mode) => {
    const dataDir = join(parent, 'data');
    await mkdir(dataDir);
    await chmod(dataDir, mode);
    await prepare(dataDir);
    expect(await modeOf(dataDir)).toBe('700');
  });

  it('is refused where it is open to others and not this user’s', async () => {
    const uid = jest.spyOn(nodeProcess, 'getuid').mockReturnValue(54_321);
    try {
      await chmod(parent, 0o755);
      await expect(prepare(parent)).rejects.toThrow(/DATA_DIR .* is open to others and not this user's/);
      expect(await modeOf(parent)).toBe('755');
    } finally {
      uid.mockRestore();
    }
  });

  it.each([
    ['is a file', 'file'],
    ['lies under a file', 'file/data'],
  ])('is refused in one line where it %s', async (_, path) => {
    await writeFile(join(parent, 'file'), '');
    const refused = await prepare(join(parent, path)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigError);
    expect((refused as ConfigError).problems).toEqual([
      { setting: 'DATA_DIR', message: `${join(parent, path)} is not a folder: set another` },
    ]);
  });

  it('is refused where others use it: it is not closed to them', async () => {
    await chmod(parent, 0o755);
    await writeFile(join(parent, 'letters.txt'), '');
    await expect(prepare(parent)).rejects.toThrow(/is open to others and holds files that are not the ledger's/);
    expect(await modeOf(parent)).toBe('755');
  });

  it.each(['eventstore', 'view-cookie-secret'])('is closed to others where it holds %s', async (name) => {
    await chmod(parent, 0o755);
    await writeFile(join(parent, 'letters.txt'), '');
    await writeFile(join(parent, name), '');
    await prepare(parent);
    expect(await modeOf(parent)).toBe('700');
  });

  it('is refused where it is the root of the file system', async () => {
    // Where this would fail, the machine that runs it must not be closed to its other users.
    const uid = jest.spyOn(nodeProcess, 'getuid').mockReturnValue(54_321);
    try {
      await expect(prepare('/')).rejects.toThrow(/DATA_DIR \/ is the root of the file system/);
    } finally {
      uid.mockRestore();
    }
  });

  it('is refused where no folder can be made', async () => {
    await expect(prepare('/proc/ledger/data')).rejects.toThrow(/DATA_DIR \/proc\/ledger\/data cannot be made there/);
  });

  it('is not touched where nothing is kept in it', async () => {
    const dataDir = join(parent, 'data');
    await prepare(dataDir, {
      STORE_URL: 'esdb://node:2113',
      S3_BUCKET: 'recordings',
      JWT_ISSUER: 'https://id.example.org',
      JWT_AUDIENCE: 'ledger',
      JWT_JWKS_URL: 'https://id.example.org/jwks',
      VIEW_COOKIE_SECRET: 'x'.repeat(32),
    });
    await expect(stat(dataDir)).rejects.toThrow(/ENOENT/);
  });

  it('is known by whatever the ledger keeps in it', async () => {
    const dataDir = join(parent, 'data');
    const app = await startApp({ env: { DATA_DIR: dataDir, HISTORY_INDEX: 'on' } });
    try {
      await eventually(async () => (await readdir(dataDir)).includes('history'));
      expect(OF_A_LEDGER).toEqual(expect.arrayContaining(await readdir(dataDir)));
    } finally {
      await app.close();
    }
    expect(OF_A_LEDGER).toEqual(expect.arrayContaining(await readdir(dataDir)));
  });
});
