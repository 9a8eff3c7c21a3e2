import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kinds, type Mutant } from './mutant.ts';
import type { Outcome } from './run.ts';
import { ROOT } from './variant.ts';

const FILE = join(ROOT, 'docs', 'mutants.md');

/** Nothing foreign left. */
export const isTight = ({ foreignBytes, foreignItems, acts }: Outcome): boolean =>
  foreignBytes + foreignItems + acts === 0;
const isTold = ({ stopped, incidents, missing }: Outcome): boolean =>
  incidents.length > 0 || (stopped.length === 0 && missing.length === 0);

/** Nothing foreign left, and whatever was stopped is known; or it is on record why not. */
export const isHeld = (outcome: Outcome, { open }: Mutant): boolean =>
  (isTight(outcome) && isTold(outcome)) || open !== undefined;

/** One mutant, while the others run. */
export const line = (outcome: Outcome, place: number, of: number): string => {
  const { name, foreignBytes, foreignItems, acts, stopped, incidents, missing, broken, dead, ms } = outcome;
  const mark = dead !== undefined ? 'dead' : isTight(outcome) ? (isTold(outcome) ? 'held' : 'MUTE') : 'LEAK';
  const figures = [
    ...[`${foreignBytes} bytes`, `${foreignItems} items`, `${acts} acts`, `${stopped.length} stopped`],
    ...[`${incidents.length} incidents`, `${missing.length} missing`, `${broken.length} broken`],
  ];
  return `${String(place).padStart(3)}/${of} ${mark} ${name.padEnd(44)} ${figures.join(', ')} (${(ms / 1_000).toFixed(1)} s)`;
};

/** By kind, in the order of the kinds. */
export const table = (mutants: readonly Mutant[], outcomes: readonly Outcome[]): string => {
  const rows = mutants.map((mutant, i) => ({ mutant, outcome: outcomes[i] as Outcome }));
  const sorted = kinds.flatMap((kind) => rows.filter(({ mutant }) => mutant.kind === kind));
  const cells = sorted.map(({ mutant: { kind, name, bug }, outcome }) => {
    const { foreignBytes, foreignItems, acts, stopped, incidents, broken } = outcome;
    const told = isTold(outcome) ? (incidents.length > 0 ? 'yes' : '') : '**no**';
    const figures = [
      leak(foreignBytes),
      leak(foreignItems),
      leak(acts),
      stopped.length > 0 ? 'yes' : '',
      told,
      broken.length > 0 ? 'yes' : '',
    ];
    return [kind, `\`${name}\``, bug, ...figures];
  });
  const head = [
    'Kind',
    'Mutant',
    'The bug',
    'Foreign bytes',
    'Foreign items',
    'Foreign acts',
    'Stopped',
    'Incident',
    'Rightful requests failed',
  ];
  return [head, head.map((title, i) => (i > 2 ? '--:' : '-'.repeat(title.length))), ...cells]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
};

/** Whether something leaked is what the table is for; how much depends on who was faster. */
const leak = (count: number): string => (count > 0 ? '**yes**' : '0');

export const writeTable = async (mutants: readonly Mutant[], outcomes: readonly Outcome[]): Promise<void> => {
  const [before] = (await readFile(FILE, 'utf8')).split('\n## The table\n');
  const open = mutants.filter((mutant) => mutant.open !== undefined);
  const named = open.map(({ name, open: why }) => `- \`${name}\`: ${why}`);
  const reasons = open.length === 0 ? 'None.' : named.join('\n');
  await writeFile(
    FILE,
    `${before}\n## The table\n\n${table(mutants, outcomes)}\n\n## What cannot be closed\n\n${reasons}\n`,
  );
};

/** What the committed table says about leaks and is not so. */
export const differences = async (mutants: readonly Mutant[], outcomes: readonly Outcome[]): Promise<string[]> => {
  const committed = leaksIn(await readFile(FILE, 'utf8'));
  const found = leaksIn(table(mutants, outcomes));
  const names = new Set([...committed.keys(), ...found.keys()]);
  return [...names].flatMap((name) => {
    const [then, now] = [committed.get(name), found.get(name)];
    if (then === now) return [];
    return [`${name}: ${then ?? 'not there'}, and now ${now ?? 'not there'}`];
  });
};

const leaksIn = (markdown: string): Map<string, string> =>
  new Map(
    [...markdown.matchAll(/^\| [^|]+ \| `([^`]+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \| ([^|]+) \|/gm)].map(
      ([, name = '', ...leaks]) => [name, leaks.map((one) => one.trim()).join(' ')],
    ),
  );
