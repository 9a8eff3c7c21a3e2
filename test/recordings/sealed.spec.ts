import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KmsServer, vaultServer, vaultSettings } from '../keys/kms-servers.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { filesUnder } from './files-under.ts';
import { media, padded } from './media.ts';
import { compliance, consultation, keysIn, opened, patientEvents, recorded, uploadTo } from './recorded.ts';

const get = (app: RunningApp, url: string, as: string, headers: Record<string, string> = {}) =>
  app.call(url, { as, roles: ['patient'], headers });

const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

describe('recordings that are sealed', () => {
  let app: RunningApp;
  let video: Buffer;
  beforeAll(async () => {
    app = await startApp({ env: { KEYS_KMS: 'file' } });
    video = await padded('consultation.webm', 3 * 2 ** 18);
  });
  afterAll(() => app.close());
  const folder = () => join(app.config.dataDir, 'recordings');
  const objectOf = async ({ patientId }: { patientId: string }) => {
    const [key = ''] = (await keysIn(app)).filter((one) => one.startsWith(`patient-${patientId}/`));
    return join(folder(), key);
  };

  it('are played whole and in ranges as they were uploaded', async () => {
    const held = await recorded(app, video);
    const { contentUrl } = await opened(app, held);
    const whole = await get(app, contentUrl, held.patientId);
    expect(whole.status).toBe(200);
    expect(whole.headers.get('content-type')).toBe('video/webm');
    expect((await bytesOf(whole)).equals(video)).toBe(true);
    for (const [first, last] of [
      [0, 0],
      [1, 16_384],
      [16_384, 300_000],
      [700_000, video.length - 1],
    ] as const) {
      const part = await get(app, contentUrl, held.patientId, { range: `bytes=${first}-${last}` });
      expect(part.status).toBe(206);
      expect(part.headers.get('content-range')).toBe(`bytes ${first}-${last}/${video.length}`);
      expect((await bytesOf(part)).equals(video.subarray(first, last + 1))).toBe(true);
    }
  });

  it('leave nothing on the disk that could be found of them', async () => {
    const body = Buffer.concat([await media('consultation.webm'), randomBytes(2 ** 19)]);
    const known = [body.length - 2 ** 19, body.length - 300_000, body.length - 64].map((at) =>
      body.subarray(at, at + 64),
    );
    await recorded(app, body);
    const files = await filesUnder(app.config.dataDir);
    expect([...files.keys()].some((path) => path.startsWith(folder()))).toBe(true);
    for (const [path, content] of files)
      for (const piece of known) if (content.includes(piece)) throw new Error(`a piece of a recording is in ${path}`);
  });

  it('are on record with what opens them, and without hashes of their pieces', async () => {
    const held = await recorded(app, video);
    const [stored] = await patientEvents(app, held.patientId, 'RecordingStored');
    expect(stored).toMatchObject({
      bytes: video.length,
      sealed: { keyId: expect.any(String), objectKey: expect.any(String), head: expect.any(String) },
    });
    expect(stored).not.toHaveProperty('chunks');
  });

  it('are quarantined where they cannot show where they belong, by both keys', async () => {
    const held = await consultation(app);
    const elsewhere = { ...held, room: `room-of-nobody-${held.consultationId}` };
    const { status, body } = await uploadTo(app, elsewhere, { body: await media('consultation.webm') });
    expect({ status, state: body.state }).toEqual({ status: 202, state: 'quarantined' });
  });

  it('are refused before the first byte when the object was changed, exchanged, cut or taken away, and on-call is told', async () => {
    const changes: readonly (readonly [string, (path: string) => Promise<void>])[] = [
      [
        'changed in the middle',
        async (path) => {
          const object = await readFile(path);
          object[400_000] = (object[400_000] ?? 0) ^ 1;
          await writeFile(path, object);
        },
      ],
      ['cut', async (path) => writeFile(path, (await readFile(path)).subarray(0, -20))],
      [
        'reordered',
        async (path) => {
          const object = await readFile(path);
          const chunk = (k: number) => object.subarray(56 + k * 16_400, 56 + (k + 1) * 16_400);
          await writeFile(
            path,
            Buffer.concat([object.subarray(0, 56), chunk(1), chunk(0), object.subarray(56 + 2 * 16_400)]),
          );
        },
      ],
      [
        'exchanged for that of another patient',
        async (path) => writeFile(path, await readFile(await objectOf(await recorded(app, video)))),
      ],
      ['taken away', unlink],
    ];
    for (const [how, change] of changes) {
      const held = await recorded(app, video);
      const { contentUrl, viewId } = await opened(app, held);
      await change(await objectOf(held));
      // The whole, and a range in which the damage lies.
      for (const range of ['bytes=0-', 'bytes=1-500000']) {
        const answer = await get(app, contentUrl, held.patientId, { range });
        // Damage that lies further in than the first step cuts the transfer before that step.
        if (how === 'changed in the middle') {
          const received = await bytesOf(answer).catch(() => Buffer.alloc(0));
          expect(received.length).toBeLessThan(400_000);
          expect(received.equals(video.subarray(range === 'bytes=0-' ? 0 : 1).subarray(0, received.length))).toBe(true);
        } else {
          expect({ how, status: answer.status }).toEqual({ how, status: 500 });
          expect(await answer.json()).toMatchObject({ code: 'recording-corrupt' });
        }
      }
      await eventually(async () => {
        const played = await patientEvents(app, held.patientId, 'RecordingPlayed');
        return played.some((one) => one.viewId === viewId && one.outcome === 'corrupt');
      });
    }
  });

  it('are removed from the store when they are erased', async () => {
    const held = await recorded(app, video);
    const path = await objectOf(held);
    await readFile(path);
    expect((await compliance(app, `${held.recordingPath}/erase`)).status).toBeLessThan(300);
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });
});

