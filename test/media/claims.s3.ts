import { DeleteObjectCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { send } from '../access/scene.ts';
import { media } from '../recordings/media.ts';
import { agreed, type Consultation, consultation, keysIn, patientEvents, roomOf } from '../recordings/recorded.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { type S3Proxy, startS3Proxy } from '../support/s3-proxy.ts';
import { type Bucket, freshBucket, s3Client, s3Server } from '../support/s3-server.ts';
import {
  breachOf,
  egress,
  freshRoom,
  LIVEKIT,
  mediaEventsOf,
  nanoseconds,
  person,
  tell,
  webhook,
} from './livekit-messages.ts';

const client = s3Client();
const environment = { ...process.env };
let recorders: Bucket;
let versioned: Bucket;
let proxy: S3Proxy;
let app: RunningApp;
let video: Buffer;

beforeAll(async () => {
  [recorders, versioned] = [await freshBucket(), await freshBucket()];
  await client.send(
    new PutBucketVersioningCommand({ Bucket: versioned.name, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const { accessKeyId, secretAccessKey } = s3Server().credentials as { accessKeyId: string; secretAccessKey: string };
  process.env.AWS_ACCESS_KEY_ID = accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = secretAccessKey;
  video = await media('consultation.webm');
  proxy = await startS3Proxy(s3Server().endpoint);
  app = await startApp({
    env: {
      ...LIVEKIT,
      MEDIA_CLAIM_BUCKETS: `${recorders.name}/egress/,${versioned.name}/`,
      S3_ENDPOINT: proxy.endpoint,
      S3_REGION: 'us-east-1',
      S3_FORCE_PATH_STYLE: 'true',
      RELEASE_TIMEOUT_MS: '20000',
    },
  });
});
afterAll(async () => {
  await app.close();
  await proxy.stop();
  await recorders.remove();
  await versioned.remove();
  client.destroy();
  process.env = { ...environment };
});

const leave = async (
  key: string,
  body: Buffer,
  bucket = recorders.name,
  type = 'video/webm',
): Promise<string | undefined> =>
  (await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: type }))).VersionId;

const claim = (held: Consultation, key: string, more: object = {}, as = 'video-service') =>
  send(app, 'POST', `${held.path}/recordings/claims`, {
    ...{ as, roles: ['service'] },
    body: { mediaSessionId: roomOf(held), bucket: recorders.name, key, ...more },
  });
const stored = (held: Consultation) => patientEvents(app, held.patientId, 'RecordingStored');
const objectsOf = async (held: Consultation) =>
  (await keysIn(app)).filter((key) => key.startsWith(`patient-${held.patientId}/`));

describe('a claim', () => {
  it('copies the object under a key of this ledger’s own, and claimed again it is the same recording', async () => {
    const held = await consultation(app);
    const key = `egress/${held.consultationId}.webm`;
    await leave(key, video);
    const first = await claim(held, key, { bytes: video.length });
    expect(first).toMatchObject({ status: 201, body: { state: 'available', bytes: video.length } });
    const again = await claim(held, key);
    expect(again).toMatchObject({ status: 201, body: { recordingId: first.body.recordingId } });
    expect(await objectsOf(held)).toEqual([`patient-${held.patientId}/${first.body.recordingId}`]);
    // What becomes of the recorder's own object makes no difference any more.
    await client.send(new DeleteObjectCommand({ Bucket: recorders.name, Key: key }));
    const asked = await send(app, 'POST', `${held.path}/recordings/${first.body.recordingId}/views`, {
      ...{ as: held.patientId, roles: ['patient'] as const, body: { purpose: 'patient-request' } },
    });
    const content = await app.call(asked.body.contentUrl, { as: held.patientId, roles: ['patient'] });
    expect(Buffer.from(await content.arrayBuffer()).equals(video)).toBe(true);
  });

  it('claimed many times at once is read once', async () => {
    const held = await consultation(app);
    const key = `egress/${held.consultationId}-many.webm`;
    await leave(key, video);
    const all = await Promise.all(Array.from({ length: 8 }, () => claim(held, key)));
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 201));
    expect(new Set(all.map(({ body }) => body.recordingId)).size).toBe(1);
    expect(proxy.reads(key)).toBe(1);
    expect([await stored(held), await objectsOf(held)].map(({ length }) => length)).toEqual([1, 1]);
  });

  it('stores nothing where the object is overwritten between claim and read', async () => {
    const held = await consultation(app);
    const key = `egress/${held.consultationId}-swapped.webm`;
    await leave(key, video);
    proxy.beforeRead(key, () => leave(key, Buffer.concat([video, Buffer.from('another person’s')])));
    expect(await claim(held, key)).toMatchObject({ status: 409, body: { code: 'claimed-object-differs' } });
    expect([await stored(held), await objectsOf(held)]).toEqual([[], []]);
    const settled = await mediaEventsOf(app, { sid: roomOf(held) }, 'RecordingClaimSettled');
    expect(settled.map(({ data }) => data)).toMatchObject([{ outcome: 'refused', reason: 'claimed-object-differs' }]);
  });

  it('reads the version that was claimed, whatever was put over it', async () => {
    const held = await consultation(app);
    const key = `${held.consultationId}.webm`;
    const versionId = await leave(key, video, versioned.name);
    proxy.beforeRead(key, () => leave(key, Buffer.from('something else'), versioned.name));
    expect(await claim(held, key, { bucket: versioned.name })).toMatchObject({ status: 201 });
    expect(proxy.reads(key)).toBe(1);
    expect(await stored(held)).toMatchObject([{ bytes: video.length }]);
    // Under a marker, too, by which the recorder's bucket says that the newest is deleted.
    await client.send(new DeleteObjectCommand({ Bucket: versioned.name, Key: key }));
    expect(await claim(held, key, { bucket: versioned.name, versionId })).toMatchObject({ status: 201 });
    expect(await stored(held)).toHaveLength(1);
    const none = await claim(held, key, { bucket: versioned.name, versionId: 'no-such-version' });
    expect(none).toMatchObject({ status: 409, body: { code: 'claimed-object-differs' } });
  });

  it.each([
    [
      'another place of the bucket',
      (key: string) => ({ key: key.replace('egress/', 'private/') }),
      403,
      'claim-not-allowed',
    ],
    ['another bucket', () => ({ bucket: 'patients-of-another' }), 403, 'claim-not-allowed'],
    ['a path upwards', () => ({ key: 'egress/../private/a.webm' }), 400, 'validation-failed'],
    ['an address', () => ({ key: 'https://files.example.org/a.webm' }), 400, 'validation-failed'],
    ['an object that is not there', () => ({ key: 'egress/none.webm' }), 409, 'claimed-object-differs'],
    ['another size', () => ({ bytes: 7 }), 409, 'claimed-object-differs'],
    ['another digest', () => ({ sha256: '0'.repeat(64) }), 400, 'digest-mismatch'],
  ])('of %s is refused and nothing is stored', async (_, wrong, status, code) => {
    const held = await consultation(app);
    const key = `egress/${held.consultationId}-refused.webm`;
    await leave(key, video);
    expect(await claim(held, key, wrong(key))).toMatchObject({ status, body: { code } });
    expect([await stored(held), await objectsOf(held)]).toEqual([[], []]);
  });

  it('of a page that calls itself a video is refused', async () => {
    const held = await consultation(app);
    const key = `egress/${held.consultationId}-page.webm`;
    await leave(key, Buffer.from('<html>hello</html>'));
    expect(await claim(held, key)).toMatchObject({ status: 415, body: { code: 'content-type-mismatch' } });
  });

  it('of a recording that cannot show where it belongs is kept, and from all viewers', async () => {
    const held = await agreed(app);
    const key = `egress/${held.consultationId}-alone.webm`;
    await leave(key, video);
    for (let times = 0; times < 3; times++)
      expect(await claim(held, key)).toMatchObject({ status: 202, body: { state: 'quarantined' } });
    expect(await patientEvents(app, held.patientId, 'RecordingQuarantined')).toHaveLength(1);
  });

  it('names the session as its provider does', async () => {
    const held = await agreed(app);
    const mediaSessionId = `/ajXp112QmuoKj48+5487=${held.consultationId}`;
    for (const as of [held.patientId, held.clinicianId])
      await send(app, 'POST', `${held.path}/join`, {
        ...{ as, roles: [as === held.patientId ? 'patient' : 'clinician'] },
        body: { mediaSessionId },
      });
    const key = `egress/${held.consultationId}-zoom.webm`;
    await leave(key, video);
    expect(await claim(held, key, { mediaSessionId })).toMatchObject({ status: 201, body: { state: 'available' } });
    expect(await stored(held)).toMatchObject([{ mediaSessionId }]);
  });

  it('is for services alone', async () => {
    const held = await consultation(app);
    const ask = (
      as: string,
      roles: readonly never[] | readonly ['patient' | 'clinician' | 'on-call' | 'compliance' | 'siem'],
    ) =>
      send(app, 'POST', `${held.path}/recordings/claims`, {
        as,
        roles,
        body: { mediaSessionId: 'r', bucket: recorders.name, key: 'egress/a.webm' },
      });
    const answers = [
      await ask(held.patientId, ['patient']),
      await ask('pat-other', ['patient']),
      await ask(held.clinicianId, ['clinician']),
      await ask('oncall-1', ['on-call']),
      await ask('officer-1', ['compliance']),
      await ask('siem-1', ['siem']),
      await ask('no-role', []),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403));
    const forged = await app.call(`${held.path}/recordings/claims`, {
      method: 'POST',
      headers: { authorization: 'Bearer x.y.z' },
    });
    const none = await app.call(`${held.path}/recordings/claims`, { method: 'POST' });
    expect([forged.status, none.status]).toEqual([401, 401]);
  });
});

