import { randomUUID } from 'node:crypto';
import { type RunningApp, startApp } from '../../support/app.ts';
import { eventually } from '../../support/eventually.ts';
import {
  append,
  breachesOf,
  onCall,
  patientEventsOf,
  type Scene,
  scene,
  send,
  typesOf,
  verdictsOn,
  view,
  witness,
} from '../scene.ts';

/** A clinician of another ward, of this run alone: how many patients they open in emergencies counts. */
const elsewhere = `doc-${randomUUID().slice(0, 8)}`;

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const views = async (of: Scene) => (await patientEventsOf(app, of)).slice(2);

describe('viewing a recording', () => {
  it('is released to a participant when both keys agree, and both are on record', async () => {
    const here = await scene(app);
    const { status, body } = await view(app, here, here.patientId);
    expect(status).toBe(201);
    expect(body).toEqual({
      viewId: expect.any(String),
      verdict: 'cleared',
      contentUrl: `/v1/views/${body.viewId}/content`,
      expiresAt: expect.any(String),
      endsAt: expect.any(String),
    });
    expect(await views(here)).toMatchObject([
      {
        type: 'RecordingViewed',
        data: { viewId: body.viewId, viewerId: here.patientId, source: 'mediated', releaseMode: 'two-key' },
        metadata: { actor: { id: here.patientId } },
      },
    ]);
    expect(await verdictsOn(app, here.patientId)).toMatchObject([
      { type: 'ViewCleared', data: { viewId: body.viewId, viewRevision: 2 } },
    ]);
  });

  it('shows a stranger nothing, not even that it is there, and records that they asked', async () => {
    const here = await scene(app);
    const { status, body } = await view(app, here, 'pat-stranger');
    expect(status).toBe(404);
    expect(body.code).toBe('recording-not-found');
    expect(await views(here)).toMatchObject([
      { type: 'RecordingViewRefused', data: { viewerId: 'pat-stranger', reasonCode: 'not-a-participant' } },
    ]);
    expect(await breachesOf(app, here)).toEqual([]);
  });

  it('answers the same where there is nothing, and writes nothing', async () => {
    const here = await scene(app);
    const nowhere = { ...here, viewsPath: here.viewsPath.replace(here.recordingId, 'rec-none') };
    const nobody = { ...here, viewsPath: here.viewsPath.replace(here.patientId, 'pat-none') };
    for (const place of [nowhere, nobody]) {
      const { status, body } = await view(app, place, 'pat-stranger');
      expect([status, body.code]).toEqual([404, 'recording-not-found']);
    }
    expect(await views(here)).toEqual([]);
    expect(await patientEventsOf(app, { ...here, patientId: 'pat-none' })).toEqual([]);
  });

  it('tells a guest who was removed that they are refused', async () => {
    const here = await scene(app);
    const guest = { patientId: here.patientId, consultationId: here.consultationId, personId: 'int-1' };
    await append(app, here.patientId, { type: 'ParticipantInvited', data: { ...guest, capacity: 'interpreter' } });
    expect((await view(app, here, 'int-1', { roles: [] })).status).toBe(201);
    await append(app, here.patientId, { type: 'ParticipantRemoved', data: guest });
    const { status, body } = await view(app, here, 'int-1', { roles: [] });
    expect([status, body.code]).toEqual([403, 'view-refused']);
  });

  it('is locked while the recording is quarantined, and gone once it is erased', async () => {
    const here = await scene(app);
    const { patientId, consultationId, recordingId } = here;
    const data = { patientId, consultationId, recordingId, reason: 'checked' };
    await append(app, patientId, { type: 'RecordingQuarantined', data });
    expect((await view(app, here, patientId)).body).toMatchObject({ status: 423, code: 'recording-quarantined' });
    await append(app, patientId, { type: 'RecordingReleased', data });
    expect((await view(app, here, patientId)).status).toBe(201);
    await append(app, patientId, { type: 'RecordingErased', data });
    expect((await view(app, here, patientId)).body).toMatchObject({ status: 410, code: 'recording-erased' });
  });

  it('is released to a clinician in a declared emergency, for review', async () => {
    const here = await scene(app);
    const emergency = { roles: ['clinician'] as const, purpose: 'emergency', reason: 'unconscious in the ward' };
    const { status, body } = await view(app, here, elsewhere, emergency);
    expect(status).toBe(201);
    expect(body).toMatchObject({ verdict: 'flagged', severity: 'review', contentUrl: expect.any(String) });
    const breach = await eventually(async () => (await breachesOf(app, here))[0]);
    expect(breach).toMatchObject({ severity: 'review', rule: 'emergency-access', contentReleased: true });
    expect(JSON.stringify(breach)).not.toContain('unconscious');
    expect(app.logged.join('\n')).not.toContain('unconscious');
    expect((await views(here))[0]?.data).toMatchObject({ reason: 'unconscious in the ward' });
  });

  it('wants a reason for an emergency, and keeps no other free text', async () => {
    const here = await scene(app);
    const emergency = { roles: ['clinician'] as const, purpose: 'emergency' };
    for (const reason of [undefined, 'x', '           x           ', 'fourteen chars']) {
      const { status, body } = await view(app, here, elsewhere, { ...emergency, reason });
      expect([status, body.errors]).toEqual([400, [expect.objectContaining({ path: 'reason' })]]);
    }
    expect(await views(here)).toEqual([]);
    const tooLong = await view(app, here, elsewhere, { ...emergency, reason: 'x'.repeat(501) });
    expect(tooLong.status).toBe(400);
    await view(app, here, here.patientId, { reason: 'because' });
    expect((await views(here))[0]?.data).not.toHaveProperty('reason');
  });

  it('takes one of the codes that were set as an emergency’s reason', async () => {
    const coded = await startApp({ env: { EMERGENCY_REASON_CODES: 'arrest,stroke' } });
    try {
      const here = await scene(coded);
      const open = async (reason: string) => {
        const ask = { as: elsewhere, roles: ['clinician'] as const, body: { purpose: 'emergency', reason } };
        return (await send(coded, 'POST', here.viewsPath, ask)).status;
      };
      expect([await open('stroke'), await open('fracture'), await open('a broken leg, bleeding')]).toEqual([
        201, 400, 201,
      ]);
    } finally {
      await coded.close();
    }
  });

  it('keeps the release of the app that asked, and none that is no name', async () => {
    const here = await scene(app);
    const from = (release: string) => view(app, here, here.patientId, { headers: { 'x-client-release': release } });
    expect((await from('ios-7.1+2')).status).toBe(201);
    for (const wrong of ['the new one', 'x'.repeat(65), 'a/b', '<script>'])
      expect(await from(wrong)).toMatchObject({
        status: 400,
        body: { code: 'validation-failed', errors: [{ path: 'X-Client-Release' }] },
      });
    expect(await views(here)).toMatchObject([
      { metadata: { clientRelease: 'ios-7.1+2', appVersion: app.config.appVersion } },
    ]);
    const { body } = await send(app, 'GET', '/v1/me/accesses', { as: here.patientId, roles: ['patient'] });
    expect(body.items).toMatchObject([
      { kind: 'opened', clientRelease: 'ios-7.1+2', appVersion: app.config.appVersion },
    ]);
  });

  it('is refused to a suspended viewer until they are reinstated', async () => {
    const here = await scene(app);
    const standing = (action: string) =>
      send(app, 'POST', `/v1/viewers/${here.patientId}/${action}`, { ...onCall, body: { reason: 'incident' } });
    expect((await standing('suspend')).body).toEqual({ viewerId: here.patientId, suspended: true });
    expect((await view(app, here, here.patientId)).body).toMatchObject({ status: 403, code: 'viewer-suspended' });
    await standing('reinstate');
    expect((await view(app, here, here.patientId)).status).toBe(201);
  });

  it('stops for everybody while playback is halted, and readiness shows it', async () => {
    const here = await scene(app);
    const turn = (action: string) =>
      send(app, 'POST', `/v1/playback/${action}`, { ...onCall, body: { reason: 'incident' } });
    try {
      expect((await turn('halt')).body).toEqual({ halted: true, releases: [] });
      expect((await view(app, here, here.patientId)).body).toMatchObject({ status: 503, code: 'playback-halted' });
      await eventually(async () => {
        const { status, body } = await send(app, 'GET', '/health/ready', onCall);
        return status === 200 && body.checks.playback === 'halted';
      });
    } finally {
      await turn('resume');
    }
    expect((await view(app, here, here.patientId)).status).toBe(201);
  });

  it('happens once for one Idempotency-Key', async () => {
    const here = await scene(app);
    const again = { headers: { 'idempotency-key': 'view-once' } };
    const first = await view(app, here, here.patientId, again);
    const second = await view(app, here, here.patientId, again);
    expect(second.body).toEqual(first.body);
    expect(typesOf(await views(here))).toEqual(['RecordingViewed']);
  });

  it.each([
    ['an unknown field', { purpose: 'treatment', admin: true }],
    ['no purpose', { purpose: undefined }],
    ['a purpose nobody has', { purpose: 'curiosity' }],
    ['a time from a person', { occurredAt: '2026-05-04T09:00:00Z' }],
    ['roles from a person', { viewerRoles: ['clinician'] }],
  ])('refuses %s', async (_, body) => {
    const here = await scene(app);
    expect((await view(app, here, here.patientId, body)).status).toBe(400);
    expect(await views(here)).toEqual([]);
  });

  it('lets no person report a view of somebody else', async () => {
    const here = await scene(app);
    expect((await view(app, here, here.patientId, { viewerId: here.clinicianId })).status).toBe(403);
    expect(await views(here)).toEqual([]);
  });
});

