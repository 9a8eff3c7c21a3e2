import { Controller, Get } from '@nestjs/common';
import { ROUTE_ROLES, routeRoles } from '../../../src/auth/route-roles.ts';
import { ListPatientConsultations, ListPatientConsultationsHandler } from '../../../src/consultations/queries.ts';
import { type RunningApp, startApp } from '../../support/app.ts';
import { eventually } from '../../support/eventually.ts';
import { append, breachesOf, onCall, scene, send, typesOf, verdictsOn } from '../scene.ts';

/** The list fault of 2020: whoever asks gets the consultations of the victim. */
let victim = '';
class LeakyList extends ListPatientConsultationsHandler {
  override execute({ query, minRevision, patientId }: ListPatientConsultations) {
    return super.execute(new ListPatientConsultations(victim || patientId, query, minRevision));
  }
}

/** New code that nobody thought of when the guard was written. */
let leak: unknown;
@Controller('test-leak/:patientId')
class LeakController {
  @Get()
  leak() {
    return structuredClone(leak);
  }
}

let app: RunningApp;
beforeAll(async () => {
  app = await startApp({
    controllers: [LeakController],
    override: (builder) =>
      builder
        .overrideProvider(ListPatientConsultationsHandler)
        .useClass(LeakyList)
        .overrideProvider(ROUTE_ROLES)
        .useValue({ ...routeRoles, 'GET /test-leak/:patientId': 'anyone' }),
  });
});
afterAll(() => app.close());
afterEach(() => {
  victim = '';
});

const list = (patientId: string) => send(app, 'GET', '/v1/me/consultations', { as: patientId, roles: ['patient'] });

describe('an answer on its way out', () => {
  it('leaves with what belongs to its recipient', async () => {
    const here = await scene(app);
    const { status, body } = await list(here.patientId);
    expect(status).toBe(200);
    expect(body.items).toMatchObject([
      { consultationId: here.consultationId, recordings: [{ recordingId: here.recordingId }] },
    ]);
  });

  it('is stopped when it lists somebody else’s consultations, and on-call hears of it once', async () => {
    const [mine, theirs] = [await scene(app), await scene(app)];
    victim = theirs.patientId;
    for (let i = 0; i < 3; i++) {
      const { status, body } = await list(mine.patientId);
      expect([status, body.code]).toEqual([500, 'egress-violation']);
      expect(JSON.stringify(body)).not.toContain(theirs.consultationId);
      expect(JSON.stringify(body)).not.toContain(theirs.patientId);
    }
    expect(typesOf(await verdictsOn(app, mine.patientId))).toEqual(Array(3).fill('EgressPrevented'));
    const [breach, ...more] = await eventually(async () => {
      const found = await breachesOf(app, theirs);
      return found.length > 0 ? found : undefined;
    });
    expect(more).toEqual([]);
    expect(breach).toMatchObject({
      severity: 'critical',
      rule: 'egress-prevented',
      viewerId: mine.patientId,
      consultationId: theirs.consultationId,
      recordingId: null,
      contentReleased: false,
    });
    expect((await send(app, 'POST', `/v1/breaches/${breach.breachId}/contain`, onCall)).status).toBe(200);
  });

  it('is stopped when a service gets another patient than it asked about', async () => {
    const [mine, theirs] = [await scene(app), await scene(app)];
    const ask = () =>
      send(app, 'GET', `/v1/patients/${mine.patientId}/consultations`, { as: 'portal', roles: ['service'] });
    expect((await ask()).status).toBe(200);
    victim = theirs.patientId;
    expect((await ask()).status).toBe(500);
  });

  it('is looked at wherever it carries a consultation or a recording', async () => {
    const [mine, theirs] = [await scene(app), await scene(app)];
    const ask = async (answer: unknown) => {
      leak = answer;
      const path = `/test-leak/${mine.patientId}`;
      return (await send(app, 'GET', path, { as: mine.patientId, roles: ['patient'] })).status;
    };
    const { patientId, consultationId, recordingId } = mine;
    expect(await ask({ deep: [{ in: { patientId, consultationId } }] })).toBe(200);
    expect(await ask({ consultationId, recordings: [{ recordingId }] })).toBe(200);
    expect(await ask({ deep: [{ in: { patientId: theirs.patientId, consultationId: theirs.consultationId } }] })).toBe(
      500,
    );
    // A stranger's consultation under one's own name, and a stranger's recording in one's own consultation.
    expect(await ask({ patientId, consultationId: theirs.consultationId })).toBe(500);
    expect(await ask({ patientId, consultationId, recordings: [{ recordingId: theirs.recordingId }] })).toBe(500);
    expect(await ask({ consultationId, recordingId: theirs.recordingId })).toBe(500);
    expect(await ask({ nothing: 'of the kind' })).toBe(200);
  });

  it('is stopped for a guest who was removed', async () => {
    const here = await scene(app);
    const guest = { patientId: here.patientId, consultationId: here.consultationId, personId: 'int-9' };
    leak = { consultationId: here.consultationId };
    const ask = async () => (await send(app, 'GET', `/test-leak/${here.patientId}`, { as: 'int-9' })).status;
    expect(await ask()).toBe(500);
    await append(app, here.patientId, { type: 'ParticipantInvited', data: { ...guest, capacity: 'interpreter' } });
    expect(await ask()).toBe(200);
    await append(app, here.patientId, { type: 'ParticipantRemoved', data: guest });
    await eventually(async () => (await ask()) === 500);
  });
});

