import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { documents, textOf } from './markdown.ts';

/**
 * Words that hide who acts, or make a riddle of a plain fact. Say the caller, the viewer, the store, this instance; say "events that arrived
 * late" and not "what is late". In code these are comments and messages: names of code are spelled otherwise.
 * The console's own words are read by people all day.
 */
const RIDDLES =
  /(?<!['`](?=\w+['`]))\b(?:[Ss]omebody|[Nn]obody|[Aa]nybody|[Ee]verybody|[Ww]h(?:o|om)ever|goes on|looked at again|[Ww]hat (?:is|was|are|were))\b/g;

/** Made by a program from the names and descriptions of injected bugs. */
const GENERATED = 'docs/mutants.md';

const sources = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).filter((name) => /\.tsx?$/.test(name)).map((name) => join(folder, name));

describe('the language', () => {
  it('names the actor and says it plainly, in code and in documents', async () => {
    const code = await Promise.all(['src', 'projections', 'events', 'embedded', 'console'].map(sources));
    const files = [...code.flat(), ...(await documents()).filter((file) => file !== GENERATED)];
    const found = await Promise.all(
      files.map(async (file) => {
        const lines = (await textOf(file)).split('\n');
        return lines.flatMap((line, i) => [...line.matchAll(RIDDLES)].map(([word]) => ({ file, at: i + 1, word })));
      }),
    );
    expect(found.flat().map(({ file, at, word }) => `${file}:${at} ${word}`)).toEqual([]);
  });

  it('recognises a riddle, and no name of code', () => {
    const riddles = (text: string) => text.match(RIDDLES) ?? [];
    expect(riddles('Nobody sees what is late, whoever asks; it goes on.')).toHaveLength(4);
    expect(riddles("logger.warn(`goes on where it stood`, 'what is kept of it')")).toHaveLength(2);
    expect(riddles("NoBody NOBODY isSomebody nobodyYet 'nobody' whatever")).toEqual([]);
  });
});
