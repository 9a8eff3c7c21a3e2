import { type ClientRequest, request } from 'node:http';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { Housekeeping } from '../../src/recordings/housekeeping.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { type Bucket, freshBucket, s3Client, s3Server, uploadsUnderWay } from '../support/s3-server.ts';
import { wayTo } from '../support/way-to.ts';
import { media, padded } from './media.ts';
import { compliance, consultation, heldPlayer, opened, patientEvents, recorded, roomOf, uploadTo } from './recorded.ts';

const MIB = 2 ** 20;
const environment = { ...process.env };

let bucket: Bucket;
const apps: RunningApp[] = [];
beforeEach(async () => {
  bucket = await freshBucket();
  const { credentials } = s3Server();
  // Where the SDK looks for them; they are no settings of the application.
  process.env.AWS_ACCESS_KEY_ID = (credentials as { accessKeyId: string }).accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = (credentials as { secretAccessKey: string }).secretAccessKey;
});
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
  await bucket.remove();
  process.env = { ...environment };
});

const start = async (env: Record<string, string> = {}): Promise<RunningApp> => {
  const app = await startApp({
    env: {
      RELEASE_TIMEOUT_MS: '20000',
      S3_BUCKET: bucket.name,
      S3_ENDPOINT: s3Server().endpoint,
      S3_REGION: 'us-east-1',
      S3_FORCE_PATH_STYLE: 'true',
      ...env,
    },
  });
  apps.push(app);
  return app;
};

const objects = async (): Promise<number> => {
  const client = s3Client();
  const { KeyCount = 0 } = await client.send(new ListObjectsV2Command({ Bucket: bucket.name }));
  client.destroy();
  return KeyCount;
};

