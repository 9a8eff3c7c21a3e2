import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

export const textOf = (document: string): Promise<string> => readFile(document, 'utf8');

/** The rows of the first table under a heading, or of the document's first; cells trimmed, without backquotes around a whole cell. */
export const tableIn = async (document: string, heading?: string): Promise<string[][]> => {
  const text = await textOf(document);
  const section = heading === undefined ? text : (text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '');
  const lines = section.split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const after = lines.findIndex((line, i) => i > first && !line.startsWith('|'));
  return lines.slice(first + 2, after === -1 ? undefined : after).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')),
  );
};

/** The folders that the first picture under a heading draws: two spaces deeper is inside. */
export const foldersDrawnIn = async (document: string, heading: string): Promise<string[]> => {
  const section = (await textOf(document)).split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const picture = /```\n([^`]*)```/.exec(section)?.[1] ?? '';
  const above: string[] = [];
  return [...picture.matchAll(/^( *)([\w-]+)\/ /gm)].map(([, indent = '', name = '']) => {
    above.splice(indent.length / 2, Number.POSITIVE_INFINITY, name);
    return above.join('/');
  });
};

/** Everything that is written for people, wherever it stands. */
export const documents = async (): Promise<string[]> => [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'demo/README.md',
  'embedded/README.md',
  ...(await readdir('docs', { recursive: true }))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

export type Link = { readonly file: string; readonly heading: string | undefined };

/** Relative links of a document, with the heading they lead to. */
export const linksIn = (document: string, text: string): Link[] =>
  [...text.matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', heading] = target.split('#');
      return { file: path === '' ? document : resolve(dirname(document), path), heading };
    });

/** What a heading is called in a link, as GitHub makes it. */
export const anchorsIn = (text: string): string[] =>
  [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
