import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

const DIST = new URL('../../dist/embedded', import.meta.url).href;

/** Runs a script of a test, which is told where the built node is, to its end. Code is null when a signal ended it. */
export const runScript = async (file: string, ...args: string[]): Promise<{ code: number | null; stdout: string }> => {
  const child = spawn(process.execPath, [file, DIST, ...args], { stdio: ['ignore', 'pipe', 'ignore'], env: {} });
  const exited = once(child, 'exit');
  const stdout = await text(child.stdout);
  const [code] = await exited;
  return { code, stdout };
};
