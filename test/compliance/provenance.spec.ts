import { auditorStreams, mediaStreams } from '../../events/categories.ts';
import { ROLES } from '../../events/values.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { eventsOf, send } from '../access/scene.ts';
import { media } from '../recordings/media.ts';
import { compliance, digestOf, recorded, roomOf, uploadTo } from '../recordings/recorded.ts';
import { type RunningApp, startApp } from '../support/app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const ask = (path: string, as = 'officer-1') => send(app, 'GET', `${path}/provenance`, { as, roles: ['compliance'] });

describe('asking where a recording comes from', () => {
  it('tells its session, who joined it, its hash and what became of it', async () => {
    const held = await recorded(app);
    const bytes = await media('consultation.webm');
    const { status, body } = await ask(held.recordingPath);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ patientId: held.patientId, consultationId: held.consultationId, recordingId: held.recordingId },
      ...{ clinicianId: held.clinicianId, state: 'available', consent: true, uploadedBy: 'video-service' },
      ...{ mediaSessionId: `room-${held.consultationId}`, bytes: bytes.length, contentType: 'video/webm' },
      joined: [
        { personId: held.patientId, capacity: 'patient' },
        { personId: held.clinicianId, capacity: 'clinician' },
      ],
    });
    expect(`sha-256=:${Buffer.from(body.sha256, 'hex').toString('base64')}:`).toBe(digestOf(bytes)['content-digest']);
    await compliance(app, `${held.recordingPath}/quarantine`);
    expect((await ask(held.recordingPath)).body).toMatchObject({ state: 'quarantined', revision: body.revision + 1 });
  });

  it('tells each step from the booking on, and nothing of other recordings of the consultation', async () => {
    const held = await recorded(app);
    const other = await uploadTo(app, held, {
      body: Buffer.concat([await media('consultation.webm'), Buffer.alloc(7)]),
    });
    expect([201, 202]).toContain(other.status);
    await compliance(app, `${held.path}/recordings/${other.body.recordingId}/quarantine`);
    await compliance(app, `${held.recordingPath}/quarantine`);
    await compliance(app, `${held.recordingPath}/release`, { reason: 'checked' });
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await compliance(app, `${held.recordingPath}/reviewers`, { reviewerId: 'oncall-1', reason: 'case-7', until });
    await compliance(app, `${held.recordingPath}/erase`);
    const { steps } = (await ask(held.recordingPath)).body;
    const what = steps.map((step: { what: string }) => step.what);
    expect(what).toEqual([
      ...['booked', 'consent-given', 'joined', 'joined', 'filed'],
      ...['quarantined', 'released', 'reviewer-assigned', 'erased'],
    ]);
    const of = (name: string) => steps.find((step: { what: string }) => step.what === name);
    expect(of('booked')).toMatchObject({ by: held.patientId, appVersion: expect.any(String) });
    expect(of('joined')).toMatchObject({ by: 'video-service', personId: held.patientId, mediaSessionId: roomOf(held) });
    expect(of('filed')).toMatchObject({ by: 'video-service' });
    expect(of('released')).toMatchObject({ by: 'officer-1', reason: 'checked' });
    expect(of('reviewer-assigned')).toMatchObject({ by: 'officer-1', personId: 'oncall-1', reason: 'case-7', until });
    expect(steps.map((step: { at: string }) => step.at)).toEqual(steps.map((step: { at: string }) => step.at).sort());
  });

  it('tells the claim that a recording came by, and of which bucket', async () => {
    const held = await recorded(app);
    const { patientId, consultationId, recordingId } = held;
    const mediaSessionId = roomOf(held);
    const claim = (claimId: string, bucket: string) => ({
      type: 'RecordingClaimed' as const,
      data: {
        ...{ mediaSessionId, claimId, patientId, consultationId, bucket },
        ...{ key: 'egress/1.webm', etag: '"e"', bytes: 10 },
      },
    });
    const settled = (claimId: string, kept: string) => ({
      type: 'RecordingClaimSettled' as const,
      data: { mediaSessionId, claimId, outcome: 'stored' as const, recordingId: kept },
    });
    await app.app
      .get(Ledger)
      .append(
        mediaStreams.of(mediaSessionId),
        'any',
        [
          claim('claim-1', 'egress'),
          claim('claim-2', 'others'),
          settled('claim-1', recordingId),
          settled('claim-2', 'rec-2'),
        ],
        { actor: { id: 'livekit', roles: ['service'] }, requestId: 'claims' },
      );
    const { steps } = (await ask(held.recordingPath)).body;
    const claimed = steps.filter(({ what }: { what: string }) => what === 'claimed');
    expect(claimed).toEqual([expect.objectContaining({ by: 'livekit', bucket: 'egress' })]);
    expect(JSON.stringify(steps)).not.toContain('egress/1.webm');
  });

  it('is on record before it is answered, and the patient sees it', async () => {
    const held = await recorded(app);
    await ask(held.recordingPath, 'officer-9');
    const read = await eventsOf(app, auditorStreams.of('officer-9'));
    expect(read.map(({ type, data }) => [type, (data as { patientIds: string[] }).patientIds])).toEqual([
      ['HistoryRead', [held.patientId]],
    ]);
    const { body } = await send(app, 'GET', '/v1/me/accesses', { as: held.patientId, roles: ['patient'] });
    expect(body.items).toContainEqual(expect.objectContaining({ kind: 'audited', viewerId: 'officer-9' }));
  });

  it('is answered with 404 where there is no such recording, and nothing is on record', async () => {
    const held = await recorded(app);
    const elsewhere = held.recordingPath.replace(held.patientId, 'pat-of-no-one');
    for (const path of [`${held.path}/recordings/no-such-recording`, elsewhere]) {
      const { status, body } = await ask(path, 'officer-8');
      expect([status, body.code]).toEqual([404, 'recording-not-found']);
    }
    expect(await eventsOf(app, auditorStreams.of('officer-8'))).toEqual([]);
  });

  it('is for compliance officers alone', async () => {
    const held = await recorded(app);
    const path = `${held.recordingPath}/provenance`;
    for (const role of ROLES.filter((each) => each !== 'compliance'))
      for (const as of [held.patientId, held.clinicianId, 'other-person'])
        expect((await send(app, 'GET', path, { as, roles: [role] })).status).toBe(403);
    expect((await app.call(path)).status).toBe(401);
    const forged = { authorization: `Bearer ${(await app.token('officer-1', ['compliance'])).slice(0, -3)}AAA` };
    expect((await app.call(path, { headers: forged })).status).toBe(401);
  });
});
