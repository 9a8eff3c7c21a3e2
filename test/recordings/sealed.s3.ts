import { randomBytes } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { s3Client } from '../support/s3-server.ts';
import { media } from './media.ts';
import { consultation, opened, patientEvents, type RecordedConsultation, recorded, uploadTo } from './recorded.ts';
import { allIn, type TwoMachines, twoMachines } from './two-machines.ts';

const MIB = 2 ** 20;
let machines: TwoMachines;
beforeAll(async () => {
  machines = await twoMachines();
});
afterAll(() => machines.stop());

const at = (n: number): RunningApp => machines.apps[n] as RunningApp;

const played = async (app: RunningApp, held: RecordedConsultation, range?: string) => {
  const { contentUrl } = await opened(app, held);
  const headers: Record<string, string> = range === undefined ? {} : { range };
  const answer = await app.call(contentUrl, { as: held.patientId, roles: ['patient'], headers });
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
};

describe('sealed recordings in a bucket, of two machines', () => {
  it('are played on either, whole and in ranges, and no piece of them is in a bucket', async () => {
    const body = Buffer.concat([await media('consultation.webm'), randomBytes(12 * MIB)]);
    const held = await recorded(at(0), body);
    for (const app of machines.apps) {
      expect((await played(app, held)).bytes.equals(body)).toBe(true);
      const part = await played(app, held, `bytes=${7 * MIB + 5}-${8 * MIB}`);
      expect(part.status).toBe(206);
      expect(part.bytes.equals(body.subarray(7 * MIB + 5, 8 * MIB + 1))).toBe(true);
    }
    const pieces = [body.length - 12 * MIB, body.length - 5 * MIB, body.length - 64].map((from) =>
      body.subarray(from, from + 64),
    );
    for (const bucket of [machines.objects, machines.keys])
      for (const [key, content] of await allIn(bucket))
        if (pieces.some((piece) => content.includes(piece))) throw new Error(`a piece of it is in ${key}`);
  });

  it('are all played when both machines make the first key of a patient at the same moment', async () => {
    const held = await consultation(at(0));
    const bodies = await Promise.all(
      [0, 1, 2, 3].map(async () => Buffer.concat([await media('consultation.webm'), randomBytes(1_000)])),
    );
    // Both know of the consultation before.
    await eventually(
      async () => (await at(1).call(held.path, { as: held.patientId, roles: ['patient'] })).status === 200,
    );
    const stored = await Promise.all(bodies.map((body, n) => uploadTo(at(n % 2), held, { body })));
    expect(stored.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    for (const [n, { body }] of stored.entries()) {
      const { recordingId = '' } = body;
      const recording = { ...held, recordingId, recordingPath: `${held.path}/recordings/${recordingId}` };
      for (const app of machines.apps)
        expect((await played(app, recording)).bytes.equals(bodies[n] ?? Buffer.of())).toBe(true);
    }
  });

  it('are refused where the object was exchanged, and on-call is told', async () => {
    const body = await media('consultation.webm');
    const [mine, anothers] = [await recorded(at(0), body), await recorded(at(0), body)];
    const found = await allIn(machines.objects);
    const keyOf = ({ patientId }: RecordedConsultation) =>
      [...found.keys()].find((key) => key.includes(`patient-${patientId}/`));
    const client = s3Client();
    const Body = found.get(keyOf(anothers) ?? '');
    await client.send(new PutObjectCommand({ Bucket: machines.objects.name, Key: keyOf(mine), Body }));
    client.destroy();
    expect((await played(at(1), mine)).status).toBe(500);
    await eventually(async () =>
      (await patientEvents(at(1), mine.patientId, 'RecordingPlayed')).some(({ outcome }) => outcome === 'corrupt'),
    );
  });

  it('have keys in their bucket that the KMS alone opens', async () => {
    for (const [key, content] of await allIn(machines.keys)) {
      expect(key).toMatch(/^keys\/[0-9a-f]{64}\/[0-9a-f-]{36}\.0$/);
      expect(JSON.parse(content.toString())).toMatchObject({
        kek: 'vault:transit/ledger/v1',
        wrapped: expect.stringMatching(/^vault:v1:/),
      });
    }
  });
});
