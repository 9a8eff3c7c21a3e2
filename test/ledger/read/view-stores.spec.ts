import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileViews } from '../../../src/ledger/read/file-views.ts';
import { MemoryViews } from '../../../src/ledger/read/memory-views.ts';
import { type Row, type ViewStore, ViewsShared, ViewsUnusable } from '../../../src/ledger/read/view-store.ts';

const folders: string[] = [];
const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'views-'));
  folders.push(dir);
  return dir;
};
const opened: ViewStore[] = [];
const keep = <S extends ViewStore>(store: S): S => {
  opened.push(store);
  return store;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const at = (commit: bigint) => ({
  stream: 'breach-1',
  revision: Number(commit),
  id: `id-${commit}`,
  commit,
  prepare: commit,
});
const row = (place: number, shelf: string, view: unknown = { place }): Row => ({ place, shelf, revision: place, view });
const batch = (commit: bigint, rows: Record<string, Row> = {}) => ({
  rows: new Map(Object.entries(rows)),
  gaps: [],
  checkpoint: at(commit),
});
const keysOf = (store: ViewStore, shelf?: string, before = Number.MAX_SAFE_INTEGER) =>
  [...store.rows(shelf, before)].map(([key]) => key);

const PAGE_BYTES = 4_096;

describe.each<[string, () => Promise<ViewStore>]>([
  ['in memory', async () => keep(new MemoryViews())],
  ['in a file', async () => keep(await FileViews.open(folder(), 'p-v1'))],
])('views kept %s', (_, open) => {
  it('are none at first', async () => {
    const views = await open();
    expect([views.checkpoint, views.size, views.gaps, views.get('a'), keysOf(views)]).toEqual([
      undefined,
      0,
      [],
      undefined,
      [],
    ]);
  });

  it('are written with their checkpoint and their gaps', async () => {
    const views = await open();
    await views.write({
      ...batch(5n, { a: row(0, 'open', { n: [1, 'two', null] }) }),
      gaps: [{ stream: 's', revision: 3 }],
    });
    expect(views.get('a')).toEqual(row(0, 'open', { n: [1, 'two', null] }));
    expect([views.checkpoint, views.size, views.gaps]).toEqual([at(5n), 1, [{ stream: 's', revision: 3 }]]);
  });

  it('are listed newest first, of all shelves or one, below a place', async () => {
    const views = await open();
    await views.write(batch(1n, { a: row(0, 'open'), b: row(1, 'closed'), c: row(2, 'open') }));
    await views.write(batch(2n, { d: row(3, 'open') }));
    expect(keysOf(views)).toEqual(['d', 'c', 'b', 'a']);
    expect(keysOf(views, 'open')).toEqual(['d', 'c', 'a']);
    expect(keysOf(views, 'open', 3)).toEqual(['c', 'a']);
    expect(keysOf(views, undefined, 1)).toEqual(['a']);
    expect(keysOf(views, 'none')).toEqual([]);
  });

  it('move from shelf to shelf and keep their place', async () => {
    const views = await open();
    await views.write(batch(1n, { a: row(0, 'open'), b: row(1, 'open') }));
    await views.write(batch(2n, { a: row(0, 'closed') }));
    expect([keysOf(views, 'open'), keysOf(views, 'closed'), keysOf(views)]).toEqual([['b'], ['a'], ['b', 'a']]);
    expect([views.count('open'), views.count('closed'), views.count('ope'), views.count('none')]).toEqual([1, 1, 0, 0]);
    expect(views.size).toBe(2);
  });

  it('are nobody else’s to change', async () => {
    const views = await open();
    const view = { n: 1 };
    await views.write(batch(1n, { a: row(0, '', view) }));
    view.n = 2;
    (views.get('a')?.view as { n: number }).n = 3;
    expect(views.get('a')?.view).toEqual({ n: 1 });
  });

  it('are gone once they are cleared, and begin again', async () => {
    const views = await open();
    await views.write({ ...batch(1n, { a: row(0, 'open') }), gaps: [{ stream: 's', revision: 3 }] });
    await views.clear();
    expect([views.checkpoint, views.size, views.gaps, views.get('a'), keysOf(views)]).toEqual([
      undefined,
      0,
      [],
      undefined,
      [],
    ]);
    await views.write(batch(1n, { b: row(0, 'open') }));
    expect(keysOf(views, 'open')).toEqual(['b']);
  });
});

describe('a file of views', () => {
  const filled = async (dir: string, projection = 'p-v1') => {
    const views = await FileViews.open(dir, projection);
    const rows = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [`k${i}`, row(i, 'open', { text: 'x'.repeat(300) })]),
    );
    await views.write({ ...batch(9n, rows), gaps: [{ stream: 's', revision: 3 }] });
    await views.close();
  };

  it('holds what was written when it is opened again', async () => {
    const dir = folder();
    await filled(dir);
    const views = keep(await FileViews.open(dir, 'p-v1'));
    expect([views.checkpoint, views.size, views.gaps]).toEqual([at(9n), 200, [{ stream: 's', revision: 3 }]]);
    expect(keysOf(views, 'open')).toHaveLength(200);
  });

  it('is refused by another projection', async () => {
    const dir = folder();
    await filled(dir, 'p-v1');
    await expect(FileViews.open(dir, 'p-v2')).rejects.toThrow(/it is of p-v1/);
  });

  it.each<[string, (file: string) => void]>([
    ['is no such file', (file) => writeFileSync(file, 'something else entirely, and long enough to have a head')],
    ['is short', (file) => writeFileSync(file, 'short')],
    ['lost its end', (file) => truncateSync(file, 16_384)],
  ])('is refused when it %s', async (_, harm) => {
    const dir = folder();
    await filled(dir);
    harm(join(dir, 'views.mdb'));
    await expect(FileViews.open(dir, 'p-v1')).rejects.toThrow(ViewsUnusable);
    FileViews.discard(dir);
    expect(keep(await FileViews.open(dir, 'p-v1')).checkpoint).toBeUndefined();
  });

  it('is refused a row that is not what was written', async () => {
    const dir = folder();
    await filled(dir);
    const file = join(dir, 'views.mdb');
    const bytes = readFileSync(file);
    for (let i = bytes.indexOf('xxxx'); i !== -1; i = bytes.indexOf('xxxx', i + 300)) bytes.write('y', i);
    writeFileSync(file, bytes);
    const views = keep(await FileViews.open(dir, 'p-v1'));
    expect(() => keysOf(views)).toThrow(/a row of it is damaged/);
  });

  describe('of which processes died soon after they opened it', () => {
    it('is kept where it does no harm', async () => {
      const dir = folder();
      await filled(dir);
      writeFileSync(join(dir, 'deaths'), '3');
      const views = keep(await FileViews.open(dir, 'p-v1'));
      expect([views.checkpoint, views.size, keysOf(views, 'open').length]).toEqual([at(9n), 200, 200]);
      expect(readFileSync(join(dir, 'deaths'), 'utf8')).toBe('4');
    });

    it('is thrown away where another process dies of it, too', async () => {
      const dir = folder();
      await filled(dir);
      const file = join(dir, 'views.mdb');
      const bytes = readFileSync(file);
      // Each page says that it has more entries than it has room for; the first two are those by which LMDB knows its file.
      for (let page = 2 * PAGE_BYTES; page < bytes.length; page += PAGE_BYTES) bytes.writeUInt16LE(0xfff0, page + 12);
      writeFileSync(file, bytes);
      writeFileSync(join(dir, 'deaths'), '3');
      await expect(FileViews.open(dir, 'p-v1')).rejects.toThrow(/died 3 times .* one that tried it did, too/);
    });
  });

  it('is written by one process alone', async () => {
    const dir = folder();
    const [one, other] = [keep(await FileViews.open(dir, 'p-v1')), keep(await FileViews.open(dir, 'p-v1'))];
    await one.write(batch(1n, { a: row(0, 'open') }));
    await expect(other.write(batch(1n, { b: row(0, 'open') }))).rejects.toThrow(ViewsShared);
    expect(keysOf(one)).toEqual(['a']);
  });
});
