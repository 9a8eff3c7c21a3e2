import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { housekeepingStream } from '../../events/categories.ts';
import { Clock } from '../../src/clock.ts';
import type { ObjectKey } from '../../src/objects/object-key.ts';
import { Housekeeping } from '../../src/recordings/housekeeping.ts';
import { recordingKey, sealIdOf, storedAs } from '../../src/recordings/recording-key.ts';
import { append, eventsOf } from '../access/scene.ts';
import { bytes } from '../objects/bytes.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { ask, keysIn, patientEvents, type RecordedConsultation, recorded, storeOf } from './recorded.ts';

const DAY_MS = 86_400_000;

describe('the housekeeping of recordings', () => {
  let app: RunningApp;
  /** How far ahead the clock is of the store's: events can be no older than this test. */
  let daysAhead = 0;
  const clock = { now: () => Date.now() + daysAhead * DAY_MS };
  beforeAll(async () => {
    app = await startApp({
      env: { RECORDING_RETENTION_DAYS: '30', RELEASE_TIMEOUT_MS: '20000' },
      override: (builder) => builder.overrideProvider(Clock).useValue(clock),
    });
  });
  afterEach(() => {
    daysAhead = 0;
  });
  afterAll(() => app.close());

  const round = () => app.app.get(Housekeeping, { strict: false }).round();
  const keyOf = ({ patientId, recordingId }: RecordedConsultation) => recordingKey({ patientId, recordingId });
  const age = async (key: string, days: number) => {
    const then = new Date(Date.now() - days * DAY_MS);
    await utimes(join(app.config.dataDir, 'recordings', key), then, then);
  };

  it('removes an object that no event speaks of, after a day, and records it', async () => {
    const held = await recorded(app);
    const [old, young] = ['rec-old', 'rec-young'].map((recordingId) =>
      recordingKey({ patientId: held.patientId, recordingId }),
    ) as [ObjectKey, ObjectKey];
    for (const key of [old, young]) await storeOf(app).write(key, bytes(10), { contentType: 'video/webm' });
    await age(old, 2);
    await age(young, 0.9);
    await age(keyOf(held), 2);
    expect(await round()).toEqual({ incomplete: 0, orphans: 1, expired: 0, leftovers: 0 });
    const keys = await keysIn(app);
    expect(keys).not.toContain(old);
    expect(keys).toEqual(expect.arrayContaining([young, keyOf(held)]));
    const swept = (await eventsOf(app, housekeepingStream.stream)).filter(
      ({ data }) => data.patientId === held.patientId,
    );
    expect(swept).toMatchObject([
      {
        type: 'RecordingObjectSwept',
        data: { patientId: held.patientId, recordingId: 'rec-old' },
        metadata: { actor: { id: 'recordings-housekeeping' } },
      },
    ]);
    expect(app.logged.filter((line) => line.includes(old))).toHaveLength(1);
    expect(await round()).toEqual({ incomplete: 0, orphans: 0, expired: 0, leftovers: 0 });
  });

  it('erases what the ledger recorded longer ago than the retention, and nothing younger', async () => {
    const [first, second] = [await recorded(app), await recorded(app)];
    daysAhead = 29;
    expect(await round()).toMatchObject({ expired: 0 });
    daysAhead = 31;
    // However young the file is: it may have been copied or restored yesterday.
    await age(keyOf(first), -31);
    expect((await round())?.expired).toBeGreaterThanOrEqual(2);
    for (const held of [first, second]) {
      expect(await patientEvents(app, held.patientId, 'RecordingErased')).toMatchObject([
        { recordingId: held.recordingId, consultationId: held.consultationId, reason: 'retention' },
      ]);
      expect(await keysIn(app)).not.toContain(keyOf(held));
    }
    daysAhead = 0;
    expect(await ask(app, first, first.patientId)).toMatchObject({ status: 410 });
    expect(await round()).toMatchObject({ expired: 0 });
  });

  it('erases nothing of today because its file says that it is old', async () => {
    const held = await recorded(app);
    await age(keyOf(held), 3_650);
    expect(await round()).toMatchObject({ orphans: 0, expired: 0 });
    expect(await keysIn(app)).toContain(keyOf(held));
    expect(await patientEvents(app, held.patientId, 'RecordingErased')).toEqual([]);
    expect(await ask(app, held, held.patientId)).toMatchObject({ status: 201 });
  });

  it('removes the object of a recording whose erasure got no further than its event', async () => {
    const { patientId, consultationId, recordingId, ...held } = await recorded(app);
    const recording = { patientId, consultationId, recordingId };
    await append(app, patientId, { type: 'RecordingErased', data: { ...recording, reason: 'case-7' } });
    expect(await keysIn(app)).toContain(keyOf({ ...held, ...recording }));
    expect(await round()).toMatchObject({ leftovers: 1, expired: 0, orphans: 0 });
    expect(await keysIn(app)).not.toContain(keyOf({ ...held, ...recording }));
    expect(await patientEvents(app, patientId, 'RecordingErased')).toHaveLength(1);
  });

  it('removes the object in clear of a recording that was sealed since, and sealed objects that no event speaks of after a day', async () => {
    const held = await recorded(app);
    const { patientId, consultationId, recordingId } = held;
    const [head, anothers] = [Buffer.alloc(56, 1), Buffer.alloc(56, 2)];
    const [counts, old] = [head, anothers].map((one) => storedAs({ patientId, recordingId }, sealIdOf(one))) as [
      ObjectKey,
      ObjectKey,
    ];
    for (const key of [counts, old]) {
      await storeOf(app).write(key, bytes(100), { contentType: 'application/octet-stream' });
      await age(key, 2);
    }
    const sealed = {
      ...{ keyId: 'key-1', objectKey: 'A'.repeat(80), head: head.toString('base64'), sha256: 'a'.repeat(64) },
    };
    await append(app, patientId, {
      type: 'RecordingResealed',
      data: { patientId, consultationId, recordingId, sealed },
    });
    expect(await round()).toMatchObject({ leftovers: 1, orphans: 1 });
    const left = (await keysIn(app)).filter((key) => key.startsWith(`patient-${patientId}/`));
    expect(left).toEqual([counts]);
    expect(await patientEvents(app, patientId, 'RecordingErased')).toEqual([]);
  });

  it('removes nothing, and says so, when the ledger knows hardly any of what is stored', async () => {
    const keys = Array.from({ length: 30 }, (_, n) =>
      recordingKey({ patientId: 'pat-elsewhere', recordingId: `rec-${n}` }),
    );
    for (const key of keys) {
      await storeOf(app).write(key, bytes(1), { contentType: 'video/webm' });
      await age(key, 2);
    }
    expect(await round()).toMatchObject({ orphans: 0 });
    expect(await keysIn(app)).toEqual(expect.arrayContaining(keys));
    expect(app.logged.some((line) => line.includes('unknown to the ledger'))).toBe(true);
    for (const key of keys) await storeOf(app).delete(key);
  });
});

describe('the housekeeping without the ledger', () => {
  it('touches nothing', async () => {
    const app = await startApp({ env: { STORE_URL: 'esdb://127.0.0.1:1?tls=false' } });
    try {
      const key = recordingKey({ patientId: 'pat-1', recordingId: 'rec-1' });
      await storeOf(app).write(key, bytes(10), { contentType: 'video/webm' });
      const then = new Date(Date.now() - 90 * DAY_MS);
      await utimes(join(app.config.dataDir, 'recordings', key), then, then);
      expect(await app.app.get(Housekeeping, { strict: false }).round()).toBeUndefined();
      expect(await keysIn(app)).toEqual([key]);
    } finally {
      await app.close();
    }
  });
});
