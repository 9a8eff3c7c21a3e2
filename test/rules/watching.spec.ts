import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anomalyStreams, breachStreams } from '../../events/categories.ts';
import { ROLES } from '../../events/values.ts';
import { pack } from '../../projections/rules/pack.ts';
import { Watcher } from '../../src/rules/watcher.ts';
import { append, eventsOf, onCall, type Scene, scene, send, typesOf, view } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { storeOf } from '../support/node-of.ts';

const officer = { as: 'officer-1', roles: ['compliance'] } as const;
const hr = { as: 'hr-system', roles: ['service'] } as const;

let one: RunningApp;
let two: RunningApp;
beforeAll(async () => {
  // More emergencies than one clinician may have, so that none is withheld for their number.
  const env = { EMERGENCY_PATIENTS_PER_DAY: '100' };
  one = await startApp({ env });
  two = await startApp({ env: { ...env, STORE_URL: await storeOf(one) } });
  await Promise.all([one, two].map(inForce));
});
afterAll(async () => {
  await two.close();
  await one.close();
});

/** Until the instance judges by all rules. */
const inForce = (app: RunningApp) =>
  eventually(() => app.app.get(Watcher).isCurrent && ruleCount(app) === pack.length, 60_000);
const ruleCount = (app: RunningApp) => app.app.get(Watcher).current.rules.size;

const facts = (app: RunningApp, personId: string, of: object) =>
  send(app, 'PUT', `/v1/people/${personId}/facts`, { ...hr, body: { asOf: '2026-01-01T00:00:00Z', facts: of } });
const emergency = { roles: ['clinician'], purpose: 'emergency', reason: 'unconscious in the emergency room' } as const;

type Breach = { breachId: string; rule: string; severity: string; viewerId: string | null; patientId: string | null };
const breachesBy = async (app: RunningApp, rule: string, { patientId }: { patientId: string }): Promise<Breach[]> => {
  const { body } = await send(app, 'GET', '/v1/breaches?status=all&limit=100', onCall);
  return body.items.filter(
    (item: Breach) => item.rule === rule && (item.patientId === patientId || item.patientId === null),
  );
};
const firstBreach = (app: RunningApp, rule: string, here: Scene) =>
  eventually(async () => (await breachesBy(app, rule, here))[0]);
const ruleOf = async (app: RunningApp, name: string) =>
  (await send(app, 'GET', '/v1/rules', officer)).body.items.find((rule: { name: string }) => rule.name === name);

describe('a view that rules fire on', () => {
  it('opens one breach, however many instances follow the log', async () => {
    const here = await scene(one);
    await facts(two, here.patientId, { vip: 2 });
    expect((await view(one, here, 'curious', emergency)).status).toBe(201);
    const { breachId, ...breach } = await firstBreach(two, 'vip', here);
    expect(breach).toMatchObject({ severity: 'critical', viewerId: 'curious', patientId: here.patientId });
    expect(typesOf(await eventsOf(one, anomalyStreams.of(breachId)))).toEqual(['AnomalyFound']);
    const again = await view(two, here, 'curious', emergency);
    expect(again.status).toBe(201);
    await allTaken();
    expect(await breachesBy(one, 'vip', here)).toHaveLength(1);
    expect(
      typesOf(await eventsOf(one, breachStreams.of(breachId))).filter((type) => type === 'BreachFlagged'),
    ).toHaveLength(1);
  });

  it('is put on record and opens none where it is explained', async () => {
    const here = await scene(one);
    await facts(one, here.patientId, { vip: 2 });
    const before = await ruleOf(one, 'vip');
    await view(one, here, here.clinicianId, { roles: ['clinician'] });
    await eventually(async () => (await ruleOf(two, 'vip')).explained === before.explained + 1);
    expect((await ruleOf(two, 'vip')).hits).toBe(before.hits + 1);
    expect(await breachesBy(one, 'vip', here)).toEqual([]);
  });

  it('is found across patients', async () => {
    const viewer = 'browses';
    for (let i = 0; i < 20; i++) {
      const here = await scene(one);
      await append(one, here.patientId, {
        type: 'ConsultationBooked',
        data: {
          ...{
            patientId: here.patientId,
            consultationId: `${here.consultationId}-2`,
            clinicianId: viewer,
            medium: 'video',
          },
          ...{ scheduledStart: '2036-05-04T09:00:00Z', scheduledEnd: '2036-05-04T09:30:00Z' },
        },
      });
      await view(i % 2 ? one : two, here, viewer, emergency);
    }
    const found = await eventually(async () => {
      const { body } = await send(one, 'GET', '/v1/breaches?status=all&limit=100', onCall);
      return body.items.find((item: Breach) => item.rule === 'bulk-views' && item.viewerId === viewer);
    });
    expect(found).toMatchObject({ patientId: null });
  });

  it('is explained afterwards by a booking, and its emergency’s breach stays for a person', async () => {
    const here = await scene(one);
    const { body } = await view(one, here, 'rescuer', emergency);
    const explained = async () => (await ruleOf(one, 'emergency-access')).explained;
    const before = await explained();
    await eventually(async () => (await breachesBy(one, 'emergency-access', here)).length === 1);
    await allTaken();
    await append(one, here.patientId, {
      type: 'ConsultationBooked',
      data: {
        ...{
          patientId: here.patientId,
          consultationId: `${here.consultationId}-2`,
          clinicianId: 'rescuer',
          medium: 'video',
        },
        ...{ scheduledStart: '2036-05-05T09:00:00Z', scheduledEnd: '2036-05-05T09:30:00Z' },
      },
    });
    await eventually(async () => (await explained()) === before + 1);
    const [breach] = await breachesBy(one, 'emergency-access', here);
    expect(breach).toMatchObject({ breachId: body.viewId, status: 'open' });
  });
});

