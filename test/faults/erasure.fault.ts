import { randomInt } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { IdFile } from '../../src/keys/id-file.ts';
import { KeyFile } from '../../src/keys/key-file.ts';
import { subjectOf } from '../../src/keys/key-rows.ts';
import type { Role } from '../../src/request/actor.ts';
import { send } from '../access/scene.ts';
import { approved, asks, certificateFrom, requested, statusOf } from '../erasure/erased.ts';
import { media } from '../recordings/media.ts';
import { type RecordedConsultation, recorded, uploadTo } from '../recordings/recorded.ts';
import type { Callable } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { startEmbeddedNode, type TestNode } from '../support/node.ts';
import { type SupervisedApp, startSupervisedApp } from './supervised-app.ts';

/** `ERASURE_KILLS=200 npm run test:faults -- test/faults/erasure.fault.ts` is the long run. */
const KILLS = Number(process.env.ERASURE_KILLS ?? 6);
const PATIENTS_A_KILL = 2;
const RECORDINGS = 4;
const SETTLED_MS = 60_000;

/** `kept`: the patient's id in the ledger. */
type Erasing = RecordedConsultation & { readonly erasureId: string; readonly kept: string };

const SECRET = 'no test guesses this secret of ids';
const modes = { issued: {}, pseudonym: { PATIENT_ID_MODE: 'pseudonym', PATIENT_ID_SECRET: SECRET } } as const;

describe.each(['issued', 'pseudonym'] as const)('an erasure that is killed, with ids as %s', (mode) => {
  let node: TestNode;
  let app: SupervisedApp;
  let caller: Callable;
  beforeAll(async () => {
    node = await startEmbeddedNode();
    app = await startSupervisedApp({
      ...{ STORE_URL: node.connectionString, KEYS_KMS: 'file', ERASURE_HOLD_HOURS: '0' },
      ...{ HISTORY_INDEX: 'off', RULES: 'off', RECORDING_SAME_BYTES: 'keep', ...modes[mode] },
    });
    caller = {
      call: async (path, { as = '', roles = [], headers, ...request } = {}) => {
        const all = new Headers(headers);
        all.set('authorization', `Bearer ${await app.token(as, ...(roles as Role[]))}`);
        return fetch(new URL(path, app.url), { ...request, headers: all });
      },
    };
  });
  afterAll(async () => {
    await app.stop();
    await node.stop();
  });

  const inIds = async <T>(work: (ids: IdFile) => T): Promise<T> => {
    const ids = IdFile.open(join(app.dataDir, 'keys'), SECRET);
    try {
      return work(ids);
    } finally {
      await ids.close();
    }
  };
  const prepared = async (): Promise<Erasing> => {
    const body = await media('consultation.webm');
    const held = await recorded(caller, body);
    for (let more = 1; more < RECORDINGS; more += 1) {
      const stored = await uploadTo(caller, held, { body: Buffer.concat([body, Buffer.of(more)]) });
      expect(stored.status).toBe(201);
    }
    const kept = mode === 'issued' ? held.patientId : await inIds((ids) => ids.keptOf(held.patientId));
    return { ...held, kept, erasureId: (await requested(caller, held.patientId)).body.erasureId };
  };
  const objectsOf = ({ kept }: Erasing): Promise<string[]> =>
    readdir(join(app.dataDir, 'recordings', `patient-${kept}`)).catch(() => []);
  const isAt = (erasing: Erasing, status: string) =>
    statusOf(caller, erasing.erasureId).then(
      (now) => now === status,
      () => false,
    );

  it('comes to its end whenever that was, once, and leaves no key and no object', async () => {
    const all: Erasing[] = [];
    let inTheMiddle = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const these = await Promise.all(Array.from({ length: PATIENTS_A_KILL }, prepared));
      all.push(...these);
      for (const { erasureId } of these) expect((await approved(caller, erasureId)).status).toBe(200);
      const [first] = these;
      // Every other time at any moment, and else between the fence and the certificate.
      if (kill % 2 === 0) await delay(randomInt(0, 1_500));
      else if (first)
        await eventually(
          async () => (await objectsOf(first)).length < RECORDINGS || (await isAt(first, 'begun')),
          SETTLED_MS,
        );
      await delay(randomInt(0, 25));
      await app.end();
      app.begin();
      await eventually(app.ready, SETTLED_MS);
      for (const one of these) if (await isAt(one, 'begun')) inTheMiddle += 1;
      for (const one of these) await eventually(() => isAt(one, 'erased'), SETTLED_MS);
    }
    // So that the kills were not all before or after the work.
    if (KILLS > 20) expect(inTheMiddle).toBeGreaterThan(0);
    const rows = KeyFile.open(join(app.dataDir, 'keys'));
    for (const erasing of all) {
      expect(await objectsOf(erasing)).toEqual([]);
      const left = await rows.of(subjectOf(erasing.kept));
      expect(left.map(({ wrapped, shreddedAt }) => [wrapped, typeof shreddedAt])).toEqual([['', 'string']]);
      const shown = await send(caller, 'GET', `/v1/erasures/${erasing.erasureId}`, asks);
      // Asked for, approved, begun and erased: once each.
      expect(shown.headers.get('etag')).toBe('"3"');
      expect((await certificateFrom(caller, erasing.erasureId)).recordings).toHaveLength(RECORDINGS);
    }
    await rows.close();
    if (mode === 'pseudonym')
      await inIds((ids) => {
        for (const { kept, patientId } of all) {
          expect([ids.knows(kept), ids.issuedOf(kept)]).toEqual([true, undefined]);
          expect(ids.keptOf(patientId)).not.toBe(kept);
        }
      });
  }, 3_600_000);
});
