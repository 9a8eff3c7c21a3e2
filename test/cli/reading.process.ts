import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditorStreams } from '../../events/categories.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { append, type Scene, scene, view } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { type Outcome, outcomeOf } from './migrating.ts';

/** The commands that read the log of a store, while its application runs and after. */
let dir: string;
let app: RunningApp;
let here: Scene;
let isRunning = false;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ledger-reading-'));
  app = await startApp({ env: { DATA_DIR: dir, STORE_URL: '' } });
  isRunning = true;
  here = await scene(app);
  await view(app, here, here.clinicianId, { roles: ['clinician'] });
  await view(app, here, 'pat-stranger');
  await view(app, await scene(app, '_.auth0.7Cpat-7'), 'nosy@clinic.example');
});
afterAll(async () => {
  if (isRunning) await app.close();
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

  it('takes and shows ids as their issuer wrote them', async () => {
    const [patientId, viewerId] = ['auth0|pat-7', 'nosy@clinic.example'];
    const table = await ledger('replay', '--patient', patientId);
    expect({ code: table.code, err: table.err }).toEqual({ code: 0, err: '' });
    expect(table.out).toContain(`patient ${patientId}, as of`);
    expect(table.out).toMatch(/refused +nosy@clinic\.example +patient/);
    const lines = await ledger('replay', '--viewer', viewerId, '--ndjson');
    expect(lines.out).toContain(`"patientId":"${patientId}"`);
    // The name of a stream is the store's.
    for (const { out } of [table, lines]) expect(out.replaceAll('patient-_.', '')).not.toContain('_.auth0');
    const encoded = await ledger('replay', '--patient', '_.auth0.7Cpat-7');
    expect(encoded).toMatchObject({ code: 64, out: '' });
    expect(encoded.err).toContain('give the id as it was issued');
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

const auditsOf = async (personId: string) => {
  const audits: unknown[] = [];
  const { store } = app.app.get(Ledger);
  for await (const { type, data, metadata } of store.readBackwards(auditorStreams.of(personId), 'end'))
    audits.push({ type, data, by: metadata.actor.id });
  return audits;
};

describe('ledger backtest', () => {
  const strict = `export default ({ rules }) => ({ name: 'strict', version: 3, rules: [...rules,
    { name: 'clinician', severity: 'review', applies: ({ viewerRoles }) => viewerRoles.includes('clinician') }] });`;
  const rulesFile = async (): Promise<string> => {
    const file = join(dir, 'stricter.mjs');
    await writeFile(file, strict);
    return file;
  };

  it('shows what rules of a file change, with ids and a digest', async () => {
    const { code, out, err } = await ledger('backtest', '--rules', await rulesFile());
    expect(code).toBe(0);
    expect(out).toMatch(/^strict@3 against access-rules@1: 1 views compared/);
    expect(out).toMatch(
      new RegExp(`newly-flagged +\\d+ +\\S+ +\\S+ +${here.clinicianId} +${here.patientId} .*cleared → clinician`),
    );
    expect(out).toMatch(/\ndigest [0-9a-f]{64}\n$/);
    expect(err).toMatch(/judging the history: \d+ events in/);
  });

  it('gives NDJSON, the result last', async () => {
    const { code, out } = await ledger('backtest', '--rules', await rulesFile(), '--ndjson');
    expect(code).toBe(0);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      expect.objectContaining({ line: 'difference', change: 'newly-flagged', patientId: here.patientId }),
      expect.objectContaining({ line: 'result', newlyFlagged: 1, digest: expect.stringMatching(/^[0-9a-f]{64}$/) }),
    ]);
  });

  it('is on record as run by the person who is named', async () => {
    const { out } = await ledger('backtest', '--rules', 'current', '--ndjson', '--record', 'officer-7');
    const { digest, from, to } = JSON.parse(out.trim().split('\n').at(-1) ?? '');
    expect(await auditsOf('officer-7')).toEqual([
      {
        type: 'BacktestRun',
        by: 'officer-7',
        data: expect.objectContaining({ auditorId: 'officer-7', rules: 'access-rules@1', digest, from, to }),
      },
    ]);
  });

  it.each<[string, string[], RegExp]>([
    ['a person that is no id', ['--rules', 'current', '--record', 'Eve Smith'], /--record is the id of the person/],
    ['no rules', [], /--rules is needed/],
    ['rules there are not', ['--rules', 'mine@1'], /--rules: this build has no rules mine@1/],
    [
      'others to compare with there are not',
      ['--rules', 'current', '--against', 'old@1'],
      /--against: this build has no/,
    ],
    ['a moment that is none', ['--rules', 'current', '--from', 'friday'], /--from is a position, or a time in UTC/],
  ])('refuses %s', async (_, args, why) => {
    const { code, out, err } = await ledger('backtest', ...args);
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toMatch(why);
  });

  it('ends with 1 where a rule fails: that is no verdict', async () => {
    const file = join(dir, 'failing.mjs');
    await writeFile(
      file,
      `export default { name: 'f', version: 1, rules: [{ name: 'a', severity: 'review', applies: (q) => q.no.such }] };`,
    );
    const { code, out, err } = await ledger('backtest', '--rules', file);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/a\.applies in .* failed on view /);
  });
});

describe('ledger rehearse', () => {
  it('passes a build that answers as the ledger says, and says how much it covers', async () => {
    const { code, out } = await ledger('rehearse');
    expect(code).toBe(0);
    expect(out).toMatch(/: 3 of 3 questions put again \(100\.0 %\)/);
    expect(out).toMatch(/deny-to-allow +0\n/);
  });

  it('is on record as run by the person who is named', async () => {
    const { code } = await ledger('rehearse', '--record', 'release-7');
    expect(code).toBe(0);
    expect(await auditsOf('release-7')).toEqual([
      {
        type: 'RehearsalRun',
        by: 'release-7',
        data: expect.objectContaining({ asked: 3, replayed: 3, denyToAllow: 0, holds: true }),
      },
    ]);
  });

  it.each<[string, string[], RegExp]>([
    ['a person that is no id', ['--record', ''], /--record is the id of the person/],
    ['a number of questions that is none', ['--questions', 'many'], /--questions is a number from 1 on/],
    ['a moment that is none', ['--to', 'friday'], /--to is a position, or a time in UTC/],
  ])('refuses %s', async (_, args, why) => {
    const { code, out, err } = await ledger('rehearse', ...args);
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toMatch(why);
  });

  it('says so where nothing was asked', async () => {
    const { code, out } = await ledger('rehearse', '--to', '0');
    expect(code).toBe(0);
    expect(out).toContain('no question was asked there: this rehearsal proves nothing');
  });

  it('ends with 1 for a build that lets in whom the ledger says was refused', async () => {
    // What a ledger looks like to a build whose policy got laxer: a participant was refused.
    const { patientId, consultationId, recordingId, clinicianId: viewerId } = here;
    const asked = { viewId: 'view-1', viewerId, viewerRoles: ['clinician'], purpose: 'treatment' as const };
    await append(app, patientId, {
      type: 'RecordingViewRefused',
      data: { patientId, consultationId, recordingId, ...asked, reasonCode: 'not-a-participant' },
    });
    const { code, out, err } = await ledger('rehearse', '--questions', '1', '--ndjson');
    expect(code).toBe(1);
    const [finding, result] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(finding).toMatchObject({ change: 'deny-to-allow', viewerId, patientId, stream: `patient-${patientId}` });
    expect(result).toMatchObject({ line: 'result', holds: false, changes: { 'deny-to-allow': 1 } });
    expect(err).toContain('this build must not be deployed: it lets in 1 views that were refused');
  });

  it('reads a store whose application has ended', async () => {
    await app.close();
    isRunning = false;
    const { code, out } = await ledger('replay', '--patient', here.patientId);
    expect(code).toBe(0);
    expect(out).toContain(here.recordingId);
  });
});
