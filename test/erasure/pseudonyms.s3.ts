import { media } from '../recordings/media.ts';
import { opened, recorded } from '../recordings/recorded.ts';
import { allIn } from '../recordings/two-machines.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { type Bucket, freshBucket, s3Server } from '../support/s3-server.ts';
import { erased } from './erased.ts';

describe('a ledger of pseudonyms with its recordings in a bucket', () => {
  const environment = { ...process.env };
  let objects: Bucket;
  let app: RunningApp;
  beforeAll(async () => {
    const { credentials, endpoint } = s3Server();
    // Where the SDK looks for them; they are no settings of the application.
    process.env.AWS_ACCESS_KEY_ID = (credentials as { accessKeyId: string }).accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = (credentials as { secretAccessKey: string }).secretAccessKey;
    objects = await freshBucket();
    app = await startApp({
      env: {
        ...{ S3_BUCKET: objects.name, S3_ENDPOINT: endpoint, S3_REGION: 'us-east-1', S3_FORCE_PATH_STYLE: 'true' },
        ...{ PATIENT_ID_MODE: 'pseudonym', PATIENT_ID_SECRET: 'no test guesses this secret of ids' },
        ...{ KEYS_KMS: 'file', ERASURE_HOLD_HOURS: '0' },
      },
    });
  });
  afterAll(async () => {
    await app?.close();
    await objects?.remove();
    process.env = environment;
  });

  it('names no one in a key of an object, plays to its patient, and is left with nothing at their erasure', async () => {
    const body = await media('consultation.webm');
    const [held, kept] = [await recorded(app, body), await recorded(app, body)];
    const play = async ({ patientId }: { patientId: string }, contentUrl: string) =>
      app.call(contentUrl, { as: patientId, roles: ['patient'] });
    const [mine, theirs] = [await opened(app, held), await opened(app, kept)];
    for (const [whose, { contentUrl }] of [
      [held, mine],
      [kept, theirs],
    ] as const)
      expect(Buffer.from(await (await play(whose, contentUrl)).arrayBuffer()).equals(body)).toBe(true);
    const before = await allIn(objects);
    expect(before.size).toBe(2);
    for (const [key, content] of before) {
      expect(key).toMatch(/^recordings\/patient-_\.\.p[\w-]{22}\//);
      for (const id of [held.patientId, kept.patientId]) expect(key.includes(id) || content.includes(id)).toBe(false);
      expect(content.includes(body.subarray(200, 264))).toBe(false);
    }
    await erased(app, held.patientId);
    expect((await allIn(objects)).size).toBe(1);
    // To the ledger they are another person by now, whose view this never was.
    expect((await play(held, mine.contentUrl)).status).toBe(404);
    expect((await play(kept, theirs.contentUrl)).status).toBe(200);
  });
});
