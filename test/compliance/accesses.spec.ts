import type { AuditorEvent } from '../../events/auditor-events.ts';
import type { Recorded } from '../../events/event.ts';
import type { ViewerEvent } from '../../events/viewer-events.ts';
import { type HistoryReading, historyReads } from '../../projections/history-reads.ts';
import { AccessMonitor } from '../../src/access/monitor/monitor.ts';
import { Accesses, foldListing, nothingShown } from '../../src/compliance/accesses/accesses.ts';
import type { AccessRow } from '../../src/compliance/accesses/rows.ts';
import { type StaffDisclosure, toldTo } from '../../src/compliance/accesses/telling.ts';
import type { Role } from '../../src/request/actor.ts';
import { type Answer, append, type Scene, scene, send, view, witness } from '../access/scene.ts';
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
    const who = { at: expect.any(String), patientId, appVersion: expect.any(String), automated: false };
    const here4May = 'your consultation on 4 May 2026';
    const what = { consultationId, recordingId, viewId: expect.any(String) };
    expect(next).toBeNull();
    expect(items).toEqual([
      {
        ...{ kind: 'opened', ...who, ...what, viewerId: 'pat-other', viewerRoles: [], who: 'pat-other' },
        reason: `opened a recording of ${here4May}: it was found not to be theirs to see`,
        ...{ purpose: 'treatment', source: 'witnessed', verdict: 'flagged', severity: 'critical' },
      },
      {
        ...{ kind: 'refused', ...who, ...what, viewerId: 'pat-stranger', viewerRoles: ['patient'] },
        ...{ who: 'pat-stranger', reason: `asked for a recording of ${here4May}, and was refused` },
        ...{ purpose: 'treatment', reasonCode: 'not-a-participant' },
      },
      {
        ...{ kind: 'played', ...who, ...what, viewerId: guest, viewerRoles: ['service'] },
        ...{ who: guest, reason: `specialist in ${here4May}` },
        ...{ bytesServed: 7, ranges: [[0, 6]], outcome: 'cut' },
      },
      {
        ...{ kind: 'opened', ...who, ...what, viewerId: guest, viewerRoles: ['clinician'] },
        ...{ who: guest, reason: `specialist in ${here4May}` },
        ...{ purpose: 'treatment', source: 'mediated', verdict: 'cleared' },
      },
      {
        ...{ kind: 'shown', ...who, viewerId: guest, viewerRoles: ['clinician'] },
        ...{ who: guest, reason: `specialist in ${here4May}` },
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
  const fold = (events: readonly ViewerEvent[]) => recorded('viewer-doc-1', events).reduce(foldListing, nothingShown());
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
    const once = stream.reduce(foldListing, nothingShown());
    const twice = [...stream, ...stream].reduce(foldListing, nothingShown());
    expect(twice).toEqual(once);
  });
});

const ofPatient = (here: Scene, role: Role, query = '', as = `${role}-of-${here.patientId}`): Promise<Answer> =>
  send(app, 'GET', `/v1/patients/${here.patientId}/accesses${query}`, { as, roles: [role] });

