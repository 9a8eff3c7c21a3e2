import { contentStreams } from '../../events/categories.ts';
import { eventsOf, onCall, send } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { freshMedia, sha256Of } from './media.ts';
import { ask, type Consultation, compliance, consultation, patientEvents, uploadTo } from './recorded.ts';

describe('the same bytes with two patients', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp({ env: { RECORDING_SAME_BYTES: '' } });
  });
  afterAll(() => app.close());

  const kept = { status: 201, body: { state: 'available' } };
  const held = { status: 202, body: { state: 'quarantined' } };
  const pathOf = ({ path }: Consultation, { body }: { body: Record<string, string> }) =>
    `${path}/recordings/${body.recordingId}`;

  it('are kept from all viewers where they are filed later, and on-call is told', async () => {
    const body = await freshMedia();
    const [first, second] = [await consultation(app), await consultation(app)];
    const right = await uploadTo(app, first, { body });
    const wrong = await uploadTo(app, second, { body });
    expect([right, wrong]).toMatchObject([kept, held]);
    const recordingId = String(wrong.body.recordingId);
    expect(await patientEvents(app, second.patientId, 'RecordingQuarantined')).toMatchObject([
      { recordingId, reason: 'same-bytes' },
    ]);
    expect(await patientEvents(app, first.patientId, 'RecordingQuarantined')).toEqual([]);

    const viewed = (here: Consultation, answer: typeof wrong, role: 'patient' | 'clinician') =>
      ask(
        app,
        { ...here, recordingId: String(answer.body.recordingId), recordingPath: pathOf(here, answer) },
        role === 'patient' ? here.patientId : here.clinicianId,
        role,
      );
    expect(await viewed(first, right, 'patient')).toMatchObject({ status: 201 });
    for (const role of ['patient', 'clinician'] as const)
      expect(await viewed(second, wrong, role)).toMatchObject({ status: 423, body: { code: 'recording-quarantined' } });
    await eventually(async () => {
      const { status, body: breach } = await send(app, 'GET', `/v1/breaches/${recordingId}`, onCall);
      return status === 200 && breach.rule === 'recording-same-bytes' && breach.severity === 'review';
    });
    // What the patients are told names neither to the other.
    const told = await send(app, 'GET', second.path, { as: second.patientId, roles: ['patient'] });
    expect(JSON.stringify(told.body)).not.toContain(first.patientId);

    expect((await compliance(app, `${pathOf(second, wrong)}/release`)).status).toBe(200);
    expect(await viewed(second, wrong, 'patient')).toMatchObject({ status: 201 });
  });

  it('are available with one of them however many are filed at once, on record with each', async () => {
    const body = await freshMedia();
    const here = await Promise.all(Array.from({ length: 4 }, () => consultation(app)));
    const answers = await Promise.all(here.map((one) => uploadTo(app, one, { body })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 202, 202, 202]);
    const filed = (await eventsOf(app, contentStreams.of(sha256Of(body)))).map(({ data }) => data);
    expect(filed).toHaveLength(4);
    expect(new Set(filed.map(({ patientId }) => patientId))).toEqual(new Set(here.map(({ patientId }) => patientId)));
  });

  it('are one recording where the recorder tries again, before and after another patient got them', async () => {
    const body = await freshMedia();
    const [first, second] = [await consultation(app), await consultation(app)];
    const stored = await uploadTo(app, first, { body });
    expect(await uploadTo(app, first, { body })).toMatchObject({ body: { recordingId: stored.body.recordingId } });
    const wrong = await uploadTo(app, second, { body });
    expect(wrong).toMatchObject(held);
    expect(await uploadTo(app, first, { body })).toMatchObject({
      ...kept,
      body: { recordingId: stored.body.recordingId },
    });
    expect(await uploadTo(app, second, { body })).toMatchObject({
      ...held,
      body: { recordingId: wrong.body.recordingId },
    });
  });

  it('are available with the right patient once they are erased with the wrong one, and no third gets them', async () => {
    const body = await freshMedia();
    const [wrong, right, third] = [await consultation(app), await consultation(app), await consultation(app)];
    const misfiled = await uploadTo(app, wrong, { body });
    expect((await compliance(app, `${pathOf(wrong, misfiled)}/erase`)).status).toBe(200);
    expect(await uploadTo(app, right, { body })).toMatchObject(kept);
    expect(await uploadTo(app, third, { body })).toMatchObject(held);
    // Nor the first again.
    expect(await uploadTo(app, wrong, { body })).toMatchObject(held);
  });

  it('are nobody else’s under two ids of one patient', async () => {
    const body = await freshMedia();
    const [old, now] = [await consultation(app), await consultation(app)];
    await uploadTo(app, old, { body });
    const merged = await send(app, 'POST', `/v1/patients/${old.patientId}/merge`, {
      ...{ as: 'officer-1', roles: ['compliance'] as const },
      body: { survivingPatientId: now.patientId },
    });
    expect(merged.status).toBe(200);
    expect(await uploadTo(app, now, { body })).toMatchObject(kept);
  });

  it('are kept without a look where samples are uploaded for many patients', async () => {
    const lax = await startApp({ env: { RECORDING_SAME_BYTES: 'keep' } });
    try {
      const body = await freshMedia();
      for (const here of [await consultation(lax), await consultation(lax)])
        expect(await uploadTo(lax, here, { body })).toMatchObject(kept);
      expect(await eventsOf(lax, contentStreams.of(sha256Of(body)))).toEqual([]);
    } finally {
      await lax.close();
    }
  });
});