describe('witnessing a view', () => {
  it('is answered with the verdict and no content', async () => {
    const here = await scene(app);
    const { status, body } = await witness(app, here, here.clinicianId);
    expect(status).toBe(201);
    expect(body).toEqual({ viewId: expect.any(String), verdict: 'cleared' });
  });

  it('records a stranger’s view as the fact it is, and raises a breach', async () => {
    const here = await scene(app);
    const occurredAt = '2026-05-04T10:00:00.000Z';
    const { status, body } = await witness(app, here, 'pat-stranger', { occurredAt });
    expect([status, body]).toEqual([201, { viewId: body.viewId, verdict: 'flagged', severity: 'critical' }]);
    const breaches = await eventually(async () => {
      const found = await breachesOf(app, here);
      return found.length > 0 && found;
    });
    expect(breaches).toMatchObject([
      {
        breachId: body.viewId,
        rule: 'viewer-not-participant',
        source: 'witnessed',
        contentReleased: true,
        viewedAt: occurredAt,
      },
    ]);
  });

  it('takes a service’s word that its viewer is a clinician in an emergency', async () => {
    const here = await scene(app);
    const emergency = { purpose: 'emergency', reason: 'unconscious' };
    const { body } = await witness(app, here, elsewhere, { ...emergency, viewerRoles: ['clinician'] });
    expect(body).toMatchObject({ verdict: 'flagged', severity: 'review' });
    expect((await witness(app, here, elsewhere, emergency)).body).toMatchObject({ severity: 'critical' });
  });

  it('needs to know whose view it was, and takes none from the future', async () => {
    const here = await scene(app);
    const path = here.viewsPath;
    const ask = { as: 'player-service', roles: ['service'] as const };
    const without = await send(app, 'POST', path, { ...ask, body: { purpose: 'treatment' } });
    expect([without.status, without.body.errors[0].path]).toEqual([400, 'viewerId']);
    const occurredAt = new Date(Date.now() + 3_600_000).toISOString();
    expect((await witness(app, here, here.patientId, { occurredAt })).status).toBe(400);
    expect(await views(here)).toEqual([]);
  });

  const incident = (breachId: string) =>
    eventually(async () => {
      const { status, body } = await send(app, 'GET', `/v1/breaches/${breachId}`, onCall);
      return status === 200 && body;
    });

  it('records that a patient was shown another patient’s recording inside their own consultation, and one not uploaded', async () => {
    const [here, there] = [await scene(app), await scene(app)];
    for (const recordingId of [there.recordingId, 'rec-not-uploaded-yet']) {
      const place = { ...here, viewsPath: here.viewsPath.replace(here.recordingId, recordingId) };
      const { status, body } = await witness(app, place, here.patientId);
      expect([status, body]).toMatchObject([201, { verdict: 'flagged', severity: 'critical' }]);
      expect(await incident(body.viewId)).toMatchObject({
        ...{ rule: 'recording-not-in-consultation', severity: 'critical', viewerId: here.patientId, recordingId },
        ...{ patientId: here.patientId, consultationId: here.consultationId, contentReleased: true },
      });
    }
    expect(typesOf(await views(here))).toEqual(['RecordingViewed', 'RecordingViewed']);
    const { body } = await send(app, 'GET', '/v1/me/accesses', { as: here.patientId, roles: ['patient'] });
    expect(body.items.map(({ recordingId }: { recordingId: string | null }) => recordingId)).toEqual([null, null]);
    expect(JSON.stringify(body)).not.toContain(there.recordingId);
  });

  it('records a report for a consultation that nobody knows of on the viewer’s stream', async () => {
    const here = await scene(app);
    const viewerId = `viewer-of-${here.patientId}`;
    const nowhere = { ...here, viewsPath: here.viewsPath.replace('/con-', '/con-x') };
    const { status, body } = await witness(app, nowhere, viewerId);
    expect([status, body]).toEqual([201, { viewId: expect.any(String), verdict: 'flagged', severity: 'critical' }]);
    expect(await incident(body.viewId)).toMatchObject({
      ...{ rule: 'view-of-unknown-consultation', severity: 'critical', source: 'witnessed', contentReleased: true },
      ...{ viewerId, patientId: here.patientId, consultationId: here.consultationId.replace('con-', 'con-x') },
    });
    expect(typesOf(await verdictsOn(app, viewerId))).toEqual(['ViewReported']);
    expect(await views(here)).toEqual([]);
    // Nobody but a service gets so far.
    expect((await view(app, nowhere, here.patientId)).status).toBe(404);
  });

  it.each([
    ['known', (place: Scene) => place],
    ['unknown', (place: Scene) => ({ ...place, viewsPath: place.viewsPath.replace('/con-', '/con-x') })],
  ])('is one incident when the same comes twice, in a consultation that is %s', async (_, to) => {
    const place = to(await scene(app));
    const viewerId = `viewer-of-${place.patientId}`;
    const late = { occurredAt: '2026-05-04T10:00:00.000Z' };
    const dated = await Promise.all([late, late].map((more) => witness(app, place, viewerId, more)));
    expect((await witness(app, place, viewerId, late)).body).toEqual(dated[0]?.body);
    expect(dated[1]?.body).toEqual(dated[0]?.body);

    const [first, second] = [await witness(app, place, viewerId), await witness(app, place, viewerId)];
    const flag = { verdict: 'flagged', severity: 'critical' };
    expect(first.body).toEqual({ viewId: first.body.viewId, ...flag });
    expect(second.body).toEqual({ viewId: second.body.viewId, ...flag, breachId: first.body.viewId });
    expect(second.body.viewId).not.toBe(first.body.viewId);

    await incident(first.body.viewId);
    const recordedOn = await Promise.all([views(place), verdictsOn(app, viewerId)]);
    const viewIds = recordedOn
      .flat()
      .filter(({ type }) => type === 'RecordingViewed' || type === 'ViewReported')
      .map(({ data }) => (data as { viewId: string }).viewId);
    expect(viewIds.sort()).toEqual([dated[0]?.body.viewId, first.body.viewId, second.body.viewId].sort());
    await eventually(async () => (await breachesOf(app, place)).length === 2);
  });
});
