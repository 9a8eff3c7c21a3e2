import { hash, randomBytes, randomUUID } from 'node:crypto';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patientStreams } from '../../events/categories.ts';
import { Clock } from '../../src/clock.ts';
import { Erasing } from '../../src/erasure/erasing.ts';
import { backUp, restoreInto } from '../../src/keys/backup.ts';
import { KeyFile } from '../../src/keys/key-file.ts';
import { subjectOf } from '../../src/keys/key-rows.ts';
import { RecordingStoreUnavailable } from '../../src/recordings/errors.ts';
import type { Role } from '../../src/request/actor.ts';
import { eventsOf, send, typesOf } from '../access/scene.ts';
import { filesUnder } from '../recordings/files-under.ts';
import { media } from '../recordings/media.ts';
import {
  ask,
  heldPlayer,
  keysIn,
  opened,
  patientEvents,
  type RecordedConsultation,
  recorded,
  storeOf,
  uploadTo,
} from '../recordings/recorded.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { approved, approves, asks, certificateFrom, erased, erasureTypes, requested, statusOf } from './erased.ts';

const get = (app: RunningApp, url: string, as: string, role: Role = 'patient') => app.call(url, { as, roles: [role] });
const objectsOf = async (app: RunningApp, { patientId }: { patientId: string }) =>
  (await keysIn(app)).filter((key) => key.startsWith(`patient-${patientId}/`));
const again = async (app: RunningApp, held: RecordedConsultation) =>
  uploadTo(app, held, { body: Buffer.concat([await media('consultation.webm'), randomBytes(64)]) });

