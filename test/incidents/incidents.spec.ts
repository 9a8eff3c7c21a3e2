import { randomUUID } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import { incidentStreams } from '../../events/categories.ts';
import { IncidentBoard } from '../../src/incidents/board.ts';
import type { Role } from '../../src/request/actor.ts';
import { eventsOf, onCall, type Scene, scene, send, typesOf, view, witness } from '../access/scene.ts';
import { policyFile } from '../paging/paged.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

type Incident = {
  incidentId: string;
  status: string;
  kind: string;
  severity: string;
  breaches: number;
  viewers: number;
  people: number;
};

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const list = async (query = 'status=all', from = app): Promise<Incident[]> =>
  (await send(from, 'GET', `/v1/incidents?limit=100&${query}`, onCall)).body.items;
const read = async (incidentId: string, from = app) =>
  (await send(from, 'GET', `/v1/incidents/${incidentId}`, onCall)).body;
const act = (incidentId: string, step: string, body?: object, as: { as: string; roles: readonly Role[] } = onCall) =>
  send(app, 'POST', `/v1/incidents/${incidentId}/${step}`, { ...as, ...(body && { body }) });
const eventsIn = (incidentId: string, from = app) => eventsOf(from, incidentStreams.of(incidentId));
const incidentOf = async (breachId: string, from = app): Promise<string> => {
  const found = () => from.app.get(IncidentBoard).incidentOf(breachId);
  await eventually(() => found() !== undefined);
  return found() as string;
};

/** A viewer of this test alone, flagged so many times. */
const flagged = async (times = 1, viewerId = `pat-${randomUUID().slice(0, 8)}`, from = app) => {
  const breaches: { breachId: string; here: Scene }[] = [];
  for (let i = 0; i < times; i++) {
    const here = await scene(from);
    const { body } = await witness(from, here, viewerId);
    breaches.push({ breachId: body.viewId, here });
  }
  const [first] = breaches as [{ breachId: string; here: Scene }];
  const incidentId = await incidentOf(first.breachId, from);
  await eventually(async () => (await read(incidentId, from)).breaches === times);
  return { incidentId, viewerId, breaches, ...first };
};

const clean = { handled: { resolution: 'explained' } };

/** Three viewers of the same release would become one incident: each test leaves none open behind it. */
const settled = async (incidentId: string) => expect((await act(incidentId, 'close', clean.handled)).status).toBe(200);

