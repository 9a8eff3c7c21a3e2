import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock } from '../../src/clock.ts';
import { BackupUnusable, backUp, restoreInto } from '../../src/keys/backup.ts';
import { EnvelopeRefused, KeysDestroyed, KeysUnavailable } from '../../src/keys/errors.ts';
import { FileKms } from '../../src/keys/file-kms.ts';
import { KeyFile } from '../../src/keys/key-file.ts';
import { subjectOf } from '../../src/keys/key-rows.ts';
import { KeyRing } from '../../src/keys/keys.module.ts';
import { Keys, type KeysOptions } from '../../src/keys/keys.ts';
import type { Kms } from '../../src/keys/kms.ts';
import { rewrapAll } from '../../src/keys/rewrap.ts';
import { VaultKms } from '../../src/keys/vault-kms.ts';
import { type KmsServer, VAULT_TOKEN, vaultServer } from './kms-servers.ts';

class SetClock extends Clock {
  time = Date.parse('2036-05-04T09:00:00Z');
  override now(): number {
    return this.time;
  }
}

const owner = { personId: 'pat-1', objectId: 'recording-1' };

let folder: string;
let server: KmsServer;
let rows: KeyFile;
let clock: SetClock;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keys-'));
  server = await vaultServer();
  await writeFile(join(folder, 'token'), VAULT_TOKEN);
  rows = KeyFile.open(join(folder, 'keys'));
  clock = new SetClock();
});
afterEach(async () => {
  await rows.close();
  await server.close();
  await rm(folder, { recursive: true });
});

const kms = (): Kms =>
  new VaultKms({ url: server.url, key: 'transit/ledger', tokenFile: join(folder, 'token'), timeoutMs: 300 });
const keys = (options: Partial<KeysOptions> = {}): Keys => new Keys({ rows, kms: kms(), clock, ...options });

describe('sealing for a patient', () => {
  it('gives each object a key of its own, which its envelope opens on any instance', async () => {
    const mine = keys();
    const sealed = await Promise.all(['a', 'b', 'c'].map((objectId) => mine.seal({ ...owner, objectId })));
    expect(new Set(sealed.map(({ key }) => key.toString('hex'))).size).toBe(3);
    expect(new Set(sealed.map(({ envelope }) => envelope.keyId)).size).toBe(1);
    const others = keys();
    for (const [at, { key, envelope }] of sealed.entries())
      expect(await others.open({ ...owner, objectId: 'abc'.charAt(at) }, envelope)).toEqual(key);
  });

  it('keeps keys of two instances that make the first of a patient at the same moment', async () => {
    const sealed = await Promise.all([keys().seal(owner), keys().seal(owner), keys().seal(owner)]);
    const third = keys();
    for (const { key, envelope } of sealed) expect(await third.open(owner, envelope)).toEqual(key);
    // From then on all of them use the newest.
    const after = await Promise.all([keys().seal(owner), keys().seal(owner)]);
    expect(new Set(after.map(({ envelope }) => envelope.keyId)).size).toBe(1);
  });

  it('begins another key each year, and on suspicion, and opens what is older', async () => {
    const before = await keys().seal(owner);
    clock.time = Date.parse('2037-01-01T00:00:00Z');
    const mine = keys();
    const after = await mine.seal(owner);
    expect(after.envelope.keyId).not.toBe(before.envelope.keyId);
    const renewed = await mine.renew(owner.personId);
    expect((await mine.seal(owner)).envelope.keyId).toBe(renewed);
    expect((await keys().seal(owner)).envelope.keyId).toBe(renewed);
    for (const { key, envelope } of [before, after]) expect(await keys().open(owner, envelope)).toEqual(key);
  });

  it('opens no envelope that was exchanged or changed', async () => {
    const mine = keys();
    const one = await mine.seal(owner);
    const other = await mine.seal({ ...owner, objectId: 'recording-2' });
    await expect(mine.open(owner, other.envelope)).rejects.toThrow(EnvelopeRefused);
    const anothers = await mine.seal({ ...owner, personId: 'pat-2' });
    await expect(mine.open(owner, { ...one.envelope, objectKey: anothers.envelope.objectKey })).rejects.toThrow(
      EnvelopeRefused,
    );
    // Another patient's key, also where it is held already.
    await expect(mine.open(owner, anothers.envelope)).rejects.toThrow(KeysUnavailable);
  });

  it('takes a key that is not in the store for unavailable, and never for destroyed', async () => {
    const { envelope } = await keys().seal(owner);
    const wrong = KeyFile.open(join(folder, 'other-keys'));
    await expect(keys({ rows: wrong }).open(owner, envelope)).rejects.toThrow(/is it the one of this ledger/);
    await expect(keys({ rows: wrong }).open(owner, envelope)).rejects.toThrow(KeysUnavailable);
    await wrong.close();
  });

  it('neither opens nor seals under keys that were destroyed', async () => {
    const { envelope } = await keys().seal(owner);
    await rows.shred(subjectOf(owner.personId), new Date(clock.now()));
    const mine = keys();
    await expect(mine.open(owner, envelope)).rejects.toThrow(KeysDestroyed);
    await expect(mine.seal(owner)).rejects.toThrow(KeysDestroyed);
    await expect(mine.renew(owner.personId)).rejects.toThrow(KeysDestroyed);
  });
});

