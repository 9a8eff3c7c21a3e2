import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { command } from './configuration.ts';
import { compactingOf, partialOf, removeEventFile } from './log/files.ts';
import { eventFile } from './log/layout.ts';
import { EXIT, KEEP_AND_RESTORE, PROGRESS, sayDamaged } from './outcome.ts';

/** Built from operation.ts. */
const OPERATION = fileURLToPath(new URL('./operation.js', import.meta.url));

/** LMDB follows what a damaged page says: it complains and aborts, or reads where nothing is. */
const CRASHES: readonly (NodeJS.Signals | null)[] = ['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP'];

const SHOWN_EVERY_MS = 1_000;

/**
 * Carries out a command on a data folder (`command`), in a process of its own. Progress goes to standard error; the last
 * line on standard output says how it ended. Gives the exit code: 0 fine, 1 damaged, 2 not done.
 */
export const operate = async (args: readonly string[]): Promise<number> => {
  const child = spawn(process.execPath, [OPERATION, ...args], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  let reached = 'before the first entry was checked';
  let shown = 0;
  createInterface({ input: child.stdio[PROGRESS] as Readable }).on('line', (line) => {
    const [done = 0, total = 0] = line.split(' ').map(Number);
    reached = `after ${done} of ${total} entries were checked`;
    if (total === 0 || (done < total && performance.now() - shown < SHOWN_EVERY_MS)) return;
    shown = performance.now();
    process.stderr.write(`checked ${done} of ${total} entries (${Math.floor((100 * done) / total)} %)\n`);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (!CRASHES.includes(signal)) return code ?? EXIT.notDone;
  return crashed(args, `${signal} ended the process that reads it ${reached}`);
};

const crashed = (args: readonly string[], how: string): number => {
  const asked = command(args, process.env);
  if (asked.name === 'compact') removeEventFile(compactingOf(eventFile(asked.dir)));
  else if (asked.name !== 'verify')
    removeEventFile(partialOf(asked.name === 'backup' ? asked.file : eventFile(asked.dir)));
  const read = asked.name === 'restore' ? asked.file : eventFile(asked.dir);
  return sayDamaged(
    [`${read} has a page that can't be read: ${how}.`],
    asked.name === 'restore' ? 'Nothing was restored. Take another backup.' : KEEP_AND_RESTORE,
  );
};