describe('reading the accesses of a patient', () => {
  it('is for services and compliance, says the same as to the patient, and is told to the patient', async () => {
    const here = await scene(app);
    await view(app, here, here.clinicianId, { roles: ['clinician'] });
    await view(app, here, here.patientId, { purpose: 'patient-request' });
    const before = (await accesses(here)).items;
    expect(before.map(({ who, reason }: { who: string; reason: string }) => [who, reason])).toEqual([
      ['you', 'yourself'],
      [here.clinicianId, 'booked clinician of your consultation on 4 May 2026'],
    ]);

    const answers = [await ofPatient(here, 'service'), await ofPatient(here, 'compliance')];

    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[0]?.body.items).toEqual(before);
    await eventually(async () => (await accesses(here)).items.length === before.length + 2);
    const { items } = await accesses(here);
    const audited = { kind: 'audited', patientId: here.patientId, reason: 'read who had access to your consultations' };
    expect(items.slice(0, 2)).toEqual([
      expect.objectContaining({ ...audited, viewerId: `compliance-of-${here.patientId}`, automated: false }),
      expect.objectContaining({ ...audited, viewerId: `service-of-${here.patientId}`, automated: true }),
    ]);
    const paged = [];
    let query = '?limit=1';
    for (;;) {
      const page = await accesses(here, query);
      paged.push(...page.items);
      if (page.next === null) break;
      query = `?limit=1&cursor=${page.next}`;
    }
    expect(paged).toEqual(items);
  });

  it('tells of no other patient, whose accesses are read at the same time', async () => {
    const [here, there] = [await scene(app), await scene(app)];
    await view(app, here, here.clinicianId, { roles: ['clinician'] });
    await view(app, there, there.clinicianId, { roles: ['clinician'] });
    const [one, other] = await Promise.all([ofPatient(here, 'compliance'), ofPatient(there, 'compliance')]);
    expect(JSON.stringify(one.body)).not.toContain(there.consultationId);
    expect(JSON.stringify(other.body)).not.toContain(here.consultationId);
    expect([one.body.items.length, other.body.items.length]).toEqual([1, 1]);
  });

  it('is withheld where a bug tells a caller of the readings of another', async () => {
    const [here, there] = [await scene(app), await scene(app)];
    expect((await ofPatient(there, 'compliance')).status).toBe(200);
    await eventually(async () => (await accesses(there)).items.length === 1);
    const faulty = app.app.get(Accesses);
    const told = faulty.told.bind(faulty);
    faulty.told = (_, ...more) => told(there.patientId, ...more);
    try {
      const asked = [
        await send(app, 'GET', '/v1/me/accesses', { as: here.patientId, roles: ['patient'] }),
        await ofPatient(here, 'compliance'),
        await ofPatient(here, 'service'),
      ];
      expect(asked.map(({ body }) => body.code)).toEqual(Array(3).fill('egress-violation'));
      expect(JSON.stringify(asked)).not.toContain(there.patientId);
    } finally {
      faulty.told = told;
    }
  });

  it.each(['patient', 'clinician', 'on-call', 'siem'] as const)(
    'is not for the role %s, whether there is such a patient or not',
    async (role) => {
      const here = await scene(app);
      for (const as of [here.clinicianId, 'person-elsewhere']) {
        const { status, body } = await ofPatient(here, role, '', as);
        const nowhere = await ofPatient({ ...here, patientId: 'pat-nowhere' }, role, '', as);
        expect([status, body.code]).toEqual([404, 'patient-not-found']);
        expect([nowhere.status, nowhere.body.detail]).toEqual([404, body.detail]);
      }
      const own = await ofPatient(here, role, '', here.patientId);
      expect(own.status).toBe(role === 'patient' ? 200 : 404);
    },
  );

  it('is not for callers without a token, or with a forged one', async () => {
    const path = '/v1/patients/pat-1/accesses';
    expect((await app.call(path)).status).toBe(401);
    const token = await app.token('officer-1', ['compliance']);
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`;
    expect((await app.call(path, { headers: { authorization: `Bearer ${forged}` } })).status).toBe(401);
  });

  it('is empty for a patient of whom nothing is known, and refuses what is no id or no cursor', async () => {
    const officer = { as: 'officer-1', roles: ['compliance'] } as const;
    expect((await send(app, 'GET', '/v1/patients/pat-unknown/accesses', officer)).body).toEqual({
      items: [],
      next: null,
    });
    for (const path of ['/v1/patients/a%20b/accesses', '/v1/patients/pat-1/accesses?cursor=abc'])
      expect((await send(app, 'GET', path, officer)).status).toBe(400);
  });
});

describe('reading the accesses of a patient for a person', () => {
  const kinds = ({ items }: { items: { kind: string }[] }) => items.map(({ kind }) => kind);

  /** A patient with two consultations, the first of which has a guardian; a list that showed both, and a look at each. */
  const family = async () => {
    const here = await scene(app);
    const { patientId } = here;
    const [guardianId, privateId] = [`gua-${patientId}`, `con-private-${patientId}`];
    await append(app, patientId, {
      type: 'ConsultationBooked',
      data: {
        ...{ patientId, consultationId: privateId, clinicianId: here.clinicianId, medium: 'video' },
        ...{ scheduledStart: '2026-05-05T09:00:00.000Z', scheduledEnd: '2026-05-05T09:30:00.000Z' },
      },
    });
    const asPatient = { as: patientId, roles: ['patient'] } as const;
    const consultations = `/v1/patients/${patientId}/consultations`;
    const participants = (consultationId: string) => `${consultations}/${consultationId}/participants`;
    const invite = async (consultationId: string, personId: string, capacity: string) => {
      const ask = { ...asPatient, body: { personId, capacity } };
      expect((await send(app, 'POST', participants(consultationId), ask)).status).toBe(200);
    };
    await invite(here.consultationId, guardianId, 'guardian');
    const specialist = `spe-${patientId}`;
    for (const consultationId of [here.consultationId, privateId])
      await invite(consultationId, specialist, 'specialist');
    await send(app, 'GET', '/v1/me/consultations', { as: specialist, roles: ['clinician'] });
    await append(app, patientId, {
      type: 'RecordingViewRefused',
      data: {
        ...{ patientId, consultationId: privateId, recordingId: 'rec-of-it', viewId: `view-${patientId}` },
        ...{ viewerId: 'person-elsewhere', viewerRoles: ['patient'], purpose: 'treatment' },
        reasonCode: 'not-a-participant',
      },
    });
    await view(app, here, here.clinicianId, { roles: ['clinician'] });
    const removal = () => send(app, 'DELETE', `${participants(here.consultationId)}/${guardianId}`, asPatient);
    return { here, guardianId, privateId, removal };
  };

  it('tells a guardian of the consultations they are one in, by their own token and through a service', async () => {
    const { here, guardianId, privateId } = await family();
    const own = await ofPatient(here, 'patient', '?limit=2', guardianId);
    const served = await ofPatient(here, 'service', `?limit=2&onBehalfOf=${guardianId}`);
    expect([own.status, served.status]).toEqual([200, 200]);
    expect(kinds(own.body)).toEqual(['opened', 'shown']);
    expect(served.body.items).toEqual(own.body.items);
    expect(JSON.stringify(own.body)).toContain(here.consultationId);
    expect(JSON.stringify(own.body)).not.toContain(privateId);
    expect(kinds(await accesses(here))).toContain('refused');
  });

  it('is on record, and the patient reads for whom', async () => {
    const { here, guardianId } = await family();
    await ofPatient(here, 'service', `?onBehalfOf=${guardianId}`);
    await ofPatient(here, 'service', `?onBehalfOf=${here.patientId}`);
    await ofPatient(here, 'patient', '', guardianId);
    const audited = async (): Promise<Record<string, unknown>[]> =>
      (await accesses(here)).items.filter(({ kind }: { kind: string }) => kind === 'audited');
    await eventually(async () => (await audited()).length === 3);
    const serviceId = `service-of-${here.patientId}`;
    expect((await audited()).map(({ viewerId, onBehalfOf, reason }) => [viewerId, onBehalfOf, reason])).toEqual([
      [guardianId, undefined, 'read who had access to your consultations'],
      [serviceId, here.patientId, 'read, for you, who had access to your consultations'],
      [serviceId, guardianId, `read, for ${guardianId}, who had access to your consultations`],
    ]);
    expect(kinds((await ofPatient(here, 'service', `?onBehalfOf=${here.patientId}`)).body)).toContain('audited');
    expect(kinds((await ofPatient(here, 'patient', '', guardianId)).body)).not.toContain('audited');
  });

  it('ends with the guardianship', async () => {
    const { here, guardianId, removal } = await family();
    expect((await removal()).status).toBe(200);
    expect(await ofPatient(here, 'patient', '', guardianId)).toMatchObject({ status: 404 });
    const served = await ofPatient(here, 'service', `?onBehalfOf=${guardianId}`);
    expect([served.status, served.body.code]).toEqual([403, 'forbidden']);
  });

  it('is for a guardian who was invited after the consultation, too', async () => {
    const here = await scene(app);
    const { patientId, consultationId } = here;
    await append(app, patientId, { type: 'ConsultationCompleted', data: { patientId, consultationId } });
    const late = `late-${patientId}`;
    const invite = (capacity: string) =>
      send(app, 'POST', `/v1/patients/${patientId}/consultations/${consultationId}/participants`, {
        ...{ as: patientId, roles: ['patient'], body: { personId: late, capacity } },
      });
    expect(await invite('observer')).toMatchObject({ status: 409, body: { code: 'consultation-closed' } });
    expect(await invite('guardian')).toMatchObject({ status: 200 });
    expect((await ofPatient(here, 'patient', '', late)).status).toBe(200);
    expect((await view(app, here, late)).body.verdict).toBe('cleared');
  });

  it('is refused for persons whom the patient has not asked, and to all but services', async () => {
    const { here, guardianId } = await family();
    const asked = [
      await ofPatient(here, 'service', `?onBehalfOf=${here.clinicianId}`),
      await ofPatient(here, 'service', '?onBehalfOf=person-elsewhere'),
      await ofPatient(here, 'compliance', `?onBehalfOf=${guardianId}`),
      await ofPatient(here, 'patient', `?onBehalfOf=${here.patientId}`, guardianId),
    ];
    expect(asked.map(({ status, body }) => [status, body.code])).toEqual(Array(4).fill([403, 'forbidden']));
    for (const query of ['?onBehalfOf=', '?onBehalfOf=a%20b', `?onBehalfOf=${guardianId}&onBehalfOf=other`])
      expect((await ofPatient(here, 'service', query)).status).toBe(400);
  });

  it('is withheld where a bug tells a guardian of the whole', async () => {
    const { here, guardianId, privateId } = await family();
    const faulty = app.app.get(Accesses);
    const told = faulty.told.bind(faulty);
    faulty.told = (patientId, asked) => told(patientId, asked);
    try {
      const asked = [
        await ofPatient(here, 'patient', '', guardianId),
        await ofPatient(here, 'service', `?onBehalfOf=${guardianId}`),
      ];
      expect(asked.map(({ body }) => body.code)).toEqual(Array(2).fill('egress-violation'));
      expect(JSON.stringify(asked)).not.toContain(privateId);
    } finally {
      faulty.told = told;
    }
  });
});

describe('how staff are called', () => {
  const row = (patientId: string, viewerId: string, viewerRoles: readonly string[]): AccessRow => ({
    ...{ kind: 'audited', at: '2036-05-03T09:00:00.000Z', patientId, viewerId, viewerRoles, appVersion: '1.0.0' },
  });
  const secret = 'a secret of thirty-two characters';
  const told = (by: StaffDisclosure['by'], one: AccessRow, isNamed = false) =>
    toldTo(one, { ids: [one.patientId], ledger: undefined }, { by, secret }, isNamed);

  it('is by role, without their id', () => {
    const one = told('role', row('pat-1', 'doc-1', ['clinician']));
    expect(one).toMatchObject({ who: 'clinician' });
    expect(JSON.stringify(one)).not.toContain('doc-1');
  });

  it('is by a pseudonym that is the same in one patient’s list, and another in another’s', () => {
    const of = (patientId: string, viewerId: string) => told('pseudonym', row(patientId, viewerId, ['clinician']));
    const one = of('pat-1', 'doc-1');
    expect(one.who).toMatch(/^clinician [0-9a-f]{10}$/);
    expect(of('pat-1', 'doc-1').who).toBe(one.who);
    expect(of('pat-1', 'doc-2').who).not.toBe(one.who);
    expect(of('pat-2', 'doc-1').who).not.toBe(one.who);
    expect(JSON.stringify(one)).not.toContain('doc-1');
  });

  it('is by id for compliance, and always for oneself', () => {
    expect(told('role', row('pat-1', 'doc-1', ['clinician']), true)).toMatchObject({ viewerId: 'doc-1', who: 'doc-1' });
    expect(told('role', row('pat-1', 'pat-1', ['patient']))).toMatchObject({ viewerId: 'pat-1', who: 'you' });
  });

  it('is by role on an instance that is set to it, for patients and services', async () => {
    const other = await startApp({ env: { STAFF_DISCLOSURE: 'role' } });
    const here = await scene(other);
    await view(other, here, here.clinicianId, { roles: ['clinician'] });
    const ask = (path: string, as: string, role: Role) => send(other, 'GET', path, { as, roles: [role] });
    const path = `/v1/patients/${here.patientId}/accesses`;
    const answers = [await ask('/v1/me/accesses', here.patientId, 'patient'), await ask(path, 'portal', 'service')];
    for (const { body } of answers) {
      expect(body.items).toEqual([expect.objectContaining({ kind: 'opened', who: 'clinician' })]);
      expect(JSON.stringify(body)).not.toContain(here.clinicianId);
    }
    expect((await ask(path, 'officer-1', 'compliance')).body.items).toContainEqual(
      expect.objectContaining({ kind: 'opened', viewerId: here.clinicianId }),
    );
    await other.close();
  });
});

describe('the readings of a patient’s history', () => {
  const read = (...patientIds: string[]): AuditorEvent => ({
    type: 'HistoryRead',
    data: {
      ...{ auditorId: 'officer-1', readId: 'read-1', question: 'a'.repeat(64), asOf: 1, format: 'json', rows: 1 },
      patientIds,
    },
  });

  it('are one for each event, also where an event comes again', () => {
    const events = recorded('auditor-officer-1', [read('pat-1', 'pat-2'), read('pat-1')]).map(
      (event): Recorded<AuditorEvent> => ({ ...event, position: 1n, recordedAt: '2036-05-03T09:00:00.000Z' }),
    );
    expect(events.map(historyReads.keysOf)).toEqual([['pat-1', 'pat-2'], ['pat-1']]);
    const fold = (all: typeof events) =>
      all.reduce<readonly HistoryReading[]>((view, event) => historyReads.evolve(view, event, 'pat-1') ?? [], []);
    expect(fold(events).map(({ eventId }) => eventId)).toEqual(events.map(({ id }) => id));
    expect(fold([...events, ...events])).toEqual(fold(events));
  });
});