describe('a KMS that is away', () => {
  it('destroys keys without the KMS, lets go of those in memory, and of those that are fetched at that moment', async () => {
    const [mine, others] = [keys(), keys()];
    const { envelope } = await mine.seal(owner);
    const loading = others.open(owner, envelope);
    const refused = expect(loading).rejects.toThrow(KeysDestroyed);
    others.refuse(owner.personId);
    await refused;
    server.answerWith({ status: 503, name: 'sealed' });
    for (const under of [[envelope.keyId], []])
      expect(await mine.destroy(owner.personId, under)).toEqual([envelope.keyId]);
    await mine.destroyAgain(owner.personId, [envelope.keyId]);
    for (const one of [mine, others]) {
      await expect(one.open(owner, envelope)).rejects.toThrow(KeysDestroyed);
      await expect(one.seal(owner)).rejects.toThrow(KeysDestroyed);
    }
  });

  it('uses no key of a person who was erased, though an older copy of the key store has it', async () => {
    const mine = keys();
    const { envelope } = await mine.seal(owner);
    const [row] = await rows.of(subjectOf(owner.personId));
    mine.refuse(owner.personId);
    expect(await rows.of(subjectOf(owner.personId))).toEqual([row]);
    await expect(mine.open(owner, envelope)).rejects.toThrow(KeysDestroyed);
    // Another person's are of use as before.
    const theirs = { ...owner, personId: 'pat-2' };
    const sealed = await mine.seal(theirs);
    expect(await mine.open(theirs, sealed.envelope)).toEqual(sealed.key);
  });

  it('says of a person who had no key that none was destroyed, and makes none from then on', async () => {
    const mine = keys();
    expect(await mine.destroy('pat-9', [])).toEqual([]);
    await expect(keys().seal({ ...owner, personId: 'pat-9' })).rejects.toThrow(KeysDestroyed);
  });

  it('destroys nothing in the key store of another ledger', async () => {
    const { envelope } = await keys().seal(owner);
    const wrong = KeyFile.open(join(folder, 'other-keys'));
    const theirs = await keys({ rows: wrong }).seal(owner);
    await expect(keys({ rows: wrong }).destroy(owner.personId, [envelope.keyId])).rejects.toThrow(
      /is it the one of this/,
    );
    await expect(keys({ rows: wrong }).destroyAgain(owner.personId, [envelope.keyId])).rejects.toThrow(
      /is it the one of/,
    );
    expect(await keys({ rows: wrong }).open(owner, theirs.envelope)).toEqual(theirs.key);
    await wrong.close();
  });

  it('are not used before the erasures in the ledger are applied to them', () => {
    const ring = new KeyRing(keys(), undefined);
    for (const use of [() => ring.opening, () => ring.sealing]) expect(use).toThrow(KeysUnavailable);
    ring.use();
    expect(ring.opening).toBe(ring.destroying);
    expect(ring.sealing).toBe(ring.destroying);
    expect(new KeyRing(undefined, undefined).sealing).toBeUndefined();
  });

  it('leaves keys that are held in use, and no others', async () => {
    const mine = keys();
    const { key, envelope } = await mine.seal(owner);
    server.answerWith('silent');
    expect(await mine.open(owner, envelope)).toEqual(key);
    await mine.seal({ ...owner, objectId: 'recording-2' });
    await expect(mine.seal({ ...owner, personId: 'pat-2' })).rejects.toThrow(KeysUnavailable);
    await expect(keys().open(owner, envelope)).rejects.toThrow(KeysUnavailable);
    server.answerWith(undefined);
    expect(await keys().open(owner, envelope)).toEqual(key);
    // Nothing was kept of the patient for whom no key could be wrapped.
    expect(await rows.of(subjectOf('pat-2'))).toEqual([]);
  });

  it('is asked once for many that need the same key', async () => {
    const { envelope } = await keys().seal(owner);
    const before = server.asked();
    const mine = keys();
    await Promise.all(Array.from({ length: 20 }, () => mine.open(owner, envelope)));
    expect(server.asked() - before).toBe(1);
  });
});

describe('keys that are held', () => {
  it('are zeroed when they are let go of, and never used after that', async () => {
    const unwrapped: Buffer[] = [];
    const watched: Kms = Object.assign(Object.create(kms()) as Kms, {
      unwrap: async (...given: Parameters<Kms['unwrap']>) => {
        const key = await kms().unwrap(...given);
        unwrapped.push(key);
        return key;
      },
    });
    const patients = ['pat-1', 'pat-2', 'pat-3'];
    const maker = keys();
    const sealed = await Promise.all(patients.map((patientId) => maker.seal({ ...owner, personId: patientId })));
    const mine = keys({ kms: watched, kept: 1 });
    // One place for three: each is let go of for the next, over and over, and each still opens its own.
    for (let round = 0; round < 5; round += 1) {
      const opened = await Promise.all(
        sealed.map(({ envelope }, at) => mine.open({ ...owner, personId: `pat-${at + 1}` }, envelope)),
      );
      expect(opened).toEqual(sealed.map(({ key }) => key));
    }
    await mine.close().catch(() => undefined);
    expect(unwrapped.length).toBeGreaterThan(3);
    for (const key of unwrapped) expect(key.equals(Buffer.alloc(32))).toBe(true);
    rows = KeyFile.open(join(folder, 'keys')); // Closed with the keys.
  });
});

