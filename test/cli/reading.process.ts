import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Scene, scene, view } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { type Outcome, outcomeOf } from './migrating.ts';

/** The commands that read the log of a store, while its application runs and after. */
let dir: string;
let app: RunningApp;
let here: Scene;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ledger-reading-'));
  app = await startApp({ env: { DATA_DIR: dir, STORE_URL: '' } });
  here = await scene(app);
  await view(app, here, here.clinicianId, { roles: ['clinician'] });
  await view(app, here, 'pat-stranger');
});
afterAll(async () => {
  await app.close();
  await rm(dir, { recursive: true, force: true });
});

const ledger = (...args: string[]): Promise<Outcome> =>
  outcomeOf(
    spawn(process.execPath, ['dist/src/cli/main.js', ...args], {
      env: { PATH: process.env.PATH, DATA_DIR: dir },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );

describe('ledger replay', () => {
  it('shows a patient as a table, while the application runs', async () => {
    const { code, out, err } = await ledger('replay', '--patient', here.patientId);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(new RegExp(`^patient ${here.patientId}, as of position \\d+; .* "now" is by access-rules@1\n`));
    expect(out).toMatch(
      new RegExp(`opened +${here.clinicianId} +clinician +${here.recordingId} +treatment +cleared +cleared`),
    );
    expect(out).toMatch(/refused +pat-stranger +patient .*not-a-participant/);
    expect(out).toContain('--whole-log');
  });

  it('gives a recording as NDJSON, with how far the search is on standard error', async () => {
    const { code, out, err } = await ledger('replay', '--recording', here.recordingId, '--ndjson');
    expect(code).toBe(0);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ line }) => line)).toEqual([
      ...['replay', 'booked', 'took-part', 'took-part', 'available', 'access', 'access'],
    ]);
    expect(lines.at(-2)).toMatchObject({ kind: 'opened', verdictThen: { verdict: 'cleared' } });
    expect(err).toMatch(/searching the log: \d+ events/);
  });

  it('says that nothing is on record of a patient who is not', async () => {
    const { code, out } = await ledger('replay', '--patient', 'pat-nobody');
    expect(code).toBe(0);
    expect(out).toContain('nothing is on record');
  });

  it.each<[string, string[], RegExp]>([
    ['no subject', [], /one of --patient, --recording and --viewer is needed/],
    ['two subjects', ['--patient', 'a', '--viewer', 'b'], /one of --patient, --recording and --viewer is needed/],
    ['an id that is none', ['--patient', 'a b'], /"a b" is no id/],
    [
      'a moment that is none',
      ['--patient', 'a', '--as-of', 'friday'],
      /--as-of is a position, or a time in UTC .*not friday/,
    ],
    [
      'a position after the newest',
      ['--patient', 'a', '--as-of', '99999999'],
      /after the newest event, which is at \d+/,
    ],
    ['a time that has not come', ['--patient', 'a', '--as-of', '2999-01-01T00:00:00Z'], /is in the future/],
    ['rules there are not', ['--patient', 'a', '--rules', 'mine@1'], /this build has no rules mine@1; it has current/],
    ['rules in no file', ['--patient', 'a', '--rules', './none.js'], /the rules in \.\/none\.js cannot be loaded/],
    ['a search without need', ['--viewer', 'a', '--whole-log'], /--whole-log goes with --patient/],
    ['an option there is not', ['--patient', 'a', '--names'], /Unknown option '--names'/],
  ])('refuses %s', async (_, args, why) => {
    const { code, out, err } = await ledger('replay', ...args);
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toMatch(why);
  });

  it('says where there is no store', async () => {
    const { code, err } = await ledger('replay', '--patient', 'a', '--store', join(dir, 'none'));
    expect(code).toBe(1);
    expect(err).toContain('there is no embedded store in');
  });

  it('judges by rules of a file', async () => {
    const file = join(dir, 'strict.mjs');
    await writeFile(
      file,
      `export default { name: 'strict', version: 1, rules: [{ name: 'all', severity: 'review', applies: () => true }] };`,
    );
    const { code, out } = await ledger('replay', '--patient', here.patientId, '--rules', file);
    expect(code).toBe(0);
    expect(out).toMatch(/cleared +flagged +now all/);
  });
});