describe('an incident', () => {
  it('groups the breaches of a viewer, with every field of the contract', async () => {
    const { incidentId, viewerId } = await flagged(3);
    expect(await read(incidentId)).toEqual({
      ...{ incidentId, status: 'new', severity: 'critical', kind: 'viewer', key: `viewer:${viewerId}` },
      ...{ openedAt: expect.any(String), breaches: 3, people: 3, viewers: 1, bytesServed: null },
      ...{ releases: [expect.any(String)], rules: ['viewer-not-participant'], escalations: expect.any(Number) },
      clocksRanOut: [],
      clocks: expect.arrayContaining([expect.objectContaining({ clock: 'gdpr-33', status: 'running' })]),
      timeline: expect.arrayContaining([
        expect.objectContaining({ type: 'IncidentOpened', actor: { id: 'incident-grouper', roles: [] } }),
      ]),
    });
    expect((await list('status=open')).map((one) => one.incidentId)).toContain(incidentId);
    expect((await list('status=open&severity=review')).map((one) => one.incidentId)).not.toContain(incidentId);
    await settled(incidentId);
  });

  it('is told with its clocks of the law, and each of its breaches with how it stands', async () => {
    const { incidentId, breaches } = await flagged(2);
    const { body } = await send(app, 'GET', `/v1/incidents/${incidentId}`, onCall);
    const [first] = body.clocks.filter(({ clock }: { clock: string }) => clock === 'gdpr-33');
    expect(first).toMatchObject({ status: 'running', basis: 'first-critical-flag' });
    expect(Date.parse(first.dueAt) - Date.parse(first.startedAt)).toBe(72 * 3_600_000);
    const listed = await send(app, 'GET', `/v1/incidents/${incidentId}/breaches?limit=100`, onCall);
    for (const { breachId } of breaches) {
      const own = await send(app, 'GET', `/v1/breaches/${breachId}`, onCall);
      const { status, flaggedAt, viewedAt, consultationId, purpose, contentReleased, bytesServed } = own.body;
      expect(listed.body.items).toContainEqual(
        expect.objectContaining({
          ...{ breachId, status, flaggedAt, viewedAt, consultationId, purpose, contentReleased, bytesServed },
        }),
      );
    }
    await settled(incidentId);
  });

  it('walks from new to closed, and ends its breaches with their resolutions', async () => {
    const { incidentId, breaches } = await flagged(3);
    const statuses: string[] = [];
    const step = async (name: string, body?: object) => {
      const answer = await act(incidentId, name, body);
      expect([answer.status, answer.headers.get('etag') !== null || name === 'contain']).toEqual([200, true]);
      statuses.push((await read(incidentId)).status);
    };
    await step('acknowledge');
    await step('assign', { assigneeId: 'oncall-2' });
    await step('note', { code: 'called-clinic', text: 'the clinic was called' });
    await step('contain', { scope: 'views' });
    await step('assess', {
      risk: 'risk',
      factors: { nature: 'high', recipient: 'low', acquired: 'low', mitigation: 'low' },
    });
    await step('declare-awareness', {
      awareAt: new Date(Date.now() - 1_000).toISOString(),
      basis: 'first-critical-flag',
    });
    await step('notify', { who: 'authority', authority: 'cnil', phase: 'initial', reference: 'CNIL-1' });
    await step('notify', { who: 'people', count: 3 });
    const excepted = breaches[1] as { breachId: string };
    await step('close', {
      resolution: 'confirmed',
      except: [{ breachId: excepted.breachId, resolution: 'false-positive' }],
    });
    expect(statuses).toEqual([
      ...['acknowledged', 'investigating', 'investigating', 'contained', 'contained'],
      ...['notifying', 'notifying', 'notifying', 'closed'],
    ]);
    for (const { breachId } of breaches) {
      const { body } = await send(app, 'GET', `/v1/breaches/${breachId}`, onCall);
      expect(body).toMatchObject({
        status: 'closed',
        resolution: breachId === excepted.breachId ? 'dismissed' : 'handled',
      });
    }
    expect((await act(incidentId, 'note', { code: 'late' })).body).toMatchObject({
      status: 409,
      code: 'incident-closed',
    });
    await step('reopen', { reason: 'new-evidence' });
    expect(statuses.at(-1)).toBe('investigating');
    await settled(incidentId);
  });

  it('takes each step once: again, or with the same key, it changes nothing', async () => {
    const { incidentId } = await flagged();
    await act(incidentId, 'acknowledge');
    const { length } = await eventsIn(incidentId);
    await act(incidentId, 'acknowledge', undefined, { as: 'oncall-2', roles: ['on-call'] });
    const noted = { ...onCall, body: { code: 'seen' }, headers: { 'idempotency-key': randomUUID() } };
    await send(app, 'POST', `/v1/incidents/${incidentId}/note`, noted);
    await send(app, 'POST', `/v1/incidents/${incidentId}/note`, noted);
    const types = typesOf(await eventsIn(incidentId)).slice(length);
    expect(types.filter((type) => !type.startsWith('Page'))).toEqual(['NoteAdded']);
    expect((await read(incidentId)).acknowledgedBy).toBe('oncall-1');
    await settled(incidentId);
  });

  it('is not confirmed and closed before it is contained, nor closed as a drill', async () => {
    const { incidentId } = await flagged();
    expect((await act(incidentId, 'close', { resolution: 'confirmed' })).body.code).toBe('containment-needed');
    expect((await act(incidentId, 'close', { resolution: 'drill' })).body.code).toBe('incident-change-refused');
    expect((await read(incidentId)).status).toBe('new');
    await settled(incidentId);
  });

  it('begins anew where its viewer is flagged after it was closed', async () => {
    const { incidentId, viewerId } = await flagged();
    await settled(incidentId);
    const again = await flagged(1, viewerId);
    expect(again.incidentId).not.toBe(incidentId);
    await settled(again.incidentId);
  });

  it('is handled by people it is not about', async () => {
    const { incidentId, viewerId, here } = await flagged();
    for (const as of [viewerId, here.patientId]) {
      const own = { as, roles: ['on-call'] } as const;
      for (const step of ['acknowledge', 'contain']) {
        const body = step === 'contain' ? { scope: 'views' } : undefined;
        expect((await act(incidentId, step, body, own)).body).toMatchObject({ status: 403, code: 'own-case' });
      }
      expect((await send(app, 'GET', `/v1/incidents/${incidentId}`, own)).status).toBe(403);
      expect((await send(app, 'GET', `/v1/incidents/${incidentId}/breaches`, own)).status).toBe(403);
    }
    expect((await act(incidentId, 'assign', { assigneeId: viewerId })).body.code).toBe('incident-change-refused');
    await settled(incidentId);
  });

  it('refuses what is not its own, and tells of none that is not there', async () => {
    const { incidentId } = await flagged();
    const refused = [
      ['assign', {}],
      ['note', { code: 'has spaces' }],
      ['note', { code: 'ok', text: 'x'.repeat(501) }],
      ['contain', { scope: 'everything' }],
      ['split', { breachIds: [] }],
      ['close', { resolution: 'handled' }],
      ['declare-awareness', { awareAt: 'yesterday', basis: 'x' }],
      ['notify', { who: 'press' }],
      ['assess', { risk: 'some' }],
    ] as const;
    for (const [step, body] of refused) expect([step, (await act(incidentId, step, body)).status]).toEqual([step, 400]);
    const later = { awareAt: new Date(Date.now() + 3_600_000).toISOString(), basis: 'slip' };
    expect((await act(incidentId, 'declare-awareness', later)).body.code).toBe('incident-change-refused');
    expect((await act('inc-unknown', 'acknowledge')).body).toMatchObject({ status: 404, code: 'incident-not-found' });
    expect((await act(incidentId, 'merge', { into: 'inc-unknown' })).status).toBe(404);
    expect((await act(incidentId, 'split', { breachIds: ['none'] })).body.code).toBe('incident-change-refused');
    await settled(incidentId);
  });
});

