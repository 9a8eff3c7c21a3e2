import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as rawRequest } from 'node:http';
import { patientStreams } from '../../events/categories.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { digestOf, keysIn } from './recorded.ts';

let app: RunningApp;
let video: Buffer;
beforeAll(async () => {
  app = await startApp();
  video = await readFile(new URL('./media/consultation.webm', import.meta.url));
});
afterAll(() => app.close());

const json = (body: unknown) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const service = { as: 'video-service', roles: ['service'] as const };

type Scene = { patient: string; clinician: string; stranger: string; consultation: string };
const as = (id: string, role: 'patient' | 'clinician') => ({ as: id, roles: [role] as const });

/** A consultation that both joined, in one media session, with consent. */
const scene = async ({ consent = true } = {}): Promise<Scene> => {
  const n = randomUUID().slice(0, 8);
  const [patient, clinician, stranger] = [`pat-${n}`, `doc-${n}`, `stranger-${n}`];
  const booked = await app.call(`/v1/patients/${patient}/consultations`, {
    ...as(patient, 'patient'),
    ...json({
      clinicianId: clinician,
      scheduledStart: '2036-05-04T09:00:00Z',
      scheduledEnd: '2036-05-04T09:30:00Z',
      medium: 'video',
    }),
  });
  const { consultationId } = (await booked.json()) as { consultationId: string };
  const consultation = `/v1/patients/${patient}/consultations/${consultationId}`;
  for (const personId of [patient, clinician])
    await app.call(`${consultation}/join`, { ...service, ...json({ mediaSessionId: roomOf(consultation), personId }) });
  if (consent) await app.call(`${consultation}/consent`, { ...as(patient, 'patient'), ...json({ given: true }) });
  return { patient, clinician, stranger, consultation };
};

type Upload = {
  body?: Buffer;
  session?: string;
  caller?: { as: string; roles: readonly ['clinician' | 'service' | 'patient'] };
  headers?: Record<string, string>;
};

const roomOf = (consultation: string) => `room-${consultation.split('/').at(-1)}`;

