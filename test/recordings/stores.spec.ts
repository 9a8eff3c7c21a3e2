import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectKey } from '../../src/objects/object-key.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { RecordingStoreUnavailable } from '../../src/recordings/errors.ts';
import { keyOwner, recordingKey } from '../../src/recordings/recording-key.ts';
import { recordingBucket, recordingFiles } from '../../src/recordings/stores.ts';
import { bytes } from '../objects/bytes.ts';
import { freePorts } from '../support/free-ports.ts';
import { freshKey } from './fresh-key.ts';

const webm = { contentType: 'video/webm' };

describe('the key of a recording', () => {
  it('is made of the patient and the recording, and tells them', () => {
    const owner = { patientId: '..', recordingId: 'rec.1' };
    expect(recordingKey(owner)).toBe('patient-../rec.1');
    expect(keyOwner('patient-../rec.1')).toEqual(owner);
  });

  it.each([
    'patient-1',
    'patient-1/..',
    'patient-1/../../etc/passwd',
    'patient-1/a/b',
    'patient-/a',
    'patient-1/.hidden',
    'viewer-1/a',
    'PATIENT-1/a',
    `patient-${'x'.repeat(65)}/a`,
    `patient-1/${'x'.repeat(65)}`,
  ])('is not %j', (key) => {
    expect(keyOwner(key)).toBeUndefined();
  });

  it('is not made of what is no id', () => {
    expect(() => recordingKey({ patientId: '1', recordingId: '../x' })).toThrow(TypeError);
    expect(() => recordingKey({ patientId: 'a/b', recordingId: 'x' })).toThrow(TypeError);
  });
});

describe('the store of recordings', () => {
  let folder: string;
  let store: ObjectStore;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'recordings-'));
    store = recordingFiles({ folder });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('lays files where earlier releases did', async () => {
    await store.write(recordingKey({ patientId: 'pat-1', recordingId: 'rec-1' }), bytes(3), webm);
    expect((await readdir(folder, { recursive: true })).sort()).toEqual([
      '.incoming',
      'patient-pat-1',
      'patient-pat-1/rec-1',
    ]);
  });

  it('refuses keys of anything else', async () => {
    const key = 'viewer-1/a' as ObjectKey;
    await expect(store.write(key, bytes(1), webm)).rejects.toThrow(TypeError);
    await expect(store.read(key)).rejects.toThrow(TypeError);
  });

  it('says that it is the recordings that are not available, with their code', async () => {
    await store.check();
    await rm(folder, { recursive: true });
    await writeFile(folder, 'not a folder');
    await expect(store.write(freshKey(), bytes(1), webm)).rejects.toMatchObject({
      name: 'RecordingStoreUnavailable',
      code: 'recording-store-unavailable',
      retryAfterSeconds: 5,
      message: 'the recording store is not available: DATA_DIR or a folder in it is a file',
    });
  });

  it('says so of a bucket, too', async () => {
    const [port] = await freePorts(1);
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const endpoint = `http://127.0.0.1:${port}`;
    const bucket = await recordingBucket({ bucket: 'b', endpoint, credentials, maxBytes: 2 ** 20, maxAttempts: 1 });
    await expect(bucket.check()).rejects.toThrow(RecordingStoreUnavailable);
    await expect(bucket.check()).rejects.toThrow(/^the recording store is not available: .*S3_ENDPOINT/);
    bucket.close();
  });
});