describe('wrapping every key anew', () => {
  it('continues where it was stopped, and changes no key', async () => {
    const mine = keys();
    const patients = Array.from({ length: 7 }, (_, i) => `pat-${i}`);
    const sealed = await Promise.all(patients.map((patientId) => mine.seal({ ...owner, personId: patientId })));
    await rows.shred(subjectOf('pat-0'), new Date(clock.now()));
    server.rotate();
    let done = 0;
    const stopped = rewrapAll(rows, kms(), kms, () => {
      if (++done === 3) throw new Error('stopped');
    });
    await expect(stopped).rejects.toThrow('stopped');
    const { rewrapped, earlier, destroyed } = await rewrapAll(rows, kms(), kms);
    expect(rewrapped).toBeGreaterThan(0);
    expect({ all: rewrapped + earlier, destroyed }).toEqual({ all: 6, destroyed: 1 });
    expect(await rewrapAll(rows, kms(), kms)).toEqual({ rewrapped: 0, earlier: 6, destroyed: 1 });
    for await (const row of rows.all()) if (!row.shreddedAt) expect(row.kek).toBe('vault:transit/ledger/v2');
    for (const [at, { key, envelope }] of sealed.entries())
      if (at > 0) expect(await keys().open({ ...owner, personId: `pat-${at}` }, envelope)).toEqual(key);
  });

  it('moves them from one KMS to another', async () => {
    const { key, envelope } = await keys().seal(owner);
    const file = await FileKms.open(join(folder, 'keks.json'), async () => true);
    expect(await rewrapAll(rows, file, kms)).toMatchObject({ rewrapped: 1 });
    server.answerWith({ status: 403, name: 'gone' });
    expect(await keys({ kms: file }).open(owner, envelope)).toEqual(key);
  });
});

describe('a back-up of the keys', () => {
  const path = () => join(folder, 'keys.backup');
  const elsewhere = () => KeyFile.open(join(folder, 'restored'));

  it('holds wrapped keys alone, and brings them back', async () => {
    const { key, envelope } = await keys().seal(owner);
    expect(await backUp({ rows }, path(), new Date(clock.now()))).toEqual({ keys: 1, people: 0 });
    expect(await readFile(path(), 'utf8')).not.toContain('pat-1');
    const restored = elsewhere();
    expect(await restoreInto({ rows: restored }, path())).toEqual({ added: 1, known: 0, destroyed: 0, people: 0 });
    expect(await restoreInto({ rows: restored }, path())).toEqual({ added: 0, known: 1, destroyed: 0, people: 0 });
    expect(await keys({ rows: restored }).open(owner, envelope)).toEqual(key);
    await restored.close();
  });

  it('brings back no key that was destroyed since', async () => {
    const { envelope } = await keys().seal(owner);
    await backUp({ rows }, path(), new Date(clock.now()));
    await rows.shred(subjectOf(owner.personId), new Date(clock.now()));
    expect(await restoreInto({ rows }, path())).toMatchObject({ added: 0, destroyed: 1 });
    await expect(keys().open(owner, envelope)).rejects.toThrow(KeysDestroyed);
    // Nor into another store, where a newer back-up says that it was.
    await backUp({ rows }, `${path()}.newer`, new Date(clock.now()));
    const restored = elsewhere();
    await restoreInto({ rows: restored }, path());
    await restoreInto({ rows: restored }, `${path()}.newer`);
    await expect(keys({ rows: restored }).open(owner, envelope)).rejects.toThrow(KeysDestroyed);
    await restored.close();
  });

  it('is refused where it was changed or is not whole, before a key is written', async () => {
    for (const patientId of ['pat-1', 'pat-2']) await keys().seal({ ...owner, personId: patientId });
    await backUp({ rows }, path(), new Date(clock.now()));
    const text = await readFile(path(), 'utf8');
    const restored = elsewhere();
    for (const wrong of [text.slice(0, text.length / 2), text.replace('2036', '2037'), 'words', '']) {
      await writeFile(path(), wrong);
      await expect(restoreInto({ rows: restored }, path())).rejects.toThrow(BackupUnusable);
    }
    for await (const row of restored.all()) throw new Error(`${row.keyId} was written`);
    await restored.close();
  });

  it('is written over by no other', async () => {
    await backUp({ rows }, path(), new Date(clock.now()));
    await expect(backUp({ rows }, path(), new Date(clock.now()))).rejects.toThrow('EEXIST');
    await readFile(path());
  });
});