describe('recordings on S3, through the application', () => {
  it('are stored, watched, cut and erased', async () => {
    const app = await start();
    const body = await padded('consultation.webm', 48 * MIB);
    const held = await recorded(app, body);
    const { viewId, contentUrl } = await opened(app, held);
    const patient = { as: held.patientId, roles: ['patient'] as const };
    const whole = await app.call(contentUrl, patient);
    expect(Buffer.from(await whole.arrayBuffer()).equals(body)).toBe(true);
    const part = await app.call(contentUrl, { ...patient, headers: { range: 'bytes=-5' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(body.subarray(-5))).toBe(true);

    const player = await heldPlayer(app, contentUrl, held.patientId);
    expect(await objects()).toBe(1);
    expect(await compliance(app, `${held.recordingPath}/erase`)).toMatchObject({ body: { objectRemoved: true } });
    expect(await objects()).toBe(0);
    expect((await player.rest()).whole).toBe(false);
    const cut = await eventually(async () =>
      (await patientEvents(app, held.patientId, 'RecordingPlayed')).find(({ outcome }) => outcome === 'cut'),
    );
    expect(cut.viewId).toBe(viewId);
    expect(cut.bytesServed).toBeLessThan(body.length);
    expect((await app.call(contentUrl, patient)).status).toBe(410);
  });

  it.each([
    ['the client disconnects', (sent: ClientRequest) => void sent.destroy()],
    ['the client falls silent', () => undefined],
    ['fewer bytes come than were announced', (sent: ClientRequest) => void sent.socket?.end()],
    ['they are not the bytes whose digest was announced', (sent: ClientRequest) => void sent.end(Buffer.alloc(8))],
  ])('leave no part of an upload behind when %s', async (_, goesWrong) => {
    const app = await start({ RECORDING_IDLE_TIMEOUT_MS: '2000' });
    const held = await consultation(app);
    const sent = request(new URL(`${held.path}/recordings?mediaSessionId=${roomOf(held)}`, app.url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await app.token('video-service', ['service'])}`,
        'content-type': 'video/webm',
        'content-length': 12 * MIB + 8,
        'content-digest': `sha-256=:${'A'.repeat(43)}=:`,
      },
    });
    sent.on('error', () => undefined).on('response', (answer) => answer.resume());
    sent.write(await padded('consultation.webm', 12 * MIB));
    const client = s3Client();
    await eventually(async () => (await uploadsUnderWay(bucket.name, client)).length > 0);
    goesWrong(sent);
    await eventually(async () => (await uploadsUnderWay(bucket.name, client)).length === 0);
    expect(await objects()).toBe(0);
    expect(await patientEvents(app, held.patientId, 'RecordingStored')).toEqual([]);
    sent.destroy();
    client.destroy();
  });

  it('are refused while the store is away: nothing is recorded, readiness names it, and then it goes on', async () => {
    const way = await wayTo(s3Server().endpoint);
    const app = await start({ S3_ENDPOINT: way.endpoint });
    const held = await recorded(app);
    const { contentUrl } = await opened(app, held);
    const fresh = await consultation(app);
    const body = await media('consultation.webm');
    const before = await objects();

    await way.close();
    const refused = await uploadTo(app, fresh, { body });
    expect(refused).toMatchObject({ status: 503, body: { code: 'recording-store-unavailable' } });
    expect(await patientEvents(app, fresh.patientId, 'RecordingStored')).toEqual([]);
    const content = await app.call(contentUrl, { as: held.patientId, roles: ['patient'] });
    expect(content.status).toBe(503);
    expect(await content.json()).toMatchObject({ code: 'recording-store-unavailable' });
    const ready = await app.call('/health/ready');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ errors: [expect.objectContaining({ path: 'recordings' })] });
    expect(await compliance(app, `${held.recordingPath}/erase`)).toMatchObject({
      status: 200,
      body: { state: 'erased', objectRemoved: false },
    });
    expect(await objects()).toBe(before);

    await way.open();
    await eventually(async () => (await app.call('/health/ready')).ok);
    expect(await uploadTo(app, fresh, { body })).toMatchObject({ status: 201 });
    // What could not be removed then goes with the housekeeping.
    expect(await app.app.get(Housekeeping, { strict: false }).round()).toMatchObject({ leftovers: 1, orphans: 0 });
    expect(await objects()).toBe(before);
    await way.close();
  }, 120_000);
});

describe('with RECORDING_DELIVERY=redirect', () => {
  it('a released view leads to the store itself for a minute, and that is what is recorded', async () => {
    const app = await start({ RECORDING_DELIVERY: 'redirect' });
    const held = await recorded(app);
    const { viewId, contentUrl } = await opened(app, held);
    const patient = { as: held.patientId, roles: ['patient'] as const };
    const answer = await app.call(contentUrl, { ...patient, redirect: 'manual' });
    expect(answer.status).toBe(307);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const address = new URL(answer.headers.get('location') ?? '');
    expect(address.origin).toBe(new URL(s3Server().endpoint).origin);
    expect(Number(address.searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(60);
    // What a browser does: on its own, with nothing of ours, for a part.
    const content = await fetch(address, { headers: { range: 'bytes=0-9' } });
    expect(content.status).toBe(206);
    expect(content.headers.get('content-type')).toBe('video/webm');
    expect(content.headers.get('content-disposition')).toBe(`attachment; filename="${held.recordingId}.webm"`);
    const body = await media('consultation.webm');
    expect(Buffer.from(await content.arrayBuffer()).equals(body.subarray(0, 10))).toBe(true);
    expect(await patientEvents(app, held.patientId, 'RecordingPlayed')).toMatchObject([
      { viewId, bytesServed: 0, ranges: [], outcome: 'redirected' },
    ]);
    const head = await app.call(contentUrl, { ...patient, method: 'HEAD', redirect: 'manual' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(body.length)]);

    await compliance(app, `${held.recordingPath}/quarantine`);
    const refused = await app.call(contentUrl, { ...patient, redirect: 'manual' });
    expect([refused.status, refused.headers.get('location')]).toEqual([423, null]);
  });
});