describe('erasing a patient', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp({ env: { KEYS_KMS: 'file', ERASURE_HOLD_HOURS: '0' } });
  });
  afterAll(() => app.close());

  it('is asked for by one officer and approved by another', async () => {
    const { patientId } = await recorded(app);
    const asked = await requested(app, patientId);
    const { erasureId } = asked.body;
    expect(asked.status).toBe(201);
    expect(asked.headers.get('location')).toBe(`/v1/erasures/${erasureId}`);
    expect(asked.body).toEqual({
      ...{ erasureId, patientId, status: 'requested', reason: 'objection', requestedBy: 'officer-1' },
      requestedAt: expect.any(String),
    });
    const approve = (as: string, role: Role = 'compliance') =>
      send(app, 'POST', `/v1/erasures/${erasureId}/approve`, { as, roles: [role] });
    expect((await approve('officer-1')).body).toMatchObject({ status: 403, code: 'own-case' });
    expect((await approve(patientId)).body).toMatchObject({ status: 403, code: 'own-case' });
    for (const role of ['patient', 'clinician', 'service', 'on-call', 'siem'] as const)
      expect((await approve('officer-2', role)).status).toBe(403);
    expect((await app.call(`/v1/erasures/${erasureId}/approve`, { method: 'POST' })).status).toBe(401);
    const { body } = await send(app, 'GET', '/v1/erasures?status=requested&limit=100', asks);
    expect(body.items).toContainEqual(asked.body);
    expect(await erasureTypes(app, erasureId)).toEqual(['SubjectErasureRequested']);
  });

  it('is one erasure, however often and by however many officers it is asked for', async () => {
    const { patientId } = await recorded(app);
    const [one, other] = await Promise.all([requested(app, patientId), requested(app, patientId, { as: 'officer-3' })]);
    expect(other.body.erasureId).toBe(one.body.erasureId);
    expect((await requested(app, patientId)).body.erasureId).toBe(one.body.erasureId);
    expect(await erasureTypes(app, one.body.erasureId)).toEqual(['SubjectErasureRequested']);
  });

  it('is the same with the same key, also once it was cancelled, and another one without', async () => {
    const { patientId } = await recorded(app);
    const more = { headers: { 'idempotency-key': randomUUID() } };
    const { erasureId } = (await requested(app, patientId, more)).body;
    const cancelled = await send(app, 'POST', `/v1/erasures/${erasureId}/cancel`, {
      ...{ ...approves, body: { reason: 'wrong-patient' } },
    });
    expect(cancelled.body).toMatchObject({
      status: 'cancelled',
      cancelledBy: 'officer-2',
      cancelReason: 'wrong-patient',
    });
    expect((await requested(app, patientId, more)).body.erasureId).toBe(erasureId);
    const other = await requested(app, patientId, { ...more, body: { reason: 'unlawful' } });
    expect(other.body.code).toBe('idempotency-key-reused');
    expect((await approved(app, erasureId)).body).toMatchObject({ status: 409, code: 'erasure-closed' });
    expect((await requested(app, patientId)).body).toMatchObject({ status: 'requested' });
    expect((await requested(app, patientId)).body.erasureId).not.toBe(erasureId);
  });

  it('is refused of a patient who is not there, of oneself, and with a reason that is none', async () => {
    expect((await requested(app, `pat-${randomUUID()}`)).body).toMatchObject({
      status: 404,
      code: 'patient-not-found',
    });
    const { patientId } = await recorded(app);
    expect((await requested(app, patientId, { as: patientId })).body).toMatchObject({ status: 403, code: 'own-case' });
    for (const body of [{}, { reason: 'they asked for it by telephone' }, { reason: 'objection', now: true }])
      expect((await requested(app, patientId, { body })).status).toBe(400);
    for (const path of ['/v1/erasures/no-such', '/v1/erasures/no-such/certificate'])
      expect((await send(app, 'GET', path, asks)).body).toMatchObject({ status: 404, code: 'erasure-not-found' });
    expect(typesOf(await eventsOf(app, patientStreams.of(patientId)))).not.toContain('PatientErased');
  });

  it('leaves no key and no object, refuses all that was recorded, and says so on one certificate', async () => {
    const body = Buffer.concat([await media('consultation.webm'), randomBytes(2 ** 18)]);
    const held = await recorded(app, body);
    const second = (await again(app, held)).body.recordingId ?? '';
    const bystander = await recorded(app, body);
    const [view, theirs] = [await opened(app, held), await opened(app, bystander)];
    expect(await objectsOf(app, held)).toHaveLength(2);

    const erasureId = await erased(app, held.patientId);

    expect(await objectsOf(app, held)).toEqual([]);
    const refused = await get(app, view.contentUrl, held.patientId);
    expect({ status: refused.status, body: await refused.json() }).toMatchObject({
      ...{ status: 410, body: { code: 'recording-erased' } },
    });
    expect((await ask(app, held, held.patientId)).body).toMatchObject({ status: 410, code: 'recording-erased' });
    expect(Buffer.from(await (await get(app, theirs.contentUrl, bystander.patientId)).arrayBuffer()).equals(body)).toBe(
      true,
    );

    expect(await erasureTypes(app, erasureId)).toEqual([
      ...['SubjectErasureRequested', 'SubjectErasureApproved', 'SubjectErasureBegun', 'SubjectErased'],
    ]);
    const types = typesOf(await eventsOf(app, patientStreams.of(held.patientId)));
    expect(types.filter((type) => type === 'PatientErased')).toHaveLength(1);
    expect(types.indexOf('PatientErased')).toBeLessThan(types.indexOf('RecordingErased'));

    const certificate = await certificateFrom(app, erasureId);
    expect(certificate).toMatchObject({
      ...{ erasureId, patientId: held.patientId, requestedBy: 'officer-1', approvedBy: 'officer-2' },
      keyIds: [expect.any(String)],
      recordings: [
        { recordingId: held.recordingId, sealed: true },
        { recordingId: second, sealed: true },
      ],
    });
    const days = (Date.parse(certificate.keyBackupsUntil) - Date.parse(certificate.erasedAt)) / 86_400_000;
    expect(days).toBe(30);
    const { digest, ...signed } = certificate;
    expect(hash('sha256', JSON.stringify(signed), 'hex')).toBe(digest);

    const printed = await app.call(`/v1/erasures/${erasureId}/certificate`, {
      ...asks,
      headers: { accept: 'application/pdf' },
    });
    expect(printed.headers.get('content-type')).toBe('application/pdf');
    expect(
      Buffer.from(await printed.arrayBuffer())
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-');
  });

  it('cuts a transfer that is under way', async () => {
    const held = await recorded(app, Buffer.concat([await media('consultation.webm'), randomBytes(24 * 2 ** 20)]));
    const player = await heldPlayer(app, (await opened(app, held)).contentUrl, held.patientId);
    expect(player.status).toBe(200);
    await erased(app, held.patientId);
    expect((await player.rest()).whole).toBe(false);
    await eventually(async () => {
      const played = await patientEvents(app, held.patientId, 'RecordingPlayed');
      return played.some(({ outcome }) => outcome === 'cut');
    });
  });

  it('refuses to file, to book and to seal for them afterwards', async () => {
    const held = await recorded(app);
    await erased(app, held.patientId);
    expect(await again(app, held)).toMatchObject({ status: 409, body: { code: 'patient-erased' } });
    const booked = await send(app, 'POST', `/v1/patients/${held.patientId}/consultations`, {
      ...{ as: 'video-service', roles: ['service'] },
      body: {
        ...{ clinicianId: 'doc-1', medium: 'video' },
        ...{ scheduledStart: '2036-06-04T09:00:00Z', scheduledEnd: '2036-06-04T09:30:00Z' },
      },
    });
    expect(booked.body).toMatchObject({ status: 409, code: 'patient-erased' });
    expect(await objectsOf(app, held)).toEqual([]);
  });

  it('leaves to the patient and to compliance who saw what, and that it was erased and why', async () => {
    const held = await recorded(app);
    await get(app, (await opened(app, held)).contentUrl, held.patientId).then((answer) => answer.arrayBuffer());
    await erased(app, held.patientId);
    const patient = { as: held.patientId, roles: ['patient'] } as const;
    const list = await send(app, 'GET', '/v1/me/consultations', patient);
    expect(list.body.items[0].recordings).toMatchObject([
      { recordingId: held.recordingId, state: 'erased', erasedFor: 'subject-erasure' },
    ]);
    const accesses = await send(app, 'GET', '/v1/me/accesses', patient);
    expect(accesses.body.items.map(({ kind }: { kind: string }) => kind)).toEqual(
      expect.arrayContaining(['opened', 'played']),
    );
    expect(await patientEvents(app, held.patientId, 'RecordingErased')).toMatchObject([{ reason: 'subject-erasure' }]);
  });

  it('erases recordings in clear, too, and says on the certificate which were', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'ledger-erasure-'));
    const clear = await startApp({ env: { DATA_DIR: dir } });
    const held = await recorded(clear);
    expect((await requested(clear, held.patientId)).body).toMatchObject({ status: 409, code: 'erasure-needs-keys' });
    await clear.close();
    const keyed = await startApp({ env: { DATA_DIR: dir, KEYS_KMS: 'file', ERASURE_HOLD_HOURS: '0' } });
    const erasureId = await erased(keyed, held.patientId);
    expect(await objectsOf(keyed, held)).toEqual([]);
    expect(await certificateFrom(keyed, erasureId)).toMatchObject({
      ...{ keyIds: [], recordings: [{ recordingId: held.recordingId, sealed: false }] },
    });
    await keyed.close();
    await rm(dir, { recursive: true });
  });

  it('leaves no piece of a recording under DATA_DIR, as there was none before', async () => {
    const body = Buffer.concat([await media('consultation.webm'), randomBytes(2 ** 19)]);
    const pieces = [body.length - 2 ** 19, body.length - 300_000, body.length - 64].map((at) =>
      body.subarray(at, at + 64),
    );
    const held = await recorded(app, body);
    const search = async () => {
      for (const [path, content] of await filesUnder(app.config.dataDir))
        for (const piece of pieces)
          if (content.includes(piece)) throw new Error(`a piece of a recording is in ${path}`);
    };
    await search();
    await erased(app, held.patientId);
    await search();
  });
});

