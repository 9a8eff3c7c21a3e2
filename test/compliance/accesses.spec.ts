import type { ViewerEvent } from '../../events/viewer-events.ts';
import { AccessMonitor } from '../../src/access/monitor/monitor.ts';
import { foldListing } from '../../src/compliance/accesses/accesses.ts';
import { append, type Scene, scene, send, view, witness } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { recorded } from '../support/given.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const accesses = async ({ patientId }: Scene, query = '') =>
  (await send(app, 'GET', `/v1/me/accesses${query}`, { as: patientId, roles: ['patient'] })).body;

/** A clinician whose own list shows the patient, as a guest who was invited over HTTP. */
const showTo = async (here: Scene, personId: string) => {
  await send(app, 'POST', `/v1/patients/${here.patientId}/consultations/${here.consultationId}/participants`, {
    as: here.patientId,
    roles: ['patient'],
    body: { personId, capacity: 'specialist' },
  });
  const { body } = await send(app, 'GET', '/v1/me/consultations', { as: personId, roles: ['clinician'] });
  expect(body.items).toHaveLength(1);
};

describe('asking who looked', () => {
  it('tells who was shown, who opened, who was refused and what was played, under which release', async () => {
    const here = await scene(app);
    const { patientId, consultationId, recordingId } = here;
    const guest = `doc-${patientId}`;
    await showTo(here, guest);
    const { body } = await view(app, here, guest, { roles: ['clinician'], purpose: 'treatment' });
    await append(app, patientId, {
      type: 'RecordingPlayed',
      data: {
        ...{ patientId, consultationId, recordingId, viewId: body.viewId, viewerId: guest },
        ...{ bytesServed: 7, ranges: [[0, 6]], outcome: 'cut' },
      },
    });
    await view(app, here, 'pat-stranger');
    await witness(app, here, 'pat-other');

    const { items, next } = await accesses(here);
    const who = { at: expect.any(String), patientId, appVersion: expect.any(String) };
    const what = { consultationId, recordingId, viewId: expect.any(String) };
    expect(next).toBeNull();
    expect(items).toEqual([
      {
        ...{ kind: 'opened', ...who, ...what, viewerId: 'pat-other', viewerRoles: [] },
        ...{ purpose: 'treatment', source: 'witnessed', verdict: 'flagged', severity: 'critical' },
      },
      {
        ...{ kind: 'refused', ...who, ...what, viewerId: 'pat-stranger', viewerRoles: ['patient'] },
        ...{ purpose: 'treatment', reasonCode: 'not-a-participant' },
      },
      {
        ...{ kind: 'played', ...who, ...what, viewerId: guest, viewerRoles: ['service'] },
        ...{ bytesServed: 7, ranges: [[0, 6]], outcome: 'cut' },
      },
      {
        ...{ kind: 'opened', ...who, ...what, viewerId: guest, viewerRoles: ['clinician'] },
        ...{ purpose: 'treatment', source: 'mediated', verdict: 'cleared' },
      },
      {
        ...{ kind: 'shown', ...who, viewerId: guest, viewerRoles: ['clinician'] },
        ...{ consultationIds: [consultationId], recordingIds: [recordingId] },
      },
    ]);
  });

  it('pages through all of it, each row once', async () => {
    const here = await scene(app);
    await showTo(here, `doc-${here.patientId}`);
    for (let i = 0; i < 4; i++) await witness(app, here, `viewer-${i}`);
    await showTo(here, `int-${here.patientId}`);
    const whole = (await accesses(here)).items;
    expect(whole).toHaveLength(6);
    const seen: unknown[] = [];
    for (let query: string | undefined = '?limit=2'; query !== undefined; ) {
      const { items, next }: { items: unknown[]; next: string | null } = await accesses(here, query);
      seen.push(...items);
      query = next === null ? undefined : `?limit=2&cursor=${next}`;
    }
    expect(seen).toEqual(whole);
  });

  it('is for patients, about themselves', async () => {
    const here = await scene(app);
    await witness(app, here, 'pat-other');
    for (const roles of [['clinician'], ['service'], ['on-call'], []] as const)
      expect((await send(app, 'GET', '/v1/me/accesses', { as: here.patientId, roles })).status).toBe(403);
    const { body } = await send(app, 'GET', '/v1/me/accesses', { as: 'pat-other', roles: ['patient'] });
    expect(body).toEqual({ items: [], next: null });
    const patientId = `?patientId=${here.patientId}`;
    const other = await send(app, 'GET', `/v1/me/accesses${patientId}`, { as: 'pat-other', roles: ['patient'] });
    expect(other.status).toBe(400);
  });

  it('says that a verdict is pending while there is none', async () => {
    const here = await scene(app);
    const monitor = app.app.get(AccessMonitor);
    const verdict = async () => (await accesses(here)).items[0]?.verdict;
    await monitor.onApplicationShutdown();
    const answered = witness(app, here, here.clinicianId);
    await eventually(async () => (await verdict()) === 'pending');
    monitor.onApplicationBootstrap();
    expect((await answered).body.verdict).toBe('cleared');
    await eventually(async () => (await verdict()) === 'cleared');
  });
});

describe('keeping where a patient was shown', () => {
  const listed = (recordingIds: string[], others: string[] = []): ViewerEvent => ({
    type: 'ConsultationsListed',
    data: {
      viewerId: 'doc-1',
      shown: [
        { patientId: 'pat-1', consultationId: 'con-1', recordingIds },
        ...others.map((patientId) => ({ patientId, consultationId: `con-${patientId}`, recordingIds: [] })),
      ],
      digest: 'a'.repeat(64),
    },
  });
  const fold = (events: readonly ViewerEvent[]) =>
    recorded('viewer-doc-1', events).reduce(foldListing, new Map() as ReturnType<typeof foldListing>);
  const revisions = (events: readonly ViewerEvent[]) =>
    fold(events)
      .get('pat-1')
      ?.listings.map(({ revision }) => revision);

  it('takes a list for news only where it shows something else of that patient', () => {
    expect(revisions([listed([]), listed([], ['pat-2']), listed(['rec-1']), listed(['rec-1'], ['pat-3'])])).toEqual([
      0, 2,
    ]);
  });

  it('is indifferent to events delivered again', () => {
    const stream = recorded('viewer-doc-1', [listed([]), listed(['rec-1']), listed([])]);
    const once = stream.reduce(foldListing, new Map() as ReturnType<typeof foldListing>);
    const twice = [...stream, ...stream].reduce(foldListing, new Map() as ReturnType<typeof foldListing>);
    expect(twice).toEqual(once);
  });
});
