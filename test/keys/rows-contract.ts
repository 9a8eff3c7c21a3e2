import { randomUUID } from 'node:crypto';
import { KeysDestroyed } from '../../src/keys/errors.ts';
import { isDestroyed, type KeyRow, type KeyRows, subjectOf } from '../../src/keys/key-rows.ts';

export type RowsUnderTest = {
  readonly rows: KeyRows;
  /** The same store as another process has it open. */
  readonly others: KeyRows;
  dispose(): Promise<void>;
};

export const rowOf = (patientId: string, more: Partial<KeyRow> = {}): KeyRow => ({
  ...{ keyId: randomUUID(), subject: subjectOf(patientId), epoch: 2036 },
  ...{ kek: 'file:1', wrapped: 'c2VjcmV0', createdAt: '2036-01-01T00:00:00.000Z' },
  ...more,
});

const at = new Date('2036-05-04T09:00:00.000Z');
const byId = (rows: readonly KeyRow[]) => rows.toSorted((a, b) => (a.keyId < b.keyId ? -1 : 1));
const everything = async (rows: KeyRows): Promise<KeyRow[]> => {
  const found: KeyRow[] = [];
  for await (const row of rows.all()) found.push(row);
  return found;
};

/** What every store of wrapped keys must do. Run against each of them. */
export const describeKeyRows = (name: string, start: () => Promise<RowsUnderTest>) => {
  describe(`key store: ${name}`, () => {
    let test: RowsUnderTest;
    let rows: KeyRows;
    beforeEach(async () => {
      test = await start();
      rows = test.rows;
    });
    afterEach(() => test.dispose());

    it('has nothing of a patient who has no key', async () => {
      expect(await rows.of(subjectOf('pat-1'))).toEqual([]);
      expect(await everything(rows)).toEqual([]);
    });

    it('keeps what is added, for every process, by patient', async () => {
      const mine = [rowOf('pat-1'), rowOf('pat-1', { epoch: 2037 })];
      const anothers = rowOf('pat-2');
      for (const row of [...mine, anothers]) await rows.add(row);
      expect(byId(await test.others.of(subjectOf('pat-1')))).toEqual(byId(mine));
      expect(await test.others.of(subjectOf('pat-2'))).toEqual([anothers]);
      expect(byId(await everything(rows))).toEqual(byId([...mine, anothers]));
    });

    it('keeps both keys that two instances make for a patient at the same moment', async () => {
      const [one, other] = [rowOf('pat-1'), rowOf('pat-1')];
      await Promise.all([rows.add(one), test.others.add(other)]);
      for (const store of [rows, test.others])
        expect(byId(await store.of(subjectOf('pat-1')))).toEqual(byId([one, other]));
    });

    it('refuses a second key of the same id', async () => {
      const row = rowOf('pat-1');
      await rows.add(row);
      await expect(rows.add({ ...row, wrapped: 'b3RoZXI=' })).rejects.toThrow();
      expect(await rows.of(row.subject)).toEqual([row]);
    });

    it('has a key as it was wrapped last', async () => {
      const row = rowOf('pat-1');
      await rows.add(row);
      for (const version of [2, 3, 4]) {
        const anew = { ...row, kek: `file:${version}`, wrapped: `djI${version}` };
        expect(await rows.rewrap(anew)).toBe(true);
        expect(await test.others.of(row.subject)).toEqual([anew]);
      }
      expect(await everything(rows)).toHaveLength(1);
    });

    it('wraps no key anew that is not there', async () => {
      expect(await rows.rewrap(rowOf('pat-1'))).toBe(false);
      expect(await everything(rows)).toEqual([]);
    });

    it('leaves of a destroyed key that it was there, for ever, and nothing that it could be made of', async () => {
      const all = [rowOf('pat-1'), rowOf('pat-1', { epoch: 2037 })];
      for (const row of all) await rows.add(row);
      const kept = rowOf('pat-2');
      await rows.add(kept);
      expect((await rows.shred(subjectOf('pat-1'), at)).toSorted()).toEqual(all.map(({ keyId }) => keyId).toSorted());
      const left = await test.others.of(subjectOf('pat-1'));
      expect(byId(left)).toEqual(
        byId(all.map((row) => ({ ...row, kek: 'none', wrapped: '', shreddedAt: at.toISOString() }))),
      );
      expect(await rows.of(kept.subject)).toEqual([kept]);
      // Again, and wrapped anew: it stays destroyed, since when it was.
      await rows.shred(subjectOf('pat-1'), new Date());
      for (const row of all) expect(await rows.rewrap({ ...row, kek: 'file:2' })).toBe(false);
      expect(byId(await rows.of(subjectOf('pat-1')))).toEqual(byId(left));
    });

    it('says of a patient who had no key that there is to be none', async () => {
      const [keyId] = await rows.shred(subjectOf('pat-1'), at);
      expect(await test.others.of(subjectOf('pat-1'))).toMatchObject([{ keyId, shreddedAt: at.toISOString() }]);
    });

    it('takes no further key for a patient whose keys were destroyed, also at the same moment', async () => {
      await rows.shred(subjectOf('pat-1'), at);
      await expect(rows.add(rowOf('pat-1'))).rejects.toThrow(KeysDestroyed);
      expect((await test.others.of(subjectOf('pat-1'))).every(isDestroyed)).toBe(true);
      for (let round = 0; round < 10; round += 1) {
        const one = rowOf(`pat-at-once-${round}`);
        await Promise.allSettled([rows.shred(one.subject, at), test.others.add(one)]);
        // Who destroys looks again, and so it is done with the key that came last.
        await rows.shred(one.subject, at);
        expect((await rows.of(one.subject)).every(isDestroyed)).toBe(true);
      }
    });

    it('keeps a key that comes in destroyed, from a back-up', async () => {
      const row = rowOf('pat-1', { kek: 'none', wrapped: '', shreddedAt: at.toISOString() });
      await rows.add(row);
      await rows.shred(row.subject, new Date());
      expect(await test.others.of(row.subject)).toEqual([row]);
    });

    it('gives back no key that is wrapped anew while it is destroyed', async () => {
      const row = rowOf('pat-1');
      for (let round = 0; round < 10; round += 1) {
        const one = { ...row, ...rowOf(`pat-${round}`) };
        await rows.add(one);
        await Promise.all([rows.shred(one.subject, at), test.others.rewrap({ ...one, kek: 'file:2' })]);
        expect(await rows.of(one.subject)).toMatchObject([{ wrapped: '', shreddedAt: at.toISOString() }]);
      }
    });
  });
};
