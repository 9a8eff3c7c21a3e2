import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devKey } from '../../src/auth/dev-key.ts';
import { devToken } from '../../src/auth/dev-token.ts';
import { TokenVerifier } from '../../src/auth/token-verifier.ts';
import { readConfig } from '../../src/config/config.ts';

describe('the development key', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'dev-key-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  const configured = (env = {}) => readConfig({ ...env, DATA_DIR: dataDir });

  it('is made once, for its owner alone', async () => {
    const key = await devKey(dataDir);
    const files = await readdir(dataDir);
    expect(files).toEqual(['dev-signing-key.json']);
    expect((await stat(join(dataDir, 'dev-signing-key.json'))).mode & 0o777).toBe(0o600);
    expect(await devKey(dataDir)).toEqual(key);
  });

  it('is the same for all that ask for it first', async () => {
    const keys = await Promise.all(Array.from({ length: 16 }, () => devKey(join(dataDir, 'new'))));
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(1);
    expect(await readdir(join(dataDir, 'new'))).toHaveLength(1);
  });

  it('is not shown when its file is damaged', async () => {
    const { d } = await devKey(dataDir);
    const path = join(dataDir, 'dev-signing-key.json');
    await writeFile(path, (await readFile(path, 'utf8')).slice(0, -10));
    await expect(devKey(dataDir)).rejects.toThrow(/remove it and a new one is made/);
    await expect(devKey(dataDir)).rejects.not.toThrow(d.slice(0, 10));
    await chmod(path, 0o600);
  });

  it('signs tokens that a server on the same folder accepts', async () => {
    const config = configured();
    const token = await devToken(config, { id: 'cli-1', roles: ['clinician', 'on-call'] }, 60);
    const { actor, expiresAt } = await (await TokenVerifier.create(config)).verify(token);
    expect(actor).toEqual({ id: 'cli-1', roles: ['clinician', 'on-call'] });
    expect(expiresAt.getTime() - Date.now()).toBeGreaterThan(50_000);
    expect(expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(60_000);
  });

  it('signs tokens with the claims where the configuration looks for them', async () => {
    const config = configured({ JWT_ROLES_CLAIM: 'realm_access.roles', JWT_SUBJECT_CLAIM: 'person.id' });
    const token = await devToken(config, { id: 'pat-1', roles: ['patient'] }, 60);
    expect((await (await TokenVerifier.create(config)).verify(token)).actor).toEqual({
      id: 'pat-1',
      roles: ['patient'],
    });
  });

  it('is worth nothing to a server on another folder', async () => {
    const token = await devToken(configured(), { id: 'pat-1', roles: ['patient'] }, 60);
    const elsewhere = await TokenVerifier.create(readConfig({ DATA_DIR: join(dataDir, 'elsewhere') }));
    await expect(elsewhere.verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('signs nothing where an issuer is configured', async () => {
    const config = configured({ JWT_ISSUER: 'https://id', JWT_AUDIENCE: 'ledger', JWT_JWKS_URL: 'https://id/jwks' });
    await expect(devToken(config, { id: 'pat-1', roles: [] }, 60)).rejects.toThrow(/no issuer is configured/);
    expect(await readdir(dataDir)).toEqual([]);
  });
});
