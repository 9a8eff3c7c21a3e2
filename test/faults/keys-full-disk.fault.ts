import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock } from '../../src/clock.ts';
import { KeysDestroyed, KeysUnavailable } from '../../src/keys/errors.ts';
import { FileKms } from '../../src/keys/file-kms.ts';
import { KeyFile } from '../../src/keys/key-file.ts';
import { isDestroyed, subjectOf } from '../../src/keys/key-rows.ts';
import { Keys } from '../../src/keys/keys.ts';
import { mayMount, mount, unmount } from '../support/mount.ts';

(mayMount ? describe : describe.skip)('the key store on a full disk', () => {
  let disk: string;
  let folder: string;
  beforeEach(async () => {
    [disk, folder] = await Promise.all([mkdtemp(join(tmpdir(), 'keys-disk-')), mkdtemp(join(tmpdir(), 'keys-kms-'))]);
    if (!mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk)) throw new Error(`${disk} could not be mounted`);
  });
  afterEach(async () => {
    // LMDB has a file open until the process ends, once a write to it was refused.
    unmount('--lazy', disk);
    await Promise.all([disk, folder].map((path) => rm(path, { recursive: true, force: true })));
  });

  /** A key of one patient on a disk that takes no further one, and how it said so. */
  const full = async () => {
    const kms = await FileKms.open(join(folder, 'keks.json'), async () => true);
    const rows = KeyFile.open(join(disk, 'keys'));
    const keys = new Keys({ rows, kms, clock: new Clock() });
    const owner = { personId: 'pat-1', objectId: 'recording-1' };
    const { key, envelope } = await keys.seal(owner);
    const filler = await open(join(disk, 'filler'), 'w');
    for (const size of [65_536, 4_096])
      while (
        await filler.write(Buffer.alloc(size)).then(
          ({ bytesWritten }) => bytesWritten === size,
          () => false,
        )
      );
    await filler.close();
    let refused: unknown;
    // Free pages of its own file may take some first.
    for (let n = 0; n < 500 && refused === undefined; n += 1)
      await keys.seal({ ...owner, personId: `pat-of-${n}` }).catch((error: unknown) => {
        refused = error;
      });
    return { keys, kms, rows, owner, key, envelope, refused };
  };

  it('seals for no further patient, says why, and loses no key', async () => {
    const { keys, kms, owner, key, envelope, refused } = await full();
    expect(refused).toBeInstanceOf(KeysUnavailable);
    expect((refused as Error).message).toContain('the disk of DATA_DIR is full');
    expect(await keys.open(owner, envelope)).toEqual(key);
    await rm(join(disk, 'filler'));
    const after = await keys.seal({ ...owner, personId: 'pat-2' });
    const again = new Keys({ rows: KeyFile.open(join(disk, 'keys')), kms, clock: new Clock() });
    expect(await again.open({ ...owner, personId: 'pat-2' }, after.envelope)).toEqual(after.key);
    expect(await again.open(owner, envelope)).toEqual(key);
  });

  it('destroys a key once there is room, says why not before, and does not use it meanwhile', async () => {
    const { keys, rows, owner, envelope } = await full();
    const before = await keys.destroy(owner.personId, [envelope.keyId]).catch((error: unknown) => error);
    if (!Array.isArray(before)) expect(before).toBeInstanceOf(KeysUnavailable);
    await expect(keys.open(owner, envelope)).rejects.toThrow(KeysDestroyed);
    await rm(join(disk, 'filler'));
    expect(await keys.destroy(owner.personId, [envelope.keyId])).toEqual([envelope.keyId]);
    expect((await rows.of(subjectOf(owner.personId))).every(isDestroyed)).toBe(true);
  });
});
