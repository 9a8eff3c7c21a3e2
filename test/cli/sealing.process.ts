import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { media } from '../recordings/media.ts';
import { keysIn, opened, patientEvents, type RecordedConsultation, recorded } from '../recordings/recorded.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { type Outcome, outcomeOf } from './migrating.ts';

const command = (env: Record<string, string>, ...args: string[]): ChildProcess =>
  spawn(process.execPath, ['dist/src/cli/main.js', ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

type Kept = RecordedConsultation & { readonly body: Buffer };

/** A piece of each recording that is in no other file. */
const pieceOf = ({ body }: Kept): Buffer => body.subarray(body.length - 64);

const inClearOnDisk = async (folder: string, all: readonly Kept[]): Promise<string[]> => {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    // To close a file of LMDB's locks gives up those of this process, which has the application in it: other processes would take the key store for theirs.
    if (!entry.isFile() || entry.name.endsWith('-lock')) continue;
    const content = await readFile(join(entry.parentPath, entry.name));
    if (all.some((one) => content.includes(pieceOf(one)))) found.push(entry.name);
  }
  return found;
};

describe('ledger recordings seal, and ledger keys', () => {
  let dir: string;
  let app: RunningApp;
  let all: Kept[];
  const env = () => ({ DATA_DIR: dir, KEYS_KMS: 'file' });
  const ledger = (...args: string[]): Promise<Outcome> => outcomeOf(command(env(), ...args));
  const start = (more: Record<string, string> = env()) => startApp({ env: { DATA_DIR: dir, STORE_URL: '', ...more } });
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'ledger-sealing-'));
    app = await start({});
    all = [];
    for (let at = 0; at < 4; at += 1) {
      const body = Buffer.concat([await media('consultation.webm'), randomBytes(200_000)]);
      all.push({ ...(await recorded(app, body)), body });
    }
  });
  afterAll(async () => {
    await app.close();
    await rm(dir, { recursive: true, force: true });
  });
  /** That it was sealed a moment ago an instance may say for a moment. */
  const plays = async ({ patientId, body, ...held }: Kept): Promise<boolean> => {
    let said = '';
    const played = await eventually(async () => {
      const { contentUrl } = await opened(app, { patientId, ...held });
      const answer = await app.call(contentUrl, { as: patientId, roles: ['patient'] });
      const bytes = Buffer.from(await answer.arrayBuffer());
      if (answer.status !== 200) said = bytes.toString();
      return answer.status === 503 ? undefined : { status: answer.status, isSame: bytes.equals(body) };
    }).catch(() => undefined);
    if (played?.status !== 200) throw new Error(`it was not played: ${said}`);
    return played.isSame;
  };

  it('needs the settings that the application runs with', async () => {
    const { code, err } = await outcomeOf(command({ DATA_DIR: dir }, 'recordings', 'seal'));
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('KEYS_KMS is not set') });
  });

  it('seals what is stored in clear while the application runs, and leaves a damaged recording as it is', async () => {
    await app.close();
    app = await start();
    const [damaged, ...sound] = all as [Kept, ...Kept[]];
    const path = join(dir, 'recordings', `patient-${damaged.patientId}`, damaged.recordingId);
    await writeFile(path, Buffer.concat([damaged.body.subarray(0, -100), Buffer.alloc(100)]));
    const first = await ledger('recordings', 'seal');
    expect({ code: first.code, out: first.out }).toEqual({
      code: 1,
      out: expect.stringMatching(/^3 recordings of .* were sealed, 0 were before/),
    });
    expect(first.err).toContain(damaged.recordingId);
    for (const held of sound) {
      expect(await patientEvents(app, held.patientId, 'RecordingResealed')).toHaveLength(1);
      expect(await plays(held)).toBe(true);
    }
    expect(await inClearOnDisk(dir, sound)).toEqual([]);
    expect(await patientEvents(app, damaged.patientId, 'RecordingResealed')).toEqual([]);

    await writeFile(path, damaged.body);
    const second = await ledger('recordings', 'seal');
    expect({ code: second.code, out: second.out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^1 recordings of .* were sealed, 3 were before/),
    });
    expect(await plays(damaged)).toBe(true);
    const third = await ledger('recordings', 'seal');
    expect(third.out).toMatch(
      /^0 recordings of .* were sealed, 4 were before, 0 were erased or sealed meanwhile; 0 objects/,
    );
    expect((await keysIn(app)).every((key) => /\.[0-9a-f]{16}$/.test(key))).toBe(true);
  });

  it('backs up the keys into one file that holds no event, and brings them back', async () => {
    const file = join(dir, '..', `${dir.split('/').at(-1)}.keys`);
    const made = await ledger('keys', 'backup', file);
    expect({ code: made.code, out: made.out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^4 wrapped keys are in /),
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    for (const { patientId, recordingId } of all)
      for (const id of [patientId, recordingId]) expect(text).not.toContain(id);
    await app.close();
    await rename(join(dir, 'keys'), join(dir, 'keys-lost'));
    const restored = await ledger('keys', 'restore', file);
    expect({ code: restored.code, out: restored.out }).toEqual({
      code: 0,
      out: '4 keys were added, 0 were there, 0 stay destroyed\n',
    });
    app = await start();
    for (const held of all) expect(await plays(held)).toBe(true);
    await rm(file);
    await rm(join(dir, 'keys-lost'), { recursive: true });
  });

  it('wraps every key anew under another key-encryption key', async () => {
    const before = await readFile(join(dir, 'key-encryption-keys.json'), 'utf8');
    const done = await ledger('keys', 'rewrap', '--new-key');
    expect({ code: done.code, out: done.out }).toEqual({
      code: 0,
      out: '4 keys were wrapped anew, 0 were before, 0 are destroyed\n',
    });
    expect((await ledger('keys', 'rewrap')).out).toBe('0 keys were wrapped anew, 4 were before, 0 are destroyed\n');
    for (const held of all) expect(await plays(held)).toBe(true);
    await app.close();
    app = await start();
    for (const held of all) expect(await plays(held)).toBe(true);
    expect(JSON.parse(await readFile(join(dir, 'key-encryption-keys.json'), 'utf8')).keys).toHaveLength(2);
    expect(JSON.parse(before).keys).toHaveLength(1);
  });

  it('begins another key of a patient on suspicion', async () => {
    const { code, out } = await ledger('keys', 'renew', '--patient', all[0]?.patientId ?? '');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('are sealed under key ') });
  });

  it.each([
    [['keys']],
    [['keys', 'backup']],
    [['keys', 'rewrap', '--from', 'nowhere']],
    [['keys', 'renew']],
    [['recordings']],
    [['recordings', 'seal', '--to', 'x']],
  ])('says how it is used when it is called with %j', async (args) => {
    expect((await ledger(...args)).code).toBe(64);
  });
});
