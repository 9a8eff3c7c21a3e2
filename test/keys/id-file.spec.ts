import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Id } from '../../events/values.ts';
import { IdTakenMeanwhile, KeysUnavailable } from '../../src/keys/errors.ts';
import { IdFile, type IdRow } from '../../src/keys/id-file.ts';
import { closePseudonyms, keepIdsBy, keptId } from '../../src/second-key/person-id.ts';

const SECRET = 'a secret that no test of this file guesses';
const at = new Date('2026-03-01T09:00:00Z');

describe('the file that says whose the ids in the ledger are', () => {
  let folder: string;
  const files: IdFile[] = [];
  const open = (dir = folder, secret = SECRET): IdFile => {
    const file = IdFile.open(dir, secret);
    file.use();
    files.push(file);
    return file;
  };
  /** Given to a person, and kept. */
  const known = async (file: IdFile, issued: string): Promise<string> => {
    const ledgerId = file.keptOf(issued);
    await file.keep(`{"patientId":"${ledgerId}"}`);
    return ledgerId;
  };
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'ids-')), 'keys');
  });
  afterEach(async () => {
    await closePseudonyms();
    for (const file of files.splice(0)) await file.close();
    await rm(join(folder, '..'), { recursive: true });
  });

  it('has one id for a person, that says nothing of who they are, before and after it was closed', async () => {
    const before = open();
    const [anna, ben] = [await known(before, 'auth0|anna'), await known(before, 'auth0|ben')];
    expect(anna).not.toBe(ben);
    for (const id of [anna, ben]) expect(Id.safeParse(id).data).toMatch(/^_\.\.p[\w-]{22}$/);
    expect(before.keptOf('auth0|anna')).toBe(anna);
    await files.splice(0)[0]?.close();
    const after = open();
    expect(after.keptOf('auth0|anna')).toBe(anna);
    expect(after.issuedOf(anna)).toBe('auth0|anna');
    expect((await stat(join(folder, 'ids.mdb'))).mode & 0o777).toBe(0o600);
    // In another ledger they are another.
    expect(open(join(folder, '..', 'other')).keptOf('auth0|anna')).not.toBe(anna);
  });

  it('keeps a person when the first event that names them is about to be written, and not before', async () => {
    const file = open();
    const asked = file.keptOf('asked-for');
    expect(file.issuedOf(asked)).toBe('asked-for');
    expect(file.knows(asked)).toBe(false);
    await file.keep(JSON.stringify({ stream: `viewer-${asked}`, data: [] }));
    expect(file.knows(asked)).toBe(true);
    const [other] = [IdFile.open(folder, SECRET)];
    files.push(other);
    expect(other.keptOf('asked-for')).toBe(asked);
    await other.keep(`viewer-${asked}`);
    await expect(other.keep(other.keptOf('new'))).rejects.toThrow('not known yet whether ids.mdb is the one');
  });

  it('lets no event name an id that is of no person here', async () => {
    const stranger = `_..p${'x'.repeat(22)}`;
    const file = open();
    await expect(file.keep(`{"viewerId":"${stranger}"}`)).rejects.toThrow(KeysUnavailable);
    expect(() => file.issuedOf(stranger)).toThrow('is it the one of this ledger, or an older copy of it?');
  });

  it('gives a person that two processes meet at once the id of the first, and refuses the other’s event', async () => {
    const [one, other] = [open(), open()];
    const [theirs, ours] = [one.keptOf('auth0|anna'), other.keptOf('auth0|anna')];
    await one.keep(theirs);
    await expect(other.keep(ours)).rejects.toThrow(IdTakenMeanwhile);
    expect(other.keptOf('auth0|anna')).toBe(theirs);
    expect(other.knows(ours)).toBe(false);
    await expect(other.keep(ours)).rejects.toThrow(KeysUnavailable);
  });

  it('forgets who a person was, for good: who comes again is another', async () => {
    const file = open();
    const [anna, ben] = [await known(file, 'anna'), await known(file, 'ben')];
    await file.forget(anna, at);
    await file.forget(anna, new Date());
    expect(file.issuedOf(anna)).toBeUndefined();
    expect(file.knows(anna)).toBe(true);
    const again = await known(file, 'anna');
    expect(again).not.toBe(anna);
    await file.forget(anna, at);
    expect(file.keptOf('anna')).toBe(again);
    expect(file.issuedOf(ben)).toBe('ben');
    await file.keep(`{"patientId":"${anna}"}`);
    await file.forget('pat-of-the-issuer', at);
    expect([...file.all()].filter(({ forgottenAt }) => forgottenAt)).toEqual([
      { ledgerId: anna, forgottenAt: at.toISOString() },
    ]);
  });

  it('is restored from its rows: what was forgotten on either side stays so', async () => {
    const file = open();
    const ids = await Promise.all(['anna', 'ben', 'cleo'].map((issued) => known(file, issued)));
    const [anna, ben, cleo] = ids as [string, string, string];
    const rows: IdRow[] = [...file.all()];
    await file.forget(anna, at);
    for (const row of rows) expect(await file.add(row)).toBe(false);
    expect(file.issuedOf(anna)).toBeUndefined();

    const empty = open(join(folder, '..', 'restored'));
    for (const row of rows) expect(await empty.add(row)).toBe(true);
    expect([empty.issuedOf(ben), empty.keptOf('cleo')]).toEqual(['ben', cleo]);
    for (const row of file.all()) expect(await empty.add(row)).toBe(false);
    expect(empty.issuedOf(anna)).toBeUndefined();
    expect(empty.keptOf('anna')).not.toBe(anna);

    const others = open(join(folder, '..', 'secret'), `${SECRET}, another`);
    for (const row of rows) await expect(others.add(row)).rejects.toThrow('PATIENT_ID_SECRET');
    expect([...others.all()]).toEqual([]);
  });

  it('goes through more people than one page', async () => {
    const file = open();
    await file.keep(Array.from({ length: 1_203 }, (_, n) => file.keptOf(`pat-${n}`)).join(' '));
    expect(new Set([...file.all()].map(({ ledgerId }) => file.issuedOf(ledgerId))).size).toBe(1_203);
  });

  it('is refused under another secret, or where it is damaged or none of ours', async () => {
    await known(open(), 'anna');
    expect(() => IdFile.open(folder, `${SECRET}, another`)).toThrow('was not sealed with this PATIENT_ID_SECRET');
    await files.splice(0)[0]?.close();
    const path = join(folder, 'ids.mdb');
    await truncate(path, 5_000);
    expect(() => IdFile.open(folder, SECRET)).toThrow(KeysUnavailable);
    await writeFile(path, 'no such file');
    expect(() => IdFile.open(folder, SECRET)).toThrow('ids.mdb in DATA_DIR cannot be used');
  });

  it('says nothing of anyone by itself', async () => {
    const file = open();
    const anna = await known(file, 'anna.of.the.clinic');
    const { readFile } = await import('node:fs/promises');
    const bytes = await readFile(join(folder, 'ids.mdb'));
    expect(bytes.includes('anna.of.the.clinic')).toBe(false);
    // Ids of the ledger are in it, as keys: without the secret they lead to no one.
    expect(bytes.includes(anna)).toBe(true);
  });

  it('is read by the second key alike, also what another process wrote and forgot since', async () => {
    const file = open();
    keepIdsBy(join(folder, 'ids.mdb'), SECRET);
    const anna = await known(file, 'auth0|anna');
    expect(keptId('auth0|anna')).toBe(anna);
    expect(keptId('ben')).toBe('');
    const ben = await known(file, 'ben');
    expect(keptId('ben')).toBe(ben);
    await file.forget(anna, at);
    expect(keptId('auth0|anna')).toBe('');
    const again = await known(file, 'auth0|anna');
    expect(keptId('auth0|anna')).toBe(again);
    for (const none of [anna, '', '..', 'a b', '"', 'x'.repeat(65), 7, undefined, '$x', 'é'])
      expect(keptId(none)).toBe('');
    const ofADrill = 'drill-0192f0c1-0000-7000-8000-000000000001-patient1';
    expect(keptId(ofADrill)).toBe(ofADrill);
    keepIdsBy(join(folder, 'ids.mdb'), `${SECRET}, another`);
    expect(keptId('ben')).toBe('');
    keepIdsBy(join(folder, 'none.mdb'), SECRET);
    expect(() => keptId('ben')).toThrow('whose an id is cannot be read');
  });
});