describe('by hand', () => {
  it('incidents are merged: all breaches are in one, and the other ends', async () => {
    const [one, other] = [await flagged(2), await flagged(1)];
    expect((await act(one.incidentId, 'merge', { into: one.incidentId })).body.code).toBe('incident-change-refused');
    for (let again = 0; again < 2; again++) {
      const { status, body } = await act(other.incidentId, 'merge', { into: one.incidentId });
      expect([status, body]).toEqual([200, expect.objectContaining({ breaches: 3, viewers: 2, people: 3 })]);
    }
    expect(await read(other.incidentId)).toMatchObject({ status: 'merged', mergedInto: one.incidentId });
    const listed = await send(app, 'GET', `/v1/incidents/${one.incidentId}/breaches?limit=100`, onCall);
    expect(listed.body.items).toHaveLength(3);
    // What its viewer does next is part of the one that it was merged into.
    await witness(app, await scene(app), other.viewerId);
    await eventually(async () => (await read(one.incidentId)).breaches === 4);
    await settled(one.incidentId);
  });

  it('breaches are split off into an incident of their own, for which no page goes out', async () => {
    const { incidentId, breaches } = await flagged(3);
    const first = breaches[0] as { breachId: string };
    const { body } = await act(incidentId, 'split', { breachIds: [first.breachId] });
    expect(body).toMatchObject({ status: 'acknowledged', breaches: 1, viewers: 1, splitFrom: incidentId });
    expect((await act(incidentId, 'split', { breachIds: [first.breachId] })).body.incidentId).toBe(body.incidentId);
    expect(await read(incidentId)).toMatchObject({ breaches: 2, viewers: 1, people: 2 });
    const rest = breaches.slice(1).map(({ breachId }) => breachId);
    expect((await act(incidentId, 'split', { breachIds: rest })).body.code).toBe('incident-change-refused');
    await settled(incidentId);
    await settled(body.incidentId);
  });
});

