import { readdir, readFile } from 'node:fs/promises';
import { categories } from '../../events/categories.ts';

/** `'patient-'` and `` `patient-${id}` ``, but not a code like `'patient-not-found'`; the actor of the housekeeping is called as its stream. */
const spelledBy = ({ prefix }: { prefix: string }) => `(?<!id: )['"\`]${prefix}(['"\`]|\\$\\{)`;
const SPELLED = new RegExp(categories.map(spelledBy).join('|'), 'g');
const CAST = /\bas (Recorded|Appended)\b/g;

/** The second key shares no line with the first: it knows by itself how streams are called. */
const APART = /^src\/second-key\//;

const sources = async (): Promise<[file: string, text: string][]> => {
  const files: string[] = [];
  for (const folder of ['src', 'projections'])
    for (const entry of await readdir(folder, { recursive: true }))
      if (entry.endsWith('.ts')) files.push(`${folder}/${entry}`);
  return Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as [string, string]));
};

describe('outside the list of categories', () => {
  it('no stream is named by hand', async () => {
    const spelled = (await sources()).flatMap(([file, text]) =>
      APART.test(file) ? [] : [...text.matchAll(SPELLED)].map(([found]) => `${file}: ${found}`),
    );
    expect(spelled).toEqual([]);
  });

  it('no event is taken for one of another type than the gate says', async () => {
    const casts = (await sources()).flatMap(([file, text]) =>
      [...text.matchAll(CAST)].map(([found]) => `${file}: ${found}`),
    );
    expect(casts).toEqual([]);
  });
});
