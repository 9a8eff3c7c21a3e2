import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeysUnavailable } from '../../src/keys/errors.ts';
import { KeyBucket, keyHolding } from '../../src/keys/key-bucket.ts';
import { KeyFile } from '../../src/keys/key-file.ts';
import { FileObjectStore } from '../../src/objects/files.ts';
import { describeKeyRows, rowOf } from './rows-contract.ts';

const temporaryFolder = () => mkdtemp(join(tmpdir(), 'keys-'));

describeKeyRows('a file', async () => {
  const folder = await temporaryFolder();
  const [rows, others] = [KeyFile.open(folder), KeyFile.open(folder)];
  return {
    ...{ rows, others },
    dispose: async () => {
      await rows.close();
      await rm(folder, { recursive: true });
    },
  };
});

// On a bucket: key-bucket.s3.ts.
describeKeyRows('objects', async () => {
  const folder = await temporaryFolder();
  const open = () => new KeyBucket(new FileObjectStore({ folder, holding: keyHolding }));
  return { rows: open(), others: open(), dispose: () => rm(folder, { recursive: true }) };
});

describe('the file of keys', () => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await temporaryFolder(), 'keys');
  });
  afterEach(() => rm(join(folder, '..'), { recursive: true }));

  it('is for this user alone, and there again after it was closed', async () => {
    const row = rowOf('pat-1');
    const before = KeyFile.open(folder);
    await before.add(row);
    expect((await stat(join(folder, 'keys.mdb'))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await before.close();
    const after = KeyFile.open(folder);
    expect(await after.of(row.subject)).toEqual([row]);
    await after.close();
  });

  it('lists more keys than fill a page', async () => {
    const file = KeyFile.open(folder);
    const all = Array.from({ length: 1_203 }, (_, i) => rowOf(`pat-${i}`));
    await Promise.all(all.map((row) => file.add(row)));
    const found = new Set<string>();
    for await (const { keyId } of file.all()) found.add(keyId);
    expect(found).toEqual(new Set(all.map(({ keyId }) => keyId)));
    await file.close();
  });

  it('is refused where it is another file, or cut short', async () => {
    const file = KeyFile.open(folder);
    await Promise.all(Array.from({ length: 200 }, (_, i) => file.add(rowOf(`pat-${i}`))));
    await file.close();
    await truncate(join(folder, 'keys.mdb'), 8_192);
    expect(() => KeyFile.open(folder)).toThrow(KeysUnavailable);
    await writeFile(join(folder, 'keys.mdb'), 'an operator was here, and wrote more than a few words');
    expect(() => KeyFile.open(folder)).toThrow(KeysUnavailable);
  });
});