describe('containment', () => {
  const revoked = async ({ here, breachId, viewerId }: { here: Scene; breachId: string; viewerId: string }) => {
    const { status } = await send(app, 'POST', `/v1/views/${breachId}/revoke`, {
      ...onCall,
      body: { viewerId, reason: 'x' },
    });
    return [status, here.patientId];
  };

  it('says what it will stop, stops nothing, and then stops just that', async () => {
    const viewerId = `doc-${randomUUID().slice(0, 8)}`;
    const here = await scene(app);
    const reason = 'the patient collapsed';
    const emergency = { roles: ['clinician'], purpose: 'emergency', reason } as const;
    const { body: opened } = await view(app, here, viewerId, emergency);
    const incidentId = await incidentOf(opened.viewId);
    const content = () =>
      send(app, 'GET', `/v1/views/${opened.viewId}/content`, { as: viewerId, roles: ['clinician'] });
    const preview = await act(incidentId, 'contain', { scope: 'viewer', preview: true });
    const stopped = { views: 1, transfers: 0, viewers: [viewerId], recordings: [], releases: [] };
    expect(preview.body).toEqual({
      preview: true,
      stopped: { ...stopped, summary: 'revokes 1 view, suspends 1 viewer' },
    });
    expect((await read(incidentId)).status).toBe('new');
    const { body } = await act(incidentId, 'contain', { scope: 'viewer', reason: 'snooping' });
    expect(body.stopped).toEqual(preview.body.stopped);
    expect(body.incident).toMatchObject({ status: 'contained', containedAt: expect.any(String) });
    expect((await content()).status).toBe(410);
    expect((await view(app, here, viewerId, emergency)).status).not.toBe(201);
    const again = await act(incidentId, 'contain', { scope: 'viewer' });
    expect(again.body.stopped).toMatchObject({
      views: 0,
      viewers: [],
      summary: expect.stringMatching(/^stops nothing/),
    });
    await settled(incidentId);
  });

  it('quarantines the recordings of an incident', async () => {
    const flaggedHere = await flagged();
    const { incidentId, here } = flaggedHere;
    const { body } = await act(incidentId, 'contain', { scope: 'recording' });
    expect(body.stopped).toMatchObject({ recordings: [here.recordingId], viewers: [], releases: [] });
    expect((await view(app, here, here.patientId)).status).toBe(423);
    expect((await revoked(flaggedHere))[0]).toBe(200);
    await settled(incidentId);
  });
});

describe('a release', () => {
  it('that shows recordings to strangers is one incident, and can be halted', async () => {
    // The policy of paging would halt it first.
    const policy = await policyFile('autoContainment: null');
    const own = await startApp({ env: { APP_VERSION: '1.4.2', ESCALATION_POLICY: policy } });
    const sockets: Socket[] = [];
    try {
      const heard: Record<string, Incident[]> = { opened: [], updated: [] };
      const socket = io(`${own.url}/on-call`, {
        auth: { token: await own.token('oncall-1', ['on-call']) },
        ...{ transports: ['websocket'], reconnection: false, forceNew: true },
      });
      sockets.push(socket);
      const open = new Promise<Incident[]>((resolve) => socket.on('incident.open', resolve));
      socket.on('incident.opened', (incident: Incident) => heard.opened?.push(incident));
      socket.on('incident.updated', (incident: Incident) => heard.updated?.push(incident));
      expect(await open).toEqual([]);
      const here = await scene(own);
      const views = Array.from({ length: 50 }, (_, i) => witness(own, here, `stranger-${i}`));
      await Promise.all(views);
      // One more than were flagged for a view: a rule says that so many look at one patient.
      const whole = async () => (await list('status=open', own)).filter(({ breaches }) => breaches === 51);
      await eventually(async () => (await whole()).length === 1, 20_000);
      const [incident] = (await whole()) as [Incident];
      expect(await list('status=open', own)).toHaveLength(1);
      expect(incident).toMatchObject({ kind: 'release', viewers: 50, people: 1, releases: ['1.4.2'] });
      await eventually(() => heard.updated?.at(-1)?.incidentId === incident.incidentId);
      expect(heard.opened?.map(({ incidentId }) => incidentId)).toContain(incident.incidentId);

      const contained = await send(own, 'POST', `/v1/incidents/${incident.incidentId}/contain`, {
        ...onCall,
        body: { scope: 'release' },
      });
      expect(contained.body.stopped).toMatchObject({ releases: ['1.4.2'], summary: 'halts release 1.4.2' });
      expect((await send(own, 'GET', '/v1/playback', onCall)).body).toEqual({ halted: false, releases: ['1.4.2'] });
      expect((await view(own, here, here.patientId)).body.code).toBe('playback-halted');
      const resume = { ...onCall, body: { release: '1.4.2', reason: 'mended' } };
      expect((await send(own, 'POST', '/v1/playback/resume', resume)).body).toEqual({ halted: false, releases: [] });
      expect((await view(own, here, here.patientId)).status).toBe(201);
    } finally {
      for (const socket of sockets) socket.disconnect();
      await own.close();
    }
  }, 60_000);

  it('is halted where it runs, and nowhere else', async () => {
    const here = await scene(app);
    const halt = { ...onCall, body: { release: '0.0.1', reason: 'drill' } };
    expect((await send(app, 'POST', '/v1/playback/halt', halt)).body).toEqual({ halted: false, releases: ['0.0.1'] });
    expect((await view(app, here, here.patientId)).status).toBe(201);
    await send(app, 'POST', '/v1/playback/resume', halt);
  });
});
