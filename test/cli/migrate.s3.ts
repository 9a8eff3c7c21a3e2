import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { media, padded } from '../recordings/media.ts';
import { opened, type RecordedConsultation, recorded } from '../recordings/recorded.ts';
import { startApp } from '../support/app.ts';
import { type Bucket, freshBucket, s3Client, s3Server } from '../support/s3-server.ts';
import { migrate } from './migrating.ts';

const environment = { ...process.env };
const { endpoint, credentials } = s3Server();
const { accessKeyId, secretAccessKey } = credentials as { accessKeyId: string; secretAccessKey: string };
/** Where the SDK looks for them; they are no settings of the application, and no part of `s3://…`. */
const access = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };

let folder: string;
let bucket: Bucket;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migrate-s3-'));
  bucket = await freshBucket();
  Object.assign(process.env, access);
});
afterEach(async () => {
  process.env = { ...environment };
  await bucket.remove();
  await rm(folder, { recursive: true, force: true });
});

const keyOf = ({ patientId, recordingId }: RecordedConsultation) => `patient-${patientId}/${recordingId}`;

describe('recordings that move into a bucket', () => {
  it('are all there, are played from there, and a changed one is named', async () => {
    const [source, target] = [join(folder, 'source'), join(folder, 'target')];
    // One small, and one that goes up in several parts.
    const bodies = [await media('consultation.webm'), await padded('consultation.webm', 12 * 2 ** 20)];
    const before = await startApp({ env: { DATA_DIR: source } });
    const held: RecordedConsultation[] = [];
    for (const body of bodies) held.push(await recorded(before, body));
    await before.close();

    const where = `s3://${bucket.name}?endpoint=${endpoint}&region=us-east-1&forcePathStyle=true`;
    const to = ['--to', target, '--recordings-to', where];
    const env = { DATA_DIR: source, ...access };
    expect(await migrate([...to, '--keep-open'], env)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`recordings: 2 copied to s3://${bucket.name}, 0 were there, 0 left`),
    });
    expect(await migrate(to, env)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`recordings: 0 copied to s3://${bucket.name}, 2 were there, 0 left`),
    });
    expect(await migrate([...to, '--verify'], env)).toMatchObject({
      code: 0,
      out: expect.stringContaining('recordings: 2 of 2'),
    });

    const s3 = { S3_BUCKET: bucket.name, S3_ENDPOINT: endpoint, S3_REGION: 'us-east-1', S3_FORCE_PATH_STYLE: 'true' };
    const after = await startApp({ env: { DATA_DIR: target, ...s3 } });
    try {
      for (const [i, here] of held.entries()) {
        const { contentUrl } = await opened(after, here);
        const played = await after.call(contentUrl, { as: here.patientId, roles: ['patient'] });
        expect(Buffer.from(await played.arrayBuffer()).equals(bodies[i] as Buffer)).toBe(true);
      }
    } finally {
      await after.close();
    }

    const [small] = held as [RecordedConsultation];
    const changed = Buffer.from(bodies[0] as Buffer);
    changed[100] = (changed[100] as number) ^ 1;
    const client = s3Client();
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket.name }));
    const object = Contents.find(({ Key }) => Key?.endsWith(keyOf(small)));
    await client.send(new PutObjectCommand({ Bucket: bucket.name, Key: object?.Key, Body: changed }));
    client.destroy();
    const { code, out } = await migrate([...to, '--verify'], env);
    expect([code, out]).toEqual([1, expect.stringContaining(`${keyOf(small)}: its bytes are not those`)]);
    expect(out).toContain('recordings: 1 of 2');
  }, 180_000);
});