/** Until both instances have taken in, recorded and handed out all there is. */
const allTaken = async () => {
  for (const app of [one, two])
    await eventually(() => app.app.get(Watcher).isCurrent && app.app.get(Watcher).current.pending.size === 0);
};

describe('an instance that starts', () => {
  it('finds what happened while none ran, and finds nothing twice, with its file and without', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'ledger-rules-'));
    const start = () => startApp({ env: { DATA_DIR: dataDir } });
    try {
      let app = await start();
      await inForce(app);
      const here = await scene(app);
      // A file is worth while after so many events.
      for (let i = 0; i < 1_000; i += 100)
        await append(
          app,
          'busy',
          ...Array.from(
            { length: 100 },
            () => ({ type: 'ConsultationCompleted', data: { patientId: 'busy', consultationId: 'x' } }) as const,
          ),
        );
      await facts(app, here.patientId, { vip: 1 });
      await view(app, here, 'curious', emergency);
      await firstBreach(app, 'vip', here);
      await app.close();
      expect(await readdir(join(dataDir, 'rules'))).toEqual(['watch']);
      for (const withoutFile of [false, true]) {
        if (withoutFile) await rm(join(dataDir, 'rules'), { recursive: true });
        app = await start();
        await inForce(app);
        const read = app.logged.some((line) => line.includes('reading the log from its first event'));
        expect(read).toBe(withoutFile);
        const byCurious = (await breachesBy(app, 'vip', here)).filter(({ viewerId }) => viewerId === 'curious');
        expect(byCurious).toHaveLength(1);
        const who = `late-${withoutFile}`;
        await view(app, here, who, emergency);
        await eventually(async () => (await breachesBy(app, 'vip', here)).some(({ viewerId }) => viewerId === who));
        expect((await ruleOf(app, 'vip')).hits).toBe(withoutFile ? 3 : 2);
        await app.close();
      }
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  }, 180_000);
});

describe('the list of rules', () => {
  it('shows each as it is set', async () => {
    const { body } = await send(one, 'GET', '/v1/rules', onCall);
    expect(body.items.map(({ name, enabled }: { name: string; enabled: boolean }) => [name, enabled])).toEqual(
      pack.map(({ name }) => [name, true]),
    );
    expect(await ruleOf(one, 'same-victim')).toMatchObject({
      ...{ version: '1.0', severity: 'critical', about: 'patient', precision: null, noisy: false, changes: [] },
      numbers: [{ name: 'viewers', value: 4, preset: 4, min: 2, max: 100 }],
    });
  });

  it.each(ROLES)('is for on-call and compliance: %s', async (role) => {
    const { status } = await send(one, 'GET', '/v1/rules', { as: `a-${role}`, roles: [role] });
    expect(status).toBe(role === 'on-call' || role === 'compliance' ? 200 : 403);
  });
});
