import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FileObjectStore } from '../../src/objects/files.ts';
import { bytes } from './bytes.ts';
import { books, describeObjectStore, freshKey, LibraryClosed } from './contract.ts';

const webm = { contentType: 'video/webm' };
const temporaryFolder = () => mkdtemp(join(tmpdir(), 'objects-'));
const incoming = (folder: string) => readdir(join(folder, '.incoming')).catch(() => [] as string[]);

describeObjectStore('files', async () => {
  const data = await temporaryFolder();
  const folder = join(data, 'books');
  return {
    store: new FileObjectStore({ holding: books, folder }),
    storeOf: (holding) => new FileObjectStore({ holding, folder: join(data, 'others') }),
    leftovers: () => incoming(folder),
    dispose: () => rm(data, { recursive: true }),
  };
});

describe('objects as files', () => {
  let folder: string;
  let store: FileObjectStore;
  beforeEach(async () => {
    folder = join(await temporaryFolder(), 'books');
    store = new FileObjectStore({ holding: books, folder });
  });
  afterEach(async () => {
    await rm(dirname(folder), { recursive: true });
  });

  it('are readable by their owner alone', async () => {
    const key = freshKey();
    await store.write(key, bytes(10), webm);
    const mode = async (path: string) => (await stat(path)).mode & 0o777;
    expect(await mode(join(folder, key))).toBe(0o600);
    expect(await mode(dirname(join(folder, key)))).toBe(0o700);
    expect(await mode(join(folder, '.incoming'))).toBe(0o700);
    expect(await mode(folder)).toBe(0o700);
  });

  it('are listed without whatever else lies in the folder', async () => {
    const key = freshKey();
    await store.write(key, bytes(10), webm);
    await writeFile(join(folder, 'README'), 'an operator was here');
    await mkdir(join(folder, 'lost+found'));
    await writeFile(join(folder, 'lost+found', '123'), '');
    const keys: string[] = [];
    for await (const page of store.list()) keys.push(...page.map((found) => found.key));
    expect(keys).toEqual([key]);
  });

  it('come in pages', async () => {
    await mkdir(join(folder, 'shelf-p'), { recursive: true });
    for (let index = 0; index < 1_201; index += 1) await writeFile(join(folder, 'shelf-p', `r${index}`), '');
    const sizes: number[] = [];
    for await (const page of store.list()) sizes.push(page.length);
    expect(sizes).toEqual([500, 500, 201]);
  });

  it('have a dead process’s temporary files swept, and only the old ones', async () => {
    await store.check();
    const [old, young] = ['old.part', 'young.part'].map((name) => join(folder, '.incoming', name)) as [string, string];
    await writeFile(old, 'x');
    await writeFile(young, 'x');
    await utimes(old, new Date(), new Date(Date.now() - 3_600_000));
    expect(await store.sweepIncomplete(new Date(Date.now() - 60_000))).toBe(1);
    expect(await incoming(folder)).toEqual(['young.part']);
  });

  it('are not begun anew when their folder is gone, and what it held is not taken for deleted', async () => {
    const key = freshKey();
    await store.write(key, bytes(10), webm);
    await rename(folder, `${folder}-away`);
    for (const ask of [
      () => store.write(freshKey(), bytes(10), webm),
      () => store.read(key),
      () => store.head(key),
      () => store.delete(key),
      () => store.check(),
    ])
      await expect(ask()).rejects.toThrow('the folder of books in DATA_DIR is gone');
    await rename(`${folder}-away`, folder);
    await store.check();
    expect((await store.head(key)).bytes).toBe(10);
  });

  it('cannot be stored where a file stands in the way of the folder', async () => {
    await writeFile(folder, 'not a folder');
    const failed = store.write(freshKey(), bytes(10), webm);
    await expect(failed).rejects.toThrow(LibraryClosed);
    await expect(failed).rejects.toThrow(/DATA_DIR/);
    await expect(store.check()).rejects.toThrow(LibraryClosed);
  });
});

/** A file system of 4 MiB, to be full and to be read-only on. Needs the right to mount, which CI containers may lack. */
const mounted = async (folder: string, options: string): Promise<boolean> => {
  const mount = spawn('mount', ['-t', 'tmpfs', '-o', options, 'objects-test', folder], { stdio: 'ignore' });
  return new Promise((resolve) => {
    mount.on('error', () => resolve(false));
    mount.on('exit', (code) => resolve(code === 0));
  });
};
const run = (command: string, args: string[]) =>
  new Promise<void>((resolve, reject) => {
    spawn(command, args, { stdio: 'ignore' })
      .on('error', reject)
      .on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')}: ${code}`))));
  });

const probe = await temporaryFolder();
const mayMount = await mounted(probe, 'size=1m');
if (mayMount) await run('umount', [probe]);
await rm(probe, { recursive: true });

(mayMount ? describe : describe.skip)('objects on a small disk (needs the right to mount)', () => {
  let folder: string;
  let store: FileObjectStore;
  beforeEach(async () => {
    folder = await temporaryFolder();
    expect(await mounted(folder, 'size=4m')).toBe(true);
    store = new FileObjectStore({ holding: books, folder });
  });
  afterEach(async () => {
    await run('umount', [folder]);
    await rm(folder, { recursive: true });
  });

  it('are refused when it fills up, and nothing of them stays', async () => {
    const kept = freshKey();
    await store.write(kept, bytes(1_000_000), webm);
    const failed = store.write(freshKey(), bytes(8_000_000), webm);
    await expect(failed).rejects.toThrow(LibraryClosed);
    await expect(failed).rejects.toThrow('the disk of DATA_DIR is full');
    expect(await incoming(folder)).toEqual([]);
    expect((await store.head(kept)).bytes).toBe(1_000_000);
    await store.write(freshKey(), bytes(1_000_000), webm);
  });

  it('are refused when it turns read-only, and readiness says so; what is there can be read', async () => {
    const kept = freshKey();
    await store.write(kept, bytes(1_000), webm);
    await run('mount', ['-o', 'remount,ro', folder]);
    const readOnly = 'DATA_DIR is on a read-only file system';
    await expect(store.write(freshKey(), bytes(10), webm)).rejects.toThrow(readOnly);
    await expect(store.check()).rejects.toThrow(readOnly);
    await expect(store.delete(kept)).rejects.toThrow(readOnly);
    expect((await store.head(kept)).bytes).toBe(1_000);
    await run('mount', ['-o', 'remount,rw', folder]);
    await expect(store.check()).resolves.toBeUndefined();
  });
});

(process.getuid?.() === 0 ? describe.skip : describe)(
  'objects in a folder of somebody else (root may write anywhere)',
  () => {
    it('are refused with the setting to look at', async () => {
      const folder = await temporaryFolder();
      await chmod(folder, 0o500);
      const store = new FileObjectStore({ holding: books, folder: join(folder, 'books') });
      await expect(store.write(freshKey(), bytes(10), webm)).rejects.toThrow('does not belong to the user');
      await chmod(folder, 0o700);
      await rm(folder, { recursive: true });
    });
  },
);
