import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type ClientRequest, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { Descriptors } from '../../src/recordings/descriptors.ts';
import { UploadStalled } from '../../src/recordings/errors.ts';
import { ingest } from '../../src/recordings/ingest.ts';
import { recordingKey } from '../../src/recordings/recording-key.ts';
import { recordingFiles } from '../../src/recordings/stores.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { media } from './media.ts';
import {
  type Consultation,
  consultation,
  digestOf,
  keysIn,
  opened,
  patientEvents,
  recorded,
  roomOf,
  uploadTo,
} from './recorded.ts';

/** An upload that announces a mebibyte, sends a kilobyte of it and then nothing. */
const halfOpen = async (app: RunningApp, held: Consultation, as: string, role: 'service' | 'clinician') => {
  const sent = request(new URL(`${held.path}/recordings?mediaSessionId=${roomOf(held)}`, app.url), {
    method: 'POST',
    headers: {
      ...{ authorization: `Bearer ${await app.token(as, [role])}`, 'content-type': 'video/webm' },
      ...{ 'content-length': 2 ** 20, ...digestOf(Buffer.alloc(0)) },
    },
  });
  const answered = new Promise<number>((resolve) => {
    sent.on('response', (answer) => resolve(answer.resume().statusCode ?? 0)).on('error', () => resolve(0));
  });
  sent.write((await media('consultation.webm')).subarray(0, 1_000));
  return { sent, answered };
};

describe('uploads of one caller at once', () => {
  let app: RunningApp;
  let body: Buffer;
  beforeAll(async () => {
    app = await startApp({ env: { RECORDING_UPLOADS_PER_CALLER: '2', RECORDING_UPLOADS_PER_SERVICE: '3' } });
    body = await media('consultation.webm');
  });
  afterAll(() => app.close());

  it.each([
    ['a service', 'service', 3],
    ['a clinician', 'clinician', 2],
  ] as const)('are bounded for %s, for others there is room, and one that ends makes room', async (_, role, most) => {
    const held = await consultation(app);
    const caller = role === 'service' ? 'slow-service' : held.clinicianId;
    const open: ClientRequest[] = [];
    for (let n = 0; n < most; n += 1) open.push((await halfOpen(app, held, caller, role)).sent);
    const oneMore = async () => (await halfOpen(app, held, caller, role)).answered;
    // Whether all of them are under way shows only by what is refused.
    const [status] = await eventually(async () => {
      const { sent, answered } = await halfOpen(app, held, caller, role);
      const seen = await Promise.race([answered, delay(500, undefined)]);
      if (seen === undefined) sent.destroy();
      return seen === undefined ? undefined : [seen];
    });
    expect(status).toBe(429);
    expect(await oneMore()).toBe(429);
    expect(await uploadTo(app, held, { body })).toMatchObject({ status: 201 });

    open[0]?.destroy();
    await eventually(async () => {
      const { sent, answered } = await halfOpen(app, held, caller, role);
      const seen = await Promise.race([answered, delay(300, undefined)]);
      sent.destroy();
      return seen === undefined;
    });
    for (const one of open) one.destroy();
  });

  it('tell when to try again', async () => {
    const held = await consultation(app);
    const open = await Promise.all([1, 2, 3].map(() => halfOpen(app, held, 'video-service', 'service')));
    const refused = await eventually(async () => {
      const response = await app.call(`${held.path}/recordings?mediaSessionId=${roomOf(held)}`, {
        ...{ method: 'POST', as: 'video-service', roles: ['service'], body },
        headers: { 'content-type': 'video/webm', ...digestOf(body) },
      });
      return response.status === 429 ? response : undefined;
    });
    expect(await refused.json()).toMatchObject({ code: 'too-many-uploads' });
    expect(refused.headers.get('retry-after')).not.toBeNull();
    for (const { sent } of open) sent.destroy();
  });
});

describe('the digest of an upload', () => {
  const upload = async (app: RunningApp, held: Consultation, as: string, role: 'service' | 'clinician') => {
    const response = await app.call(`${held.path}/recordings?mediaSessionId=${roomOf(held)}`, {
      ...{ method: 'POST', as, roles: [role], body: await media('consultation.webm') },
      headers: { 'content-type': 'video/webm' },
    });
    return { status: response.status, body: (await response.json()) as { code?: string } };
  };

  it('must come from a service, before a byte is read, and need not come from a person', async () => {
    const app = await startApp();
    try {
      const held = await consultation(app);
      expect(await upload(app, held, 'video-service', 'service')).toMatchObject({
        ...{ status: 400, body: { code: 'digest-missing' } },
      });
      expect(await keysIn(app)).toEqual([]);
      expect(await patientEvents(app, held.patientId, 'RecordingStored')).toEqual([]);
      expect(await upload(app, held, held.clinicianId, 'clinician')).toMatchObject({ status: 201 });
    } finally {
      await app.close();
    }
  });

  it('need not come from a service either with RECORDING_DIGEST_REQUIRED=false', async () => {
    const app = await startApp({ env: { RECORDING_DIGEST_REQUIRED: 'false' } });
    try {
      const held = await consultation(app);
      expect(await upload(app, held, 'video-service', 'service')).toMatchObject({ status: 201 });
    } finally {
      await app.close();
    }
  });
});