describe('recordings whose keys are in a KMS', () => {
  let server: KmsServer;
  let app: RunningApp;
  let env: Record<string, string>;
  beforeAll(async () => {
    server = await vaultServer();
    const dataDir = await mkdtemp(join(tmpdir(), 'ledger-sealed-'));
    env = { DATA_DIR: dataDir, ...(await vaultSettings(server, dataDir)) };
    app = await startApp({ env });
  });
  afterAll(async () => {
    await app.close();
    await server.close();
    await rm(app.config.dataDir, { recursive: true });
  });

  it('are played while the KMS is away where their patient’s key is held, and are neither taken nor played where it is not', async () => {
    const video = await media('consultation.webm');
    const held = await recorded(app, video);
    server.answerWith({ status: 503, name: 'sealed' });
    // What is booked meanwhile is on record, and makes no key.
    const newcomer = await consultation(app);
    const { contentUrl } = await opened(app, held);
    expect((await bytesOf(await get(app, contentUrl, held.patientId))).equals(video)).toBe(true);
    const refused = await uploadTo(app, newcomer, { body: video });
    expect(refused).toMatchObject({ status: 503, body: { code: 'keys-unavailable' } });
    expect(await patientEvents(app, newcomer.patientId, 'RecordingStored')).toEqual([]);
    expect((await keysIn(app)).filter((key) => key.startsWith(`patient-${newcomer.patientId}/`))).toEqual([]);
    server.answerWith(undefined);
    expect((await uploadTo(app, newcomer, { body: video })).status).toBe(201);
  });

  it('are not taken for erased or damaged with another key store, and are there again with the right one', async () => {
    const video = await media('consultation.webm');
    const held = await recorded(app, video);
    const { dataDir } = app.config;
    const { contentUrl } = await opened(app, held);
    await app.close();
    await rename(join(dataDir, 'keys'), join(dataDir, 'keys-aside'));
    // The store of events, and everything else, stays as it is.
    app = await startApp({ env });
    const answer = await get(app, contentUrl, held.patientId);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'keys-unavailable' });
    expect(await patientEvents(app, held.patientId, 'RecordingPlayed')).toEqual([]);
    await app.close();
    await rename(join(dataDir, 'keys'), join(dataDir, 'keys-wrong'));
    await rename(join(dataDir, 'keys-aside'), join(dataDir, 'keys'));
    app = await startApp({ env });
    expect((await bytesOf(await get(app, contentUrl, held.patientId))).equals(video)).toBe(true);
  });

  it('are not played without KEYS_KMS, which the problem names, while those in clear are', async () => {
    const video = await media('consultation.webm');
    const held = await recorded(app, video);
    const { dataDir } = app.config;
    await app.close();
    app = await startApp({ env: { DATA_DIR: dataDir } });
    const sealed = await get(app, (await opened(app, held)).contentUrl, held.patientId);
    expect(sealed.status).toBe(503);
    expect(await sealed.json()).toMatchObject({
      code: 'keys-unavailable',
      detail: expect.stringContaining('KEYS_KMS'),
    });
    const clear = await recorded(app, video);
    const { contentUrl } = await opened(app, clear);
    await app.close();
    app = await startApp({ env });
    expect((await bytesOf(await get(app, contentUrl, clear.patientId))).equals(video)).toBe(true);
  });
});
