import { mkdir, readFile, rename, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { patientStreams } from '../../events/categories.ts';
import { eventIdFor } from '../../src/ledger/event-id.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { recordingKey } from '../../src/recordings/recording-key.ts';
import { ProofRefused, RecordingProofs } from '../../src/second-key/recording-proof.ts';
import { append, breachesOf, breachOf, eventsOf, typesOf } from '../access/scene.ts';
import { sha256 } from '../objects/bytes.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { padded } from './media.ts';
import { consultation, opened, patientEvents, type RecordedConsultation, recorded, storeOf } from './recorded.ts';

const CHUNK = 256 * 1024;
const SIZE = 5 * CHUNK + 1_000;

let app: RunningApp;
let body: Buffer;
beforeAll(async () => {
  app = await startApp({ env: { RELEASE_TIMEOUT_MS: '20000' } });
  body = Buffer.alloc(SIZE);
  for (let at = 0; at < SIZE; at += 1) body[at] = (at * 31 + (at >> 8)) % 251;
  (await padded('consultation.webm', 4_096)).copy(body);
});
afterAll(() => app.close());

const pathOf = ({ patientId, recordingId }: RecordedConsultation) =>
  join(app.config.dataDir, 'recordings', recordingKey({ patientId, recordingId }));

const fetched = async (held: RecordedConsultation, contentUrl: string, range?: string) => {
  const response = await app.call(contentUrl, {
    ...{ as: held.patientId, roles: ['patient'] },
    ...(range !== undefined && { headers: { range } }),
  });
  const pieces: Buffer[] = [];
  try {
    for await (const piece of response.body ?? []) pieces.push(Buffer.from(piece));
  } catch {
    // Cut: what came is what counts.
  }
  return { status: response.status, bytes: Buffer.concat(pieces) };
};

const playedOf = (held: RecordedConsultation, count = 1) =>
  eventually(async () => {
    const found = await patientEvents(app, held.patientId, 'RecordingPlayed');
    return found.length >= count ? found : undefined;
  });

/** A recording as releases before chunks stored it, whose object is `stored` and whose event says `said`. */
const stored = async (said: Buffer): Promise<RecordedConsultation> => {
  const held = await consultation(app);
  const { patientId, consultationId } = held;
  const recordingId = `rec-${patientId}`;
  const { Readable } = await import('node:stream');
  const webm = { contentType: 'video/webm' };
  await storeOf(app).write(recordingKey({ patientId, recordingId }), Readable.from([said]), webm);
  await append(app, patientId, {
    type: 'RecordingStored',
    data: {
      ...{ patientId, consultationId, recordingId, mediaSessionId: 'room-1', sha256: sha256(said), bytes: said.length },
      ...{ ...webm, durationSeconds: null },
    },
  });
  return { ...held, recordingId, recordingPath: `${held.path}/recordings/${recordingId}` };
};

describe('what a player is sent', () => {
  it.each([
    ['the whole', undefined, 0, SIZE - 1],
    ['the first byte', 'bytes=0-0', 0, 0],
    ['a part of one chunk', `bytes=${CHUNK + 5}-${CHUNK + 9}`, CHUNK + 5, CHUNK + 9],
    ['a chunk', `bytes=${CHUNK}-${2 * CHUNK - 1}`, CHUNK, 2 * CHUNK - 1],
    ['the end of one chunk and the beginning of another', `bytes=${CHUNK - 1}-${CHUNK}`, CHUNK - 1, CHUNK],
    ['several chunks from the middle of one on', `bytes=${CHUNK + 7}-${4 * CHUNK + 3}`, CHUNK + 7, 4 * CHUNK + 3],
    ['the last bytes', 'bytes=-1001', SIZE - 1_001, SIZE - 1],
  ])('is %s of the recording, proved by the hashes in its event', async (_, range, first, last) => {
    const held = await recorded(app, body);
    const [event] = await patientEvents(app, held.patientId, 'RecordingStored');
    expect(event?.chunks).toEqual({ bytes: CHUNK, sha256: expect.any(String) });
    const { contentUrl } = await opened(app, held);
    const { status, bytes } = await fetched(held, contentUrl, range);
    expect(status).toBe(range ? 206 : 200);
    expect(bytes.equals(body.subarray(first, last + 1))).toBe(true);
    expect(await playedOf(held)).toMatchObject([
      { bytesServed: last - first + 1, ranges: [[first, last]], outcome: 'completed' },
    ]);
  });

  type Harm = (path: string) => Promise<void>;
  const changed =
    (at: number): Harm =>
    async (path) => {
      const whole = await readFile(path);
      whole.writeUInt8((whole.readUInt8(at) + 1) % 256, at);
      await writeFile(path, whole);
    };
  const harms: readonly (readonly [string, string | undefined, Harm])[] = [
    ['whole, its first byte changed', undefined, changed(0)],
    ['by a range, a byte of the same chunk changed that was not asked for', 'bytes=10-19', changed(CHUNK - 1)],
    ['by its last bytes, the last one changed', 'bytes=-10', changed(SIZE - 1)],
    ['by a range, one byte cut off its end', 'bytes=0-9', (path) => truncate(path, SIZE - 1)],
    ['by a range beyond where it now ends', `bytes=${4 * CHUNK}-`, (path) => truncate(path, CHUNK)],
    ['by a range, a byte put behind its end', 'bytes=0-9', (path) => writeFile(path, '0', { flag: 'a' })],
    ['by a range, an empty file in its place', 'bytes=0-9', (path) => truncate(path, 0)],
    ['by a range, the file gone', 'bytes=0-9', (path) => unlink(path)],
    [
      'by a range, a link to the very same bytes in its place',
      'bytes=0-9',
      async (path) => {
        await rename(path, `${path}.away`);
        await symlink(`${path}.away`, path);
      },
    ],
    [
      'by a range, a folder in its place',
      'bytes=0-9',
      async (path) => {
        await unlink(path);
        await mkdir(path);
      },
    ],
  ];

  it.each(harms)('is nothing of a recording that was harmed: %s', async (_, range, harm) => {
    const held = await recorded(app, body);
    const { contentUrl, viewId } = await opened(app, held);
    const path = pathOf(held);
    await harm(path);
    const { status, bytes } = await fetched(held, contentUrl, range);
    expect([status, JSON.parse(bytes.toString())]).toEqual([
      500,
      expect.objectContaining({ code: 'recording-corrupt' }),
    ]);
    expect(await playedOf(held)).toMatchObject([{ viewId, bytesServed: 0, ranges: [], outcome: 'corrupt' }]);
    expect(await patientEvents(app, held.patientId, 'RecordingTransferBegan')).toEqual([]);
    await rm(path, { recursive: true, force: true });
    await rm(`${path}.away`, { force: true });
  });

  it('is nothing of another recording whose file was put in its place, as long and with the same beginning', async () => {
    const held = await recorded(app, body);
    const other = await recorded(app, Buffer.from(body).fill(3, 5_000));
    const { contentUrl } = await opened(app, held);
    await rename(pathOf(other), pathOf(held));
    for (const range of [undefined, 'bytes=0-9', 'bytes=-1'])
      expect((await fetched(held, contentUrl, range)).status).toBe(500);
    expect((await playedOf(held)).map(({ outcome, bytesServed }) => [outcome, bytesServed])).toEqual([['corrupt', 0]]);
  });

  it('ends before the chunk that was harmed, further in', async () => {
    const held = await recorded(app, body);
    const { contentUrl } = await opened(app, held);
    await changed(3 * CHUNK + 1)(pathOf(held));
    const { status, bytes } = await fetched(held, contentUrl, 'bytes=100-');
    expect(status).toBe(206);
    expect(bytes.length).toBeLessThanOrEqual(3 * CHUNK - 100);
    expect(bytes.equals(body.subarray(100, 100 + bytes.length))).toBe(true);
    expect(await playedOf(held)).toMatchObject([
      { bytesServed: 3 * CHUNK - 100, ranges: [[100, 3 * CHUNK - 1]], outcome: 'corrupt' },
    ]);
    // What was not harmed can be watched all the same.
    expect((await fetched(held, contentUrl, 'bytes=0-9')).status).toBe(206);
  });

  it('opens one critical incident for a recording that is corrupt, however often it is asked for', async () => {
    const held = await recorded(app, body);
    const { contentUrl } = await opened(app, held);
    await changed(0)(pathOf(held));
    for (let n = 0; n < 3; n += 1) expect((await fetched(held, contentUrl, 'bytes=0-9')).status).toBe(500);
    const { patientId, consultationId, recordingId } = held;
    const breachId = eventIdFor('recording-corrupt', `${patientId}/${recordingId}`);
    await eventually(async () => (await breachOf(app, breachId)).length > 0);
    const [incident, ...more] = await eventually(async () => {
      const found = await breachesOf(app, { ...held, viewsPath: '' });
      return found.length > 0 ? found : undefined;
    });
    expect(more).toEqual([]);
    expect(incident).toMatchObject({
      ...{ breachId, severity: 'critical', rule: 'recording-corrupt', patientId, consultationId, recordingId },
      ...{ viewerId: null, contentReleased: false, bytesServed: 0, bytesServedAtMost: 0 },
    });
    expect(await playedOf(held)).toHaveLength(1);
    expect(typesOf(await breachOf(app, breachId)).filter((type) => type === 'BreachFlagged')).toHaveLength(1);
  });

  it('is no incident when the recording was erased a moment ago', async () => {
    const held = await recorded(app, body);
    const { contentUrl } = await opened(app, held);
    await unlink(pathOf(held));
    const { patientId, consultationId, recordingId } = held;
    await append(app, patientId, {
      type: 'RecordingErased',
      data: { patientId, consultationId, recordingId, reason: 'case-7' },
    });
    expect((await fetched(held, contentUrl)).status).toBe(410);
    expect(await patientEvents(app, held.patientId, 'RecordingPlayed')).toEqual([]);
  });
});

describe('a recording stored before there were chunks', () => {
  it('is proved whole before the first byte of a part leaves, and then chunk by chunk', async () => {
    const held = await stored(body);
    const { contentUrl } = await opened(app, held);
    const part = await fetched(held, contentUrl, `bytes=${CHUNK - 1}-${CHUNK}`);
    expect([part.status, part.bytes.equals(body.subarray(CHUNK - 1, CHUNK + 1))]).toEqual([206, true]);
    // Exchanged after it was proved.
    const path = pathOf(held);
    const other = Buffer.from(body);
    other.fill(7, 2 * CHUNK);
    await writeFile(path, other);
    expect((await fetched(held, contentUrl, 'bytes=-5')).status).toBe(500);
    expect((await fetched(held, contentUrl, 'bytes=0-4')).status).toBe(206);
  });

  it('sends nothing of any part when any byte of it was changed', async () => {
    const held = await stored(body);
    const { contentUrl } = await opened(app, held);
    const whole = Buffer.from(body);
    whole.writeUInt8((whole.readUInt8(SIZE - 1) + 1) % 256, SIZE - 1);
    await writeFile(pathOf(held), whole);
    expect((await fetched(held, contentUrl, 'bytes=0-4')).status).toBe(500);
    expect(await playedOf(held)).toMatchObject([{ bytesServed: 0, outcome: 'corrupt' }]);
  });
});

describe('the proof of a recording', () => {
  const proofs = () => new RecordingProofs(app.app.get(Ledger));
  const storedAt = async ({ patientId }: RecordedConsultation) =>
    (await eventsOf(app, patientStreams.of(patientId))).find(({ type }) => type === 'RecordingStored')?.revision ?? -1;

  it('is what the store holds', async () => {
    const held = await recorded(app, body);
    const { patientId, recordingId, consultationId } = held;
    const proof = await proofs().of({ patientId, recordingId, storedRevision: await storedAt(held) });
    expect(proof).toMatchObject({ patientId, consultationId, recordingId, bytes: SIZE, sha256: sha256(body) });
    expect(proof.chunks?.hashes).toHaveLength(6 * 32);
  });

  it('is by the latest seal where the object was replaced by a sealed one, and refused for any other event', async () => {
    const held = await recorded(app, body);
    const { patientId, recordingId, consultationId } = held;
    const storedRevision = await storedAt(held);
    const head = Buffer.alloc(56, 3);
    const sealed = {
      ...{ keyId: 'key-1', objectKey: 'A'.repeat(80), head: head.toString('base64'), sha256: 'a'.repeat(64) },
    };
    await append(app, patientId, {
      type: 'RecordingResealed',
      data: { patientId, consultationId, recordingId, sealed },
    });
    const resealedRevision = (await eventsOf(app, patientStreams.of(patientId))).length - 1;
    const asked = { patientId, recordingId, storedRevision, resealedRevision };
    expect(await proofs().of(asked)).toMatchObject({ bytes: SIZE, sealed: { keyId: 'key-1', head } });
    expect(await proofs().of(asked)).not.toHaveProperty('chunks');
    for (const wrong of [storedRevision, resealedRevision + 1, 0])
      await expect(proofs().of({ ...asked, resealedRevision: wrong })).rejects.toThrow(ProofRefused);
    const other = await recorded(app, body);
    await expect(proofs().of({ ...asked, patientId: other.patientId })).rejects.toThrow(ProofRefused);
  });

  it('is refused for another patient, recording or place', async () => {
    const [held, other] = [await recorded(app, body), await recorded(app, body)];
    const storedRevision = await storedAt(held);
    const asked = { patientId: held.patientId, recordingId: held.recordingId, storedRevision };
    for (const wrong of [
      { patientId: other.patientId },
      { patientId: 'pat-nobody' },
      { recordingId: other.recordingId },
      { storedRevision: storedRevision - 1 },
      { storedRevision: storedRevision + 1 },
      { storedRevision: 1_000 },
    ])
      await expect(proofs().of({ ...asked, ...wrong })).rejects.toThrow(ProofRefused);
  });
});