describe('the end of an egress', () => {
  const held = async () => {
    const here = await agreed(app);
    const at = freshRoom(here.consultationId);
    for (const id of [here.patientId, here.clinicianId]) await tell(app, webhook('participant_joined', at, person(id)));
    return { ...here, at, room: at.sid };
  };
  const file = (filename: string, more: object = {}) => ({
    ...{ filename, size: String(video.length), location: `https://elsewhere.example.org/${filename}` },
    ...{ startedAt: nanoseconds(Date.now()), endedAt: nanoseconds(Date.now() + 1_000), duration: '1000000000' },
    ...more,
  });

  it.each([
    ['in `fileResults`', (each: object) => ({ fileResults: [each] })],
    ['in the older `file` alone', (each: object) => ({ fileResults: [], file: each })],
    ['in both', (each: object) => ({ fileResults: [each], file: each })],
  ])('claims the file that it names %s, once', async (_, named) => {
    const here = await held();
    const key = `egress/${here.consultationId}.webm`;
    await leave(key, video);
    const message = webhook('egress_ended', here.at, egress(here.at, 'EG_1', named(file(key))));
    expect(await tell(app, { ...message, room: undefined })).toBe(204);
    await eventually(async () => (await stored(here)).length === 1, 20_000);
    expect(await tell(app, { ...message, id: 'EV_again' })).toBe(204);
    await tell(app, webhook('room_finished', here.at));
    await eventually(async () => (await patientEvents(app, here.patientId, 'ConsultationLeft')).length === 2);
    expect(await stored(here)).toMatchObject([{ mediaSessionId: here.at.sid, bytes: video.length }]);
    expect(await patientEvents(app, here.patientId, 'RecordingQuarantined')).toEqual([]);
    const settled = await eventually(async () => {
      const found = await mediaEventsOf(app, here.at, 'RecordingClaimSettled');
      return found.length > 0 ? found : undefined;
    });
    expect(settled.map(({ data }) => data)).toMatchObject([{ outcome: 'stored' }]);
  });

  it('is quarantined where the recorder ran an hour before there was a session', async () => {
    const here = await held();
    const key = `egress/${here.consultationId}.webm`;
    await leave(key, video);
    const [startedAt, endedAt] = [nanoseconds(Date.now() - 3_600_000), nanoseconds(Date.now() - 3_000_000)];
    await tell(
      app,
      webhook('egress_ended', here.at, egress(here.at, 'EG_1', { fileResults: [file(key, { startedAt, endedAt })] })),
    );
    await eventually(
      async () => (await patientEvents(app, here.patientId, 'RecordingQuarantined')).length === 1,
      20_000,
    );
  });

  it('that names a file that is not there, or may not be claimed, is for the desk to look at, once', async () => {
    const here = await held();
    const ended = (id: string, key: string) =>
      webhook('egress_ended', here.at, egress(here.at, id, { fileResults: [file(key)] }));
    await tell(app, ended('EG_1', 'private/a.webm'));
    await tell(app, ended('EG_2', 'egress/none.webm'));
    const settled = await eventually(async () => {
      const found = await mediaEventsOf(app, here.at, 'RecordingClaimSettled');
      return found.length >= 2 ? found : undefined;
    });
    // The bucket without a prefix is a place for any key.
    expect(settled.map(({ data }) => data)).toMatchObject([
      { outcome: 'refused', reason: 'claimed-object-differs' },
      { outcome: 'refused', reason: 'claimed-object-differs' },
    ]);
    const breach = await breachOf(
      app,
      'recording-not-kept',
      ({ consultationId }) => consultationId === here.consultationId,
    );
    expect(breach).toMatchObject({ severity: 'review', patientId: here.patientId });
  });

  it('is claimed later where it comes before any participant does', async () => {
    const here = await agreed(app);
    const at = freshRoom(here.consultationId);
    const key = `egress/${here.consultationId}.webm`;
    await leave(key, video);
    await tell(app, webhook('egress_ended', at, egress(at, 'EG_1', { fileResults: [file(key)] })));
    for (const id of [here.patientId, here.clinicianId]) await tell(app, webhook('participant_joined', at, person(id)));
    await eventually(async () => (await stored(here)).length === 1, 20_000);
  });
});
