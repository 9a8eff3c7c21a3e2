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

/** The classes that extend `Error`, by way of others too. */
const errorsIn = (texts: readonly string[]): string[] => {
  const classes = texts.flatMap((text) => [...text.matchAll(/\bclass (\w+)(?:<[^{]*>)? extends (?:\w+\.)?(\w+)/g)]);
  const errors = new Set(['Error', 'TypeError', 'RangeError', 'AggregateError']);
  for (let known = 0; known < errors.size; ) {
    known = errors.size;
    for (const [, name = '', parent = ''] of classes) if (errors.has(parent)) errors.add(name);
  }
  return classes.flatMap(([, name = '']) => (errors.has(name) ? [name] : []));
};

describe('an error', () => {
  it('says what is wrong, and has the name of no event, which says what happened', async () => {
    const errors = errorsIn((await sources()).map(([, text]) => text));
    const types = new Set(categories.flatMap(({ catalogue }) => Object.keys(catalogue)));
    expect(errors.filter((name) => types.has(name))).toEqual([]);
    expect(errors).toEqual(expect.arrayContaining(['DomainError', 'RecordingIsErased', 'RecordingStoreUnavailable']));
  });

  it('is found by whatever it extends', () => {
    expect(
      errorsIn(['class A extends B {}', 'export abstract class B extends Error {}', 'class C extends D {}']),
    ).toEqual(['A', 'B']);
  });
});
