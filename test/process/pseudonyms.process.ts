import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devToken } from '../../src/auth/dev-token.ts';
import { readConfig } from '../../src/config/config.ts';
import { send } from '../access/scene.ts';
import { type Outcome, outcomeOf } from '../cli/migrating.ts';
import { ask, opened, recorded } from '../recordings/recorded.ts';
import type { Callable } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

const SECRET = 'a secret of ids that no test guesses';
const pseudonyms = { KEYS_KMS: 'file', PATIENT_ID_MODE: 'pseudonym', PATIENT_ID_SECRET: SECRET };
const EXIT_CONFIG = 78;

let dataDir: string;
let aside: string;
let server: ChildProcess | undefined;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pseudonyms-'));
  aside = await mkdtemp(join(tmpdir(), 'pseudonyms-aside-'));
});
afterEach(async () => {
  await ended();
  for (const dir of [dataDir, aside]) await rm(dir, { recursive: true, force: true });
});

const run = (path: string, args: readonly string[], env: object): ChildProcess =>
  spawn(process.execPath, [path, ...args], {
    env: {
      PATH: process.env.PATH,
      DATA_DIR: dataDir,
      PORT: '0',
      HISTORY_INDEX: 'off',
      BOOKING_MAX_DAYS_AHEAD: '0',
      RECORDING_SAME_BYTES: 'keep',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const ended = async () => {
  if (server?.exitCode === null && server.signalCode === null) {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
  server = undefined;
};
const started = async (env: object = pseudonyms): Promise<Callable> => {
  const child = run('dist/run/server.js', [], env);
  server = child;
  let out = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  const url = await eventually(() => /docs {4}(http:\/\/127\.0\.0\.1:\d+)\/docs/.exec(out)?.[1], 20_000);
  const config = readConfig({ DATA_DIR: dataDir });
  return {
    call: async (path, { as, roles = [], ...request } = {}) => {
      const headers = new Headers(request.headers);
      if (as !== undefined) headers.set('authorization', `Bearer ${await devToken(config, { id: as, roles }, 600)}`);
      return fetch(new URL(path, url), { ...request, headers });
    },
  };
};
/** Ends by itself, with this to say. */
const refused = async (env: object): Promise<Outcome> => outcomeOf(run('dist/run/server.js', [], env) as never);
const ledger = (...args: string[]): Promise<Outcome> =>
  outcomeOf(run('dist/src/cli/main.js', args, pseudonyms) as never);
const restored = async (from: string) => {
  await rm(join(dataDir, 'keys'), { recursive: true, force: true });
  await cp(from, join(dataDir, 'keys'), { recursive: true });
};
const listed = async (app: Callable, as: string) =>
  (await send(app, 'GET', '/v1/me/consultations', { as, roles: ['patient'] })).body.items;

describe('a server that keeps pseudonyms', () => {
  it('ends with the setting to change in the other mode, under another secret, and with an older file or none', async () => {
    let app = await started();
    const first = await recorded(app);
    await ended();
    await cp(join(dataDir, 'keys'), join(aside, 'older'), { recursive: true });
    app = await started();
    await recorded(app);
    await ended();
    await cp(join(dataDir, 'keys'), join(aside, 'newest'), { recursive: true });

    const other = await refused({ KEYS_KMS: 'file' });
    expect(other).toMatchObject({
      code: EXIT_CONFIG,
      err: expect.stringContaining('PATIENT_ID_MODE must be `pseudonym`'),
    });
    const secret = await refused({ ...pseudonyms, PATIENT_ID_SECRET: `${SECRET}, another` });
    expect(secret).toMatchObject({ code: EXIT_CONFIG, err: expect.stringContaining('PATIENT_ID_SECRET') });
    await restored(join(aside, 'older'));
    const older = await refused(pseudonyms);
    expect(older).toMatchObject({
      code: EXIT_CONFIG,
      err: expect.stringContaining('does not know the newest patients'),
    });
    await rm(join(dataDir, 'keys', 'ids.mdb'));
    expect((await refused(pseudonyms)).err).toContain('does not know the newest patients');

    await restored(join(aside, 'newest'));
    app = await started();
    expect(await listed(app, first.patientId)).toHaveLength(1);
  });

  it('is not begun on a ledger that has ids of the issuer', async () => {
    let app = await started({ KEYS_KMS: 'file' });
    const { patientId } = await recorded(app);
    await ended();
    expect(await refused(pseudonyms)).toMatchObject({
      ...{ code: EXIT_CONFIG, err: expect.stringContaining('PATIENT_ID_MODE cannot be `pseudonym`') },
    });
    app = await started({ KEYS_KMS: 'file' });
    expect(await listed(app, patientId)).toHaveLength(1);
  });

  it('is spoken of at the command line by the ids of the issuer, while it runs and after', async () => {
    const app = await started();
    const held = await recorded(app);
    await opened(app, held);
    expect((await ask(app, held, 'nosy@clinic.example')).status).toBe(404);
    const replay = async () => {
      const table = await ledger('replay', '--patient', held.patientId);
      expect({ code: table.code, err: table.err }).toEqual({ code: 0, err: '' });
      expect(table.out).toContain(`patient ${held.patientId}, as of`);
      expect(table.out).toMatch(/refused +nosy@clinic\.example +patient/);
      const lines = await ledger('replay', '--viewer', 'nosy@clinic.example', '--ndjson');
      expect(lines.out).toContain(`"patientId":"${held.patientId}"`);
    };
    await replay();
    const nobody = await ledger('replay', '--patient', 'pat-nobody');
    expect(nobody).toMatchObject({ code: 0 });
    expect((await ledger('keys', 'renew', '--patient', 'pat-nobody')).err).toContain('no person with this id');
    expect(await ledger('keys', 'renew', '--patient', held.patientId)).toMatchObject({ code: 0 });
    const rehearsed = await ledger('rehearse', '--record', 'officer|7');
    expect(rehearsed).toMatchObject({ code: 0 });
    await ended();
    await replay();
  });

  it('is restored from a back-up of the keys, with whose ids are whose', async () => {
    let app = await started();
    const held = await recorded(app);
    const file = join(aside, 'keys-backup');
    const backup = await ledger('keys', 'backup', file);
    expect(backup).toMatchObject({
      code: 0,
      out: expect.stringMatching(/whose ids are whose is in it for [34] people/),
    });
    await ended();
    await rm(join(dataDir, 'keys'), { recursive: true });
    const back = await ledger('keys', 'restore', file);
    expect(back).toMatchObject({ code: 0, out: expect.stringMatching(/[34] people were added/) });
    app = await started();
    expect(await listed(app, held.patientId)).toHaveLength(1);
    await opened(app, held);
  });
});
