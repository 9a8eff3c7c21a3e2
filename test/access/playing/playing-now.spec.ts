import { ROLES } from '../../../events/values.ts';
import { consultation, heldPlayer, opened, recorded, uploadTo } from '../../recordings/recorded.ts';
import { type RunningApp, startApp } from '../../support/app.ts';
import { eventually } from '../../support/eventually.ts';
import { storeOf } from '../../support/node-of.ts';
import { onCall, send } from '../scene.ts';

/** Larger than what connections hold by themselves, so that a player that reads no more keeps its transfer under way. */
const LARGE = 24_000_000;
const wav = (): Buffer => {
  const bytes = Buffer.alloc(LARGE);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(LARGE - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(48_000, 24);
  bytes.writeUInt32LE(96_000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(LARGE - 44, 40);
  return bytes;
};

describe('what a halt would stop', () => {
  let app: RunningApp;
  let other: RunningApp;
  beforeAll(async () => {
    app = await startApp({ env: { APP_VERSION: '2.4.1' } });
    other = await startApp({ env: { APP_VERSION: '2.4.2', STORE_URL: await storeOf(app) } });
  });
  afterAll(async () => {
    await other?.close();
    await app?.close();
  });

  const inUse = async (release?: string, on = app) => {
    const query = release === undefined ? '' : `?release=${release}`;
    const { body } = await send(on, 'GET', `/v1/playback/in-use${query}`, onCall);
    const { since: _, ...numbers } = body;
    return numbers;
  };
  const becomes = (numbers: object, release?: string, on = app) =>
    eventually(async () => {
      const now = await inUse(release, on);
      return Object.entries(numbers).every(([name, n]) => now[name] === n) || undefined;
    });

  it('is each open view and each transfer under way, on every instance, of that release alone', async () => {
    const before = await inUse();
    expect(await inUse('2.4.2')).toMatchObject({ views: 0, transfers: 0, viewers: 0, patients: 0 });
    const [here, there] = [await recorded(app), await recorded(app)];
    await opened(app, here);
    await opened(other, there);
    await becomes({ views: before.views + 2 });
    await becomes({ views: 1, transfers: 0, viewers: 1, patients: 1 }, '2.4.2');
    await becomes({ views: 1 }, '2.4.2', other);
    expect(await inUse('9.9.9')).toEqual({ views: 0, transfers: 0, viewers: 0, patients: 0 });
  });

  it('has a transfer until it ends', async () => {
    const held = await consultation(app);
    const { body } = await uploadTo(app, held, { body: wav(), contentType: 'audio/wav' });
    const recordingPath = `${held.path}/recordings/${body.recordingId}`;
    const { contentUrl } = await opened(app, { ...held, recordingId: body.recordingId ?? '', recordingPath });
    const { transfers } = await inUse();
    const player = await heldPlayer(app, contentUrl, held.patientId);
    await becomes({ transfers: transfers + 1 });
    player.leave();
    await becomes({ transfers });
  });

  it.each([
    [
      'revoked',
      ({ viewId, patientId: viewerId }: Open) => [`/v1/views/${viewId}/revoke`, { viewerId, reason: 'case-7' }],
    ],
    ['of a suspended viewer', ({ patientId }: Open) => [`/v1/viewers/${patientId}/suspend`, { reason: 'case-7' }]],
  ] as const)('has no view that is %s', async (_, act) => {
    const held = await recorded(app);
    const { views } = await inUse();
    const { viewId } = await opened(app, held);
    await becomes({ views: views + 1 });
    const [path, body] = act({ viewId, patientId: held.patientId });
    expect((await send(app, 'POST', path as string, { ...onCall, body })).status).toBe(200);
    await becomes({ views });
  });

  it('has no view that the second key withheld', async () => {
    const held = await recorded(app);
    const before = await inUse();
    await send(app, 'POST', `${held.recordingPath}/views`, {
      as: 'pat-stranger',
      roles: ['patient'],
      body: { purpose: 'treatment' },
    });
    await opened(app, held);
    await becomes({ views: before.views + 1 });
  });

  it('is told to the desk alone, in numbers', async () => {
    for (const role of ROLES) {
      const { status, body } = await send(app, 'GET', '/v1/playback/in-use', { as: `a-${role}`, roles: [role] });
      const isDesk = role === 'on-call' || role === 'compliance';
      expect([role, status]).toEqual([role, isDesk ? 200 : 403]);
      if (isDesk) expect(Object.keys(body).sort()).toEqual(['patients', 'since', 'transfers', 'viewers', 'views']);
    }
    expect((await app.call('/v1/playback/in-use')).status).toBe(401);
    const forged = { authorization: `Bearer ${(await app.token('on-call-1', ['on-call'])).slice(0, -3)}AAA` };
    expect((await app.call('/v1/playback/in-use', { headers: forged })).status).toBe(401);
    expect((await send(app, 'GET', '/v1/playback/in-use?release=a%20b', onCall)).body.code).toBe('validation-failed');
  });
});

type Open = { readonly viewId: string; readonly patientId: string };

describe('how fast views are judged', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());

  type Minute = {
    readonly cleared: number;
    readonly flagged: number;
    readonly verdictMs: { mean: number; slowest: number } | null;
    readonly alertMs: { mean: number; slowest: number } | null;
  };
  const minutes = async (): Promise<readonly Minute[]> =>
    (await send(app, 'GET', '/v1/access-monitor/minutes', onCall)).body.minutes;
  const sum = (all: readonly Minute[], of: (minute: Minute) => number) => all.reduce((n, minute) => n + of(minute), 0);

  it('is told by the minute: verdicts, and the time until each and until the breach of a flagged one', async () => {
    expect(sum(await minutes(), ({ cleared, flagged }) => cleared + flagged)).toBe(0);
    const held = await recorded(app);
    await opened(app, held);
    await send(app, 'POST', `${held.recordingPath}/views`, {
      as: 'doc-far',
      roles: ['clinician'],
      body: { purpose: 'emergency', reason: 'found unconscious in the waiting room' },
    });
    const told = await eventually(async () => {
      const all = await minutes();
      return all.some(({ alertMs }) => alertMs !== null) && sum(all, ({ cleared }) => cleared) === 1 ? all : undefined;
    });
    expect(sum(told, ({ flagged }) => flagged)).toBe(1);
    for (const { verdictMs, alertMs } of told)
      for (const latency of [verdictMs, alertMs])
        if (latency !== null) {
          expect(latency.mean).toBeGreaterThanOrEqual(0);
          expect(latency.mean).toBeLessThanOrEqual(latency.slowest);
          expect(latency.slowest).toBeLessThan(60_000);
        }
  });

  it('is told to the desk alone', async () => {
    for (const role of ROLES) {
      const { status } = await send(app, 'GET', '/v1/access-monitor/minutes', { as: `a-${role}`, roles: [role] });
      expect([role, status]).toEqual([role, role === 'on-call' || role === 'compliance' ? 200 : 403]);
    }
    expect((await app.call('/v1/access-monitor/minutes')).status).toBe(401);
  });
});
