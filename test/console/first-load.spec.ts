import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUILT = 'dist/console';
const MOST_BYTES = 250_000;

/** The page and every script and style that it names, and the page that it opens with. */
const firstLoad = async (): Promise<readonly string[]> => {
  const page = await readFile(join(BUILT, 'index.html'), 'utf8');
  const named = [...page.matchAll(/(?:src|href)="\/console\/(assets\/[^"]+\.(?:js|css))"/g)].map(
    ([, path = '']) => path,
  );
  const assets = await readdir(join(BUILT, 'assets'));
  const board = assets.filter((name) => /^board-page-.*\.(js|css)$/.test(name)).map((name) => join('assets', name));
  return ['index.html', ...named, ...board];
};

describe('the console as it is built', () => {
  it('is built', () => expect(existsSync(join(BUILT, 'index.html'))).toBe(true));

  it('takes at most 250 KB, compressed, until the board is there', async () => {
    const files = await firstLoad();
    expect(files.length).toBeGreaterThan(4);
    const sizes = await Promise.all(files.map(async (file) => gzipSync(await readFile(join(BUILT, file))).length));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST_BYTES);
  });

  it('is there compressed, too, in both ways that browsers take', async () => {
    for (const file of await firstLoad())
      for (const way of ['br', 'gz']) expect(existsSync(join(BUILT, `${file}.${way}`))).toBe(true);
  });

  it('has nothing inline that its policy would refuse, and no address of another host', async () => {
    const page = await readFile(join(BUILT, 'index.html'), 'utf8');
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?:\/\//);
  });
});