describe('an erasure that was approved', () => {
  const clock = { offset: 0, now: () => Date.now() + clock.offset };
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp({
      env: { KEYS_KMS: 'file' },
      override: (builder) => builder.overrideProvider(Clock).useValue(clock),
    });
  });
  afterAll(() => app.close());

  it('waits for its time, and can be cancelled until then', async () => {
    const held = await recorded(app);
    const { erasureId } = (await requested(app, held.patientId)).body;
    const { approvedAt, beginsAt } = (await approved(app, erasureId)).body;
    expect(Date.parse(beginsAt) - Date.parse(approvedAt)).toBe(72 * 3_600_000);
    const notYet = await send(app, 'GET', `/v1/erasures/${erasureId}/certificate`, asks);
    expect(notYet.body).toMatchObject({ status: 409, code: 'erasure-not-done' });
    const other = await recorded(app);
    const cancelled = (await requested(app, other.patientId)).body.erasureId;
    await approved(app, cancelled);
    clock.offset = 71 * 3_600_000;
    await app.app.get(Erasing).round();
    expect(await statusOf(app, erasureId)).toBe('approved');
    expect(await objectsOf(app, held)).toHaveLength(1);
    await send(app, 'POST', `/v1/erasures/${cancelled}/cancel`, { ...asks, body: { reason: 'legal-claim' } });
    clock.offset = 73 * 3_600_000;
    await eventually(async () => (await statusOf(app, erasureId)) === 'erased');
    expect(await objectsOf(app, held)).toEqual([]);
    await app.app.get(Erasing).round();
    expect(await statusOf(app, cancelled)).toBe('cancelled');
    expect(await objectsOf(app, other)).toHaveLength(1);
    const late = await send(app, 'POST', `/v1/erasures/${erasureId}/cancel`, {
      ...asks,
      body: { reason: 'legal-claim' },
    });
    expect(late.body).toMatchObject({ status: 409, code: 'erasure-closed' });
  });

  it('goes on in the next round where the recording store was away, and is not done before', async () => {
    const held = await recorded(app);
    const { erasureId } = (await requested(app, held.patientId)).body;
    const store = storeOf(app);
    const { contentUrl } = await opened(app, held);
    const there = store.delete;
    let tried = 0;
    store.delete = async () => {
      tried += 1;
      throw new RecordingStoreUnavailable('the disk is gone');
    };
    clock.offset = 0;
    await approved(app, erasureId);
    clock.offset = 73 * 3_600_000;
    await eventually(async () => tried > 1);
    expect(await statusOf(app, erasureId)).toBe('begun');
    // Its bytes are all there still, and neither they nor their key are of use by then.
    expect((await get(app, contentUrl, held.patientId)).status).toBe(410);
    store.delete = there;
    await eventually(async () => (await statusOf(app, erasureId)) === 'erased');
    expect(await objectsOf(app, held)).toEqual([]);
  });
});

