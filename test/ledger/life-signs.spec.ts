import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { LifeSigns } from '../../src/ledger/life-signs.ts';
import { eventually } from '../support/eventually.ts';

const LOOKS = 20;
const EVERY_MS = 50;

describe('signs of life of a process', () => {
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
  });

  /** Watches a program; gives what says whether it was found silent. */
  const watch = (program: string) => {
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(child);
    const found = { silent: false };
    const signs = new LifeSigns(
      child.pid ?? -1,
      LOOKS,
      () => {
        found.silent = true;
      },
      EVERY_MS,
    );
    return { child, found, signs };
  };

  it('are processor time, words, and being stopped; not merely being there', async () => {
    const alive = [
      watch('for (;;) {}'),
      watch('setInterval(() => process.stdout.write("at work\\n"), 200)'),
      watch('setInterval(() => {}, 1000000)'),
    ];
    alive[1]?.child.stdout?.on('data', () => alive[1]?.signs.heard());
    alive[2]?.child.kill('SIGSTOP');
    // Begun last, so that the others had more looks than it.
    const idle = watch('setInterval(() => {}, 1000000)');
    await eventually(() => idle.found.silent, 20_000);
    expect(alive.map(({ found }) => found.silent)).toEqual([false, false, false]);
    for (const { signs } of alive) signs.end();
  });

  it('are missed in one that ended', async () => {
    const { found } = watch('');
    await eventually(() => found.silent, 20_000);
  });
});