describe('the pace of an upload', () => {
  let folder: string;
  let store: ObjectStore;
  let video: Buffer;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pace-'));
    store = recordingFiles({ folder });
    video = await media('consultation.webm');
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** `bytes` every 20 ms. */
  const trickle = (bytes: number, total = video.length) =>
    Readable.from(
      (async function* () {
        for (let at = 0; at < total; at += bytes) {
          yield video.subarray(at, Math.min(total, at + bytes));
          await delay(20);
        }
      })(),
      { objectMode: false, highWaterMark: 1 },
    );
  const take = (body: Readable, leastRate?: { bytesPerSecond: number; overMs: number }) =>
    ingest(body, {
      ...{ store, owner: { patientId: 'pat-1', recordingId: 'rec-1' }, maxBytes: 2 ** 20, claimedType: 'video/webm' },
      ...{ idleTimeoutMs: 10_000, leastRate },
    });

  it('may not be slower than the least rate, though it never falls silent', async () => {
    const from = performance.now();
    await expect(take(trickle(50), { bytesPerSecond: 100_000, overMs: 300 })).rejects.toThrow(UploadStalled);
    expect(performance.now() - from).toBeLessThan(5_000);
    for await (const page of store.list()) expect(page).toEqual([]);
  });

  it('is looked at while nothing comes, too', async () => {
    const silent = new Readable({ read() {} });
    silent.push(video.subarray(0, 100));
    const from = performance.now();
    await expect(take(silent, { bytesPerSecond: 1_000, overMs: 300 })).rejects.toThrow(UploadStalled);
    expect(performance.now() - from).toBeLessThan(5_000);
  });

  it('may be that slow where there is no least rate, and for a shorter time than it is averaged over', async () => {
    const small = 4_200;
    expect(await take(trickle(500, small))).toMatchObject({ bytes: small });
    await store.delete(recordingKey({ patientId: 'pat-1', recordingId: 'rec-1' }));
    expect(await take(trickle(500, small), { bytesPerSecond: 2 ** 30, overMs: 60_000 })).toMatchObject({
      bytes: small,
    });
  });

  it('is not the store’s, which may take its time', async () => {
    const slow = Object.create(store, {
      write: {
        value: async (...[key, body, options]: Parameters<typeof store.write>) => {
          await delay(900); // While it waits, nobody asks the sender for anything.
          return store.write(key, body, options);
        },
      },
    });
    const taken = await ingest(Readable.from([video]), {
      ...{ store: slow, owner: { patientId: 'pat-1', recordingId: 'rec-2' }, maxBytes: 2 ** 20 },
      ...{ claimedType: 'video/webm', idleTimeoutMs: 10_000, leastRate: { bytesPerSecond: 2 ** 20, overMs: 300 } },
    });
    expect(taken.bytes).toBe(video.length);
  });
});

/** The kernel's account of a process with so many files open. */
class Elsewhere extends Descriptors {
  constructor(private readonly folder: string) {
    super();
  }
  protected override get process(): string {
    return this.folder;
  }
}

describe('free descriptors', () => {
  let folder: string;
  const opens = async (count: number) => {
    await rm(join(folder, 'fd'), { recursive: true, force: true });
    await mkdir(join(folder, 'fd'));
    await Promise.all(Array.from({ length: count }, (_, n) => writeFile(join(folder, 'fd', String(n)), '')));
  };
  const limits = (soft: number | 'unlimited') =>
    writeFile(
      join(folder, 'limits'),
      `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            ${soft}                 524288               files     \n`,
    );
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'process-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each([
    [1_000, 900, true],
    [1_000, 950, false],
    [100, 85, true],
    [100, 95, false],
    [100, 120, false],
    ['unlimited', 50, true],
  ] as const)('of a limit of %s with %i open: enough is %s', async (limit, open, enough) => {
    await limits(limit);
    await opens(open);
    const asked = new Elsewhere(folder).requireFree();
    if (enough) await asked;
    else await expect(asked).rejects.toMatchObject({ code: 'recording-store-unavailable' });
  });

  it('are enough where the kernel does not tell', async () => {
    await new Elsewhere(join(folder, 'nothing')).requireFree();
  });

  it('are enough for this very process', async () => {
    await new Descriptors().requireFree();
  });

  it('that run out refuse uploads and transfers, and readiness says so, until there are some again', async () => {
    await limits(200);
    await opens(10);
    const app = await startApp({
      override: (builder) => builder.overrideProvider(Descriptors).useValue(new Elsewhere(folder)),
    });
    try {
      const [held, fresh] = [await recorded(app), await consultation(app)];
      const { contentUrl } = await opened(app, held);
      const body = await media('consultation.webm');
      await opens(195);
      const ready = await eventually(async () => {
        const answer = await app.call('/health/ready');
        return answer.status === 503 ? answer : undefined;
      });
      expect(await ready.json()).toMatchObject({ errors: [{ path: 'descriptors' }] });
      const refused = { status: 503, body: { code: 'recording-store-unavailable' } };
      expect(await uploadTo(app, fresh, { body })).toMatchObject(refused);
      const content = await app.call(contentUrl, { as: held.patientId, roles: ['patient'] });
      expect({ status: content.status, body: await content.json() }).toMatchObject(refused);
      expect(await patientEvents(app, held.patientId, 'RecordingTransferBegan')).toEqual([]);

      await opens(10);
      await eventually(async () => (await app.call('/health/ready')).ok);
      expect(await uploadTo(app, fresh, { body })).toMatchObject({ status: 201 });
    } finally {
      await app.close();
    }
  });
});