describe('another key store in place of the right one', () => {
  it('keeps an erasure waiting, and lets nothing be played meanwhile', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'ledger-erasure-'));
    const env = { DATA_DIR: dir, KEYS_KMS: 'file', ERASURE_HOLD_HOURS: '0' };
    let app = await startApp({ env });
    const held = await recorded(app);
    const { contentUrl } = await opened(app, held);
    await app.close();
    await rename(join(dir, 'keys'), join(dir, 'keys-aside'));

    app = await startApp({ env });
    const { erasureId } = (await requested(app, held.patientId)).body;
    await approved(app, erasureId);
    await eventually(() => app.logged.some((line) => line.includes('is it the one of this ledger')), 30_000);
    expect(await statusOf(app, erasureId)).toBe('begun');
    expect((await get(app, contentUrl, held.patientId)).status).toBe(410);
    expect(await objectsOf(app, held)).toHaveLength(1);
    await app.close();
    await rename(join(dir, 'keys'), join(dir, 'keys-wrong'));
    await rename(join(dir, 'keys-aside'), join(dir, 'keys'));

    app = await startApp({ env });
    await eventually(async () => (await statusOf(app, erasureId)) === 'erased', 30_000);
    expect(await objectsOf(app, held)).toEqual([]);
    expect((await certificateFrom(app, erasureId)).keyIds).toHaveLength(1);
    await app.close();
    await rm(dir, { recursive: true });
  });
});

describe('an older copy of the key store and of the recordings', () => {
  it('brings nothing back: the erasures in the ledger are applied before the first request', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'ledger-erasure-'));
    const env = { DATA_DIR: dir, KEYS_KMS: 'file', ERASURE_HOLD_HOURS: '0' };
    const aside = await mkdtemp(join(tmpdir(), 'ledger-erasure-aside-'));
    const inKeys = async <T>(work: (rows: KeyFile) => Promise<T>): Promise<T> => {
      const rows = KeyFile.open(join(dir, 'keys'));
      try {
        return await work(rows);
      } finally {
        await rows.close();
      }
    };
    let app = await startApp({ env });
    const held = await recorded(app);
    const kept = await recorded(app);
    await app.close();
    await inKeys((rows) => backUp({ rows }, join(aside, 'keys-backup'), new Date()));
    await cp(join(dir, 'recordings'), join(aside, 'recordings'), { recursive: true });

    app = await startApp({ env });
    await erased(app, held.patientId);
    await app.close();

    await rm(join(dir, 'keys'), { recursive: true });
    await inKeys((rows) => restoreInto({ rows }, join(aside, 'keys-backup')));
    await cp(join(aside, 'recordings'), join(dir, 'recordings'), { recursive: true });
    const rowsOf = ({ patientId }: RecordedConsultation) => inKeys((rows) => rows.of(subjectOf(patientId)));
    expect((await rowsOf(held)).every(({ shreddedAt }) => shreddedAt === undefined)).toBe(true);

    app = await startApp({ env });
    expect((await ask(app, held, held.patientId)).body.code).toBe('recording-erased');
    const { contentUrl } = await opened(app, kept);
    expect((await get(app, contentUrl, kept.patientId)).status).toBe(200);
    await eventually(async () => (await objectsOf(app, held)).length === 0);
    await app.close();
    expect((await rowsOf(held)).map(({ wrapped, shreddedAt }) => [wrapped, typeof shreddedAt])).toEqual([
      ['', 'string'],
    ]);
    expect((await rowsOf(kept)).every(({ shreddedAt }) => shreddedAt === undefined)).toBe(true);
    for (const folder of [dir, aside]) await rm(folder, { recursive: true });
  });
});
