import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { viewerStreams } from '../../events/categories.ts';
import { Clock } from '../../src/clock.ts';
import { ExportExpiry } from '../../src/compliance/exports/expiry.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { send } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { type Bucket, freshBucket, s3Client, s3Server, uploadsUnderWay } from '../support/s3-server.ts';
import { wayTo } from '../support/way-to.ts';

const anna = { as: 'officer-anna', roles: ['compliance'] } as const;
const DAY_MS = 86_400_000;
/** More than the buffers of a connection hold: some 600 bytes each. */
const ROWS = 40_000;
const PATIENTS_A_LIST = 200;
const environment = { ...process.env };

let bucket: Bucket;
let way: Awaited<ReturnType<typeof wayTo>>;
let app: RunningApp;
let daysAhead = 0;
beforeAll(async () => {
  bucket = await freshBucket();
  const { credentials, endpoint } = s3Server();
  // Where the SDK looks for them; they are no settings of the application.
  process.env.AWS_ACCESS_KEY_ID = (credentials as { accessKeyId: string }).accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = (credentials as { secretAccessKey: string }).secretAccessKey;
  way = await wayTo(endpoint);
  app = await startApp({
    env: {
      ...{ HISTORY_INDEX: 'on', EXPORT_APPROVAL_PEOPLE: '1000' },
      ...{ S3_BUCKET: bucket.name, S3_ENDPOINT: way.endpoint, S3_REGION: 'us-east-1', S3_FORCE_PATH_STYLE: 'true' },
    },
    override: (builder) => builder.overrideProvider(Clock).useValue({ now: () => Date.now() + daysAhead * DAY_MS }),
  });
  const shown = Array.from({ length: PATIENTS_A_LIST }, (_, i) => ({
    ...{ patientId: `pat-${i}`, consultationId: `con-${i}`, recordingIds: [] },
  }));
  const cause = { actor: { id: 'doc-1', roles: ['clinician'] }, requestId: 'seed' } as const;
  for (let rows = 0; rows < ROWS; rows += PATIENTS_A_LIST)
    await app.app
      .get(Ledger)
      .append(
        viewerStreams.of('doc-1'),
        'any',
        [{ type: 'ConsultationsListed', data: { viewerId: 'doc-1', shown, digest: 'b'.repeat(64) } }],
        cause,
      );
}, 120_000);
afterAll(async () => {
  await app?.close();
  await way.close();
  await bucket.remove();
  process.env = { ...environment };
});

const ask = (): Promise<string> =>
  eventually(async () => {
    const body = { format: 'ndjson', purpose: 'audit', filter: { viewerId: 'doc-1' } };
    const answer = await send(app, 'POST', '/v1/exports', { ...anna, body });
    return answer.status === 202 ? (answer.body.exportId as string) : undefined;
  });
const jobOf = async (exportId: string) => (await send(app, 'GET', `/v1/exports/${exportId}`, anna)).body;
const made = async (exportId: string) => {
  await eventually(async () => (await jobOf(exportId)).status !== 'queued', 60_000);
  const job = await jobOf(exportId);
  expect(job).toMatchObject({ status: 'made', rows: ROWS });
  return job;
};
const content = (exportId: string) => app.call(`/v1/exports/${exportId}/content`, anna);
const expectWhole = async (exportId: string) => {
  const { sha256, bytes } = await jobOf(exportId);
  const body = Buffer.from(await (await content(exportId)).arrayBuffer());
  expect([body.length, createHash('sha256').update(body).digest('hex')]).toEqual([bytes, sha256]);
};
const objectsOf = async (exportId: string): Promise<number> => {
  const client = s3Client();
  const { KeyCount = 0 } = await client.send(
    new ListObjectsV2Command({ Bucket: bucket.name, Prefix: `exports/${exportId}/` }),
  );
  client.destroy();
  return KeyCount;
};
const uploads = async (): Promise<number> => {
  const client = s3Client();
  const { length } = await uploadsUnderWay(bucket.name, client);
  client.destroy();
  return length;
};

describe('an export on S3', () => {
  it('is made, fetched whole, and removed when its time is over', async () => {
    const exportId = await ask();
    await made(exportId);
    await expectWhole(exportId);
    expect(await objectsOf(exportId)).toBe(1);
    daysAhead = 8;
    try {
      expect((await content(exportId)).status).toBe(410);
      await app.app.get(ExportExpiry, { strict: false }).round();
    } finally {
      daysAhead = 0;
    }
    await eventually(async () => (await jobOf(exportId)).status === 'expired');
    expect(await objectsOf(exportId)).toBe(0);
  }, 120_000);

  it('is made once the server is back, when that was away while it was made, and no part of it stays', async () => {
    await way.close();
    const exportId = await ask();
    await eventually(() => app.logged.some((line) => line.includes(`export ${exportId} is not made, try 1`)), 60_000);
    expect(await jobOf(exportId)).toMatchObject({ status: 'queued' });
    await way.open();
    await made(exportId);
    await expectWhole(exportId);
    expect(await objectsOf(exportId)).toBe(1);
    expect(await uploads()).toBe(0);

    await way.close();
    const refused = await content(exportId);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'export-store-unavailable' });
    await way.open();
    await eventually(async () => (await content(exportId)).ok, 30_000);
  }, 180_000);

  it('is cut short for a client that stops reading, which never has it whole, and is there for the next', async () => {
    const exportId = await ask();
    const { bytes } = await made(exportId);
    const asked = request(new URL(`/v1/exports/${exportId}/content`, app.url), {
      headers: { authorization: `Bearer ${await app.token(anna.as, anna.roles)}` },
    }).end();
    asked.on('error', () => undefined);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.on('error', () => undefined).pause();
    await eventually(() => app.logged.some((line) => line.includes(`export ${exportId} was cut short`)), 60_000);
    let received = 0;
    response.on('data', (part: Buffer) => {
      received += part.length;
    });
    response.resume();
    await eventually(() => response.closed);
    expect(response.complete).toBe(false);
    expect(received).toBeLessThan(bytes);
    await expectWhole(exportId);
  }, 120_000);
});