describe('what a list showed', () => {
  it('is on record once, until it shows something else', async () => {
    const here = await scene(app);
    for (let i = 0; i < 3; i++) await list(here.patientId);
    const listed = async () =>
      (await verdictsOn(app, here.patientId)).filter(({ type }) => type === 'ConsultationsListed');
    expect(await listed()).toMatchObject([
      {
        data: {
          viewerId: here.patientId,
          shown: [{ patientId: here.patientId, consultationId: here.consultationId, recordingIds: [here.recordingId] }],
        },
        metadata: { actor: { id: here.patientId, roles: ['patient'] }, appVersion: expect.any(String) },
      },
    ]);
    await send(app, 'POST', `/v1/patients/${here.patientId}/consultations`, {
      as: here.patientId,
      roles: ['patient'],
      body: {
        clinicianId: here.clinicianId,
        scheduledStart: '2036-07-01T09:00:00Z',
        scheduledEnd: '2036-07-01T09:30:00Z',
        medium: 'video',
      },
    });
    await list(here.patientId);
    await list(here.patientId);
    expect(await listed()).toHaveLength(2);
  });

  it('is on record once for each release of the app that shows it', async () => {
    const here = await scene(app);
    const ask = (release: string) =>
      send(app, 'GET', '/v1/me/consultations', {
        ...{ as: here.patientId, roles: ['patient'] },
        headers: { 'x-client-release': release },
      });
    for (const release of ['7.1.0', '7.1.0', '7.2.0', '7.2.0']) expect((await ask(release)).status).toBe(200);
    const listed = (await verdictsOn(app, here.patientId)).filter(({ type }) => type === 'ConsultationsListed');
    expect(listed.map(({ metadata }) => metadata.clientRelease)).toEqual(['7.1.0', '7.2.0']);
  });

  it('is on record before it leaves, also for many who ask at once', async () => {
    const scenes = await Promise.all(Array.from({ length: 20 }, () => scene(app)));
    await Promise.all(
      scenes.map(async ({ patientId }) => {
        expect((await list(patientId)).status).toBe(200);
        expect(typesOf(await verdictsOn(app, patientId))).toEqual(['ConsultationsListed']);
      }),
    );
  });

  it('is nothing when there was nothing to show', async () => {
    expect((await list('pat-nobody')).body.items).toEqual([]);
    expect(await verdictsOn(app, 'pat-nobody')).toEqual([]);
  });
});
