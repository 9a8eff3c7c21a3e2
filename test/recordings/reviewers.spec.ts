import type { Role } from '../../src/request/actor.ts';
import { ContentPermits } from '../../src/second-key/content-permits.ts';
import { append, send } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { opened, patientEvents, type RecordedConsultation, recorded } from './recorded.ts';

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
const officer = { as: 'officer-1', roles: ['compliance'] as const };

describe('a review of a recording', () => {
  let app: RunningApp;
  let held: RecordedConsultation;
  beforeAll(async () => {
    app = await startApp();
  });
  beforeEach(async () => {
    held = await recorded(app);
  });
  afterAll(() => app?.close());

  type Who = { readonly as: string; readonly roles: readonly Role[] };
  const assign = (body: object, who: Who = officer) =>
    send(app, 'POST', `${held.recordingPath}/reviewers`, {
      ...who,
      body: { reviewerId: 'oncall-1', reason: 'case-7', until: inHours(1), ...body },
    });
  const review = (as: string, roles: readonly Role[] = ['on-call'], purpose = 'review') =>
    send(app, 'POST', `${held.recordingPath}/views`, { as, roles, body: { purpose } });
  const contentOf = (contentUrl: string, as: string, roles: readonly Role[] = ['on-call']) =>
    app.call(contentUrl, { as, roles });

  it('is assigned by compliance, goes through both keys, and is in the sight of the patient', async () => {
    const until = inHours(2);
    expect(await assign({ until })).toMatchObject({
      status: 200,
      body: { recordingId: held.recordingId, consultationId: held.consultationId, reviewerId: 'oncall-1', until },
    });
    const view = await review('oncall-1');
    expect(view).toMatchObject({ status: 201, body: { verdict: 'cleared' } });
    expect(view.body.endsAt <= until).toBe(true);
    const content = await contentOf(view.body.contentUrl, 'oncall-1');
    expect([content.status, (await content.arrayBuffer()).byteLength > 0]).toEqual([200, true]);
    const accesses = () => send(app, 'GET', '/v1/me/accesses', { as: held.patientId, roles: ['patient'] });
    const row = await eventually(async () =>
      (await accesses()).body.items.find(
        ({ kind, viewerId }: { kind: string; viewerId: string }) => kind === 'opened' && viewerId === 'oncall-1',
      ),
    );
    expect(row).toMatchObject({ purpose: 'review', reason: expect.stringContaining('assigned to review') });
  });

  it('is no one’s who was not assigned, or comes without the purpose or the role', async () => {
    expect((await review('oncall-1')).status).toBe(404);
    await assign({});
    expect((await review('oncall-2')).status).toBe(404);
    expect((await review('officer-1', ['compliance'])).status).toBe(404);
    expect((await review('oncall-1', ['on-call'], 'operations')).status).toBe(404);
    expect((await review('oncall-1', ['patient'])).status).toBe(404);
    expect((await review('oncall-1', ['clinician'])).status).toBe(404);
    const view = await review('oncall-1');
    expect((await contentOf(view.body.contentUrl, 'oncall-2')).status).toBe(404);
  });

  it('is of the one recording', async () => {
    await assign({});
    const mine = held;
    held = await recorded(app);
    expect((await review('oncall-1')).status).toBe(404);
    held = mine;
    expect((await review('oncall-1')).status).toBe(201);
  });

  it('is assigned by no one to themself, by no other role, and without a token not at all', async () => {
    expect(await assign({ reviewerId: 'officer-1' })).toMatchObject({ status: 403, body: { code: 'own-case' } });
    for (const role of ['patient', 'clinician', 'service', 'on-call'] as const)
      expect((await assign({}, { as: role === 'patient' ? held.patientId : 'someone', roles: [role] })).status).toBe(
        403,
      );
    const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    expect((await app.call(`${held.recordingPath}/reviewers`, asked)).status).toBe(401);
    const forged = { ...asked, headers: { ...asked.headers, authorization: 'Bearer a.b.c' } };
    expect((await app.call(`${held.recordingPath}/reviewers`, forged)).status).toBe(401);
    expect(await patientEvents(app, held.patientId, 'ReviewerAssigned')).toEqual([]);
  });

  it.each([
    ['longer than a day', { until: inHours(25) }],
    ['in the past', { until: inHours(-1) }],
    ['without an end', { until: undefined }],
    ['without a reason', { reason: undefined }],
    ['with a reason in words', { reason: 'because I want to' }],
    ['of a person who is none', { reviewerId: '$all' }],
    ['with a field that it does not have', { purpose: 'emergency' }],
  ])('is not assigned %s', async (_, body) => {
    expect(await assign(body)).toMatchObject({ status: 400, body: { code: 'validation-failed' } });
  });

  it('is not assigned of a recording that is not there', async () => {
    held = { ...held, recordingPath: `${held.path}/recordings/rec-unknown` };
    expect(await assign({})).toMatchObject({ status: 404, body: { code: 'recording-not-found' } });
  });

  it('ends with the assignment: no other view, no further byte, and for the second key no further piece', async () => {
    const until = new Date(Date.now() + 2_500).toISOString();
    await assign({ until });
    const view = await review('oncall-1');
    expect(view.status).toBe(201);
    const { viewId, contentUrl } = view.body;
    const { patientId, consultationId, recordingId } = held;
    const claim = { viewId, viewerId: 'oncall-1', patientId, consultationId, recordingId };
    const authorization = `Bearer ${await app.token('oncall-1', ['on-call'])}`;
    const permit = await app.app.get(ContentPermits).ask(claim, { authorization, url: contentUrl });
    expect(await permit?.holds()).toBe(true);
    await eventually(() => Date.now() > Date.parse(until) || undefined);
    expect(await permit?.holds()).toBe(false);
    expect((await contentOf(contentUrl, 'oncall-1')).status).toBe(410);
    expect((await review('oncall-1')).status).toBe(404);
  });

  describe('that only the first key believes', () => {
    const forged = (reviewerId: string, until = inHours(1)) =>
      append(app, held.patientId, {
        type: 'ReviewerAssigned',
        data: {
          ...{ patientId: held.patientId, consultationId: held.consultationId, recordingId: held.recordingId },
          ...{ reviewerId, reason: 'case-7', until },
        },
      });

    it('is withheld by the second, and becomes a breach: an event that no request of an officer led to', async () => {
      await forged('oncall-9');
      expect(await review('oncall-9')).toMatchObject({ status: 403, body: { code: 'view-withheld' } });
    });
  });

  it('leaves the patient’s own view, and those of people who take part, as they are', async () => {
    await assign({});
    expect((await opened(app, held)).viewId).toBeDefined();
    expect((await opened(app, held, held.clinicianId)).viewId).toBeDefined();
  });
});
