import { type ChildProcess, spawn } from 'node:child_process';

export type Outcome = { readonly code: number | null; readonly out: string; readonly err: string };

/** `ledger migrate` as the operator runs it, with these settings alone. */
export const spawned = (args: readonly string[], env: Record<string, string>): ChildProcess =>
  spawn(process.execPath, ['dist/src/cli/main.js', 'migrate', ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

export const outcomeOf = (child: ChildProcess): Promise<Outcome> =>
  new Promise((done, failed) => {
    let [out, err] = ['', ''];
    child.stdout?.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      err += chunk;
    });
    child.on('error', failed).on('close', (code) => done({ code, out, err }));
  });

export const migrate = (args: readonly string[], env: Record<string, string> = {}) => outcomeOf(spawned(args, env));
