import { randomBytes } from 'node:crypto';
import { media } from '../recordings/media.ts';
import { heldPlayer, opened, recorded } from '../recordings/recorded.ts';
import { allIn, type TwoMachines, twoMachines } from '../recordings/two-machines.ts';
import { eventually } from '../support/eventually.ts';
import { certificateFrom, erased, erasureTypes } from './erased.ts';

const MIB = 2 ** 20;

describe('erasing a patient on two machines', () => {
  let machines: TwoMachines;
  beforeAll(async () => {
    machines = await twoMachines({ ERASURE_HOLD_HOURS: '0' });
  });
  afterAll(() => machines.stop());

  it('is done once, leaves neither object nor key in a bucket, and both let go of what they had in memory', async () => {
    const { apps, objects, keys } = machines;
    const body = Buffer.concat([await media('consultation.webm'), randomBytes(24 * MIB)]);
    const [held, kept] = [await recorded(apps[0], body), await recorded(apps[0], body)];
    const pieces = [body.length - 24 * MIB, body.length - 5 * MIB, body.length - 64].map((from) =>
      body.subarray(from, from + 64),
    );
    const search = async () => {
      for (const bucket of [objects, keys])
        for (const [key, content] of await allIn(bucket))
          if (pieces.some((piece) => content.includes(piece))) throw new Error(`a piece of it is in ${key}`);
    };
    await search();
    // The other machine has the patient's key in memory, and sends at this moment.
    const { contentUrl } = await opened(apps[1], held);
    const player = await heldPlayer(apps[1], contentUrl, held.patientId);
    expect(player.status).toBe(200);
    const before = new Set((await allIn(keys)).keys());

    const erasureId = await erased(apps[0], held.patientId);

    expect((await player.rest()).whole).toBe(false);
    for (const app of apps)
      expect((await app.call(contentUrl, { as: held.patientId, roles: ['patient'] })).status).toBe(410);
    await search();
    expect([...(await allIn(objects)).keys()].filter((key) => key.includes(held.patientId))).toEqual([]);
    const { keyIds } = await certificateFrom(apps[1], erasureId);
    expect(keyIds).toHaveLength(1);
    const after = [...(await allIn(keys)).keys()];
    expect(after.filter((key) => key.includes(keyIds[0]))).toEqual([expect.stringMatching(/\.shredded$/)]);
    expect(after).toHaveLength(before.size);
    expect((await erasureTypes(apps[1], erasureId)).filter((type) => type === 'SubjectErased')).toHaveLength(1);
    // Of another patient all is as it was.
    const theirs = await opened(apps[1], kept);
    await eventually(async () => {
      const answer = await apps[1].call(theirs.contentUrl, { as: kept.patientId, roles: ['patient'] });
      return Buffer.from(await answer.arrayBuffer()).equals(body);
    });
  });
});