const upload = async (
  { consultation }: Scene,
  { body = video, session = roomOf(consultation), caller, headers }: Upload = {},
) => {
  const response = await app.call(`${consultation}/recordings?mediaSessionId=${session}`, {
    method: 'POST',
    ...(caller ?? service),
    headers: { 'content-type': 'video/webm', ...(headers?.Digest ? {} : digestOf(body)), ...headers },
    body,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

const listed = async ({ patient }: Scene) => {
  const response = await app.call('/v1/me/consultations', as(patient, 'patient'));
  return ((await response.json()) as { items: { recordings: Record<string, unknown>[] }[] }).items[0]?.recordings;
};

const view = async (
  scene: Scene,
  recordingId: unknown,
  person: ReturnType<typeof as>,
  body: object = { purpose: 'patient-request' },
) => {
  const response = await app.call(`${scene.consultation}/recordings/${recordingId}/views`, {
    ...person,
    ...json(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
};

/** The events on the patient's stream of a type, straight from the store. */
const events = async ({ patient }: Scene, type: string) => {
  const { Ledger } = await import('../../src/ledger/ledger.ts');
  const found: Record<string, unknown>[] = [];
  for await (const event of app.app.get(Ledger).store.read(patientStreams.of(patient)))
    if (event.type === type) found.push(event.data as Record<string, unknown>);
  return found;
};

/** The objects that are in the store for the patient. */
const keysOf = async ({ patient }: Scene) => (await keysIn(app)).filter((key) => key.includes(patient));

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest();

describe('uploading a recording', () => {
  it('stores it and answers with what was stored', async () => {
    const here = await scene();
    const { status, body } = await upload(here);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      recordingId: expect.any(String),
      sha256: sha256(video).toString('hex'),
      bytes: video.length,
      contentType: 'video/webm',
    });
    expect(await listed(here)).toEqual([
      expect.objectContaining({ recordingId: body.recordingId, state: 'available' }),
    ]);
  });

  it('is refused without consent, before anything is read', async () => {
    const here = await scene({ consent: false });
    expect(await upload(here)).toMatchObject({ status: 409, body: { code: 'consent-missing' } });
    expect(await listed(here)).toEqual([]);
  });

  it.each([
    ['Content-Digest', (base64: string) => `sha-256=:${base64}:`],
    ['Digest', (base64: string) => `sha-256=${base64}`],
  ])('checks the %s, and stores nothing when it is another one', async (header, said) => {
    const here = await scene();
    const digest = (bytes: Buffer) => ({ [header]: said(sha256(bytes).toString('base64')) });
    expect(await upload(here, { headers: digest(Buffer.from('another')) })).toMatchObject({
      status: 400,
      body: { code: 'digest-mismatch' },
    });
    expect(await upload(here, { headers: { [header]: 'sha-256' } })).toMatchObject({
      status: 400,
      body: { code: 'digest-invalid' },
    });
    expect(await listed(here)).toEqual([]);
    expect(await keysOf(here)).toEqual([]);
    expect(await upload(here, { headers: digest(video) })).toMatchObject({ status: 201 });
  });

  it('stores no page or program that says it is a video', async () => {
    const here = await scene();
    for (const body of ['<!doctype html><script>1</script>', '\x7fELF\x02\x01\x01', '%PDF-1.7 '])
      expect(await upload(here, { body: Buffer.from(body.padEnd(5_000, '\n')) })).toMatchObject({
        status: 415,
        body: { code: 'content-type-mismatch' },
      });
    expect(await keysOf(here)).toEqual([]);
    expect(await events(here, 'RecordingStored')).toEqual([]);
  });

  it('is for services and the booked clinician', async () => {
    const here = await scene();
    const caller = (id: string, role: 'clinician' | 'patient') => ({ as: id, roles: [role] as const });
    expect(await upload(here, { caller: caller(here.clinician, 'clinician') })).toMatchObject({ status: 201 });
    expect(await upload(here, { caller: caller(here.stranger, 'clinician') })).toMatchObject({ status: 404 });
    expect(await upload(here, { caller: caller(here.patient, 'patient') })).toMatchObject({ status: 403 });
  });

  it('leaves neither object nor event when it is cut short', async () => {
    const here = await scene();
    const token = await app.token('video-service', ['service']);
    await new Promise<void>((resolve) => {
      const sending = rawRequest(
        new URL(`${here.consultation}/recordings?mediaSessionId=${roomOf(here.consultation)}`, app.url),
        {
          method: 'POST',
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'video/webm',
            'content-length': video.length,
            ...digestOf(video),
          },
        },
      );
      sending.on('error', () => undefined).on('close', resolve);
      sending.write(video.subarray(0, video.length >> 1), () => sending.destroy());
    });
    expect(await keysOf(here)).toEqual([]);
    expect(await listed(here)).toEqual([]);
  });

  it('happens once for the same Idempotency-Key, and is refused for other bytes', async () => {
    const here = await scene();
    const headers = { 'idempotency-key': 'upload-1' };
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => upload(here, { headers })));
    expect(first).toMatchObject({ status: 201 });
    for (const other of [...others, await upload(here, { headers })]) expect(other.body).toEqual(first?.body);
    expect(await listed(here)).toHaveLength(1);
    expect(await keysOf(here)).toEqual([`patient-${here.patient}/${first?.body.recordingId}`]);
    const other = Buffer.concat([video, Buffer.alloc(8)]);
    expect(await upload(here, { headers, body: other })).toMatchObject({ status: 422 });
    expect(await listed(here)).toHaveLength(1);
  });

  it('needs a media session and a recording', async () => {
    const here = await scene();
    expect(await upload(here, { session: '' })).toMatchObject({ status: 400 });
    expect(await upload(here, { headers: { 'content-type': 'application/json' } })).toMatchObject({ status: 400 });
    expect(await upload(here, { headers: { 'content-type': 'text/html' } })).toMatchObject({ status: 415 });
    expect(await upload(here, { headers: { 'x-duration-seconds': 'long' } })).toMatchObject({ status: 400 });
  });
});

describe('watching a recording', () => {
  it('plays for a participant, whole, and writes down what was served', async () => {
    const here = await scene();
    const { recordingId } = (await upload(here)).body;
    const viewed = await view(here, recordingId, as(here.patient, 'patient'));
    expect(viewed).toMatchObject({ status: 201, body: { verdict: 'cleared', contentUrl: expect.any(String) } });
    const content = await app.call(viewed.body.contentUrl as string, as(here.patient, 'patient'));
    expect(content.status).toBe(200);
    expect(content.headers.get('content-type')).toBe('video/webm');
    expect(content.headers.get('accept-ranges')).toBe('bytes');
    expect(content.headers.get('cache-control')).toBe('no-store');
    expect(content.headers.get('x-content-type-options')).toBe('nosniff');
    expect(content.headers.get('content-disposition')).toBe(`inline; filename="${recordingId}.webm"`);
    expect(Buffer.from(await content.arrayBuffer()).equals(video)).toBe(true);
    const [played] = await eventually(async () => {
      const found = await events(here, 'RecordingPlayed');
      return found.length > 0 ? found : undefined;
    });
    expect(played).toMatchObject({
      viewId: viewed.body.viewId,
      bytesServed: video.length,
      ranges: [[0, video.length - 1]],
      outcome: 'completed',
    });
  });

  it.each([
    ['bytes=0-9', 206, [0, 10]],
    ['bytes=10-', 206, [10, undefined]],
    ['bytes=-5', 206, [-5, undefined]],
  ] as const)('answers Range %s with that part', async (range, status, [from, to]) => {
    const here = await scene();
    const { recordingId } = (await upload(here)).body;
    const { contentUrl } = (await view(here, recordingId, as(here.clinician, 'clinician'), { purpose: 'treatment' }))
      .body;
    const part = await app.call(contentUrl as string, { ...as(here.clinician, 'clinician'), headers: { range } });
    expect(part.status).toBe(status);
    const expected = video.subarray(from, to);
    const start = video.length + (from < 0 ? from : from - video.length);
    expect(part.headers.get('content-range')).toBe(`bytes ${start}-${start + expected.length - 1}/${video.length}`);
    expect(Buffer.from(await part.arrayBuffer()).equals(expected)).toBe(true);
  });

  const played = async () => {
    const here = await scene();
    const { recordingId } = (await upload(here)).body;
    const { contentUrl = '' } = (await view(here, recordingId, as(here.patient, 'patient'))).body;
    const get = (headers: Record<string, string> = {}, method = 'GET') =>
      app.call(contentUrl, { ...as(here.patient, 'patient'), headers, method });
    return { here, get };
  };

  it('refuses a range that is not there or is none, and sends and records nothing for it', async () => {
    const { here, get } = await played();
    for (const range of [`bytes=${video.length}-`, 'bytes=5-4', 'bytes=-0', 'bytes=x']) {
      const refused = await get({ range });
      expect(refused.status).toBe(416);
      expect(refused.headers.get('content-range')).toBe(`bytes */${video.length}`);
      expect(await refused.json()).toMatchObject({ code: 'range-not-satisfiable' });
    }
    expect(await events(here, 'RecordingPlayed')).toEqual([]);
  });

  it('answers HEAD like GET, without bytes and without a record of any', async () => {
    const { here, get } = await played();
    const head = await get({}, 'HEAD');
    expect([head.status, await head.text()]).toEqual([200, '']);
    const part = await get({ range: 'bytes=0-9' }, 'HEAD');
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 0-9/${video.length}`]);
    const whole = await get();
    for (const name of ['content-length', 'content-type', 'etag', 'accept-ranges', 'content-disposition'])
      expect([name, head.headers.get(name)]).toEqual([name, whole.headers.get(name)]);
    expect(head.headers.get('content-length')).toBe(String(video.length));
    await whole.arrayBuffer();
    expect(await eventually(async () => (await events(here, 'RecordingPlayed')).length)).toBe(1);
  });

  it('sends the part only while it is the one the player knows, by If-Range', async () => {
    const { get } = await played();
    const range = 'bytes=0-9';
    const etag = `"${sha256(video).toString('hex')}"`;
    const same = await get({ range, 'if-range': etag });
    expect([same.status, same.headers.get('etag'), (await same.arrayBuffer()).byteLength]).toEqual([206, etag, 10]);
    for (const other of ['"another"', `W/${etag}`, 'Mon, 04 May 2026 09:00:00 GMT']) {
      const whole = await get({ range, 'if-range': other });
      expect([whole.status, (await whole.arrayBuffer()).byteLength]).toEqual([200, video.length]);
    }
  });

  it('is for the viewer of that view only', async () => {
    const here = await scene();
    const { recordingId } = (await upload(here)).body;
    const { contentUrl } = (await view(here, recordingId, as(here.patient, 'patient'))).body;
    for (const other of [as(here.stranger, 'patient'), as(here.clinician, 'clinician'), service])
      expect((await app.call(contentUrl as string, other)).status).toBe(404);
    expect((await app.call(contentUrl as string)).status).toBe(401);
  });

  it('is refused to a stranger as if there were nothing, and the refusal is recorded', async () => {
    const here = await scene();
    const { recordingId } = (await upload(here)).body;
    expect(await view(here, recordingId, as(here.stranger, 'patient'))).toMatchObject({
      status: 404,
      body: { code: 'recording-not-found' },
    });
    expect(await events(here, 'RecordingViewRefused')).toEqual([
      expect.objectContaining({ viewerId: here.stranger, recordingId }),
    ]);
    expect(await events(here, 'RecordingViewed')).toEqual([]);
  });
});
