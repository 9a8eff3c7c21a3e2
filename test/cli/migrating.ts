import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { type RawEvent, readAllRaw } from '../../src/ledger/moving/raw-store.ts';

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

/** The connection string, with credentials, that an embedded node keeps in a file. */
export const connectionIn = async (file: string): Promise<string> =>
  (JSON.parse(await readFile(file, 'utf8')) as { connectionString: string }).connectionString;

/** What a ledger consists of: all but the system's streams and the note of where it lives. */
export const storedIn = async (client: EventStoreDBClient): Promise<RawEvent[]> => {
  const events: RawEvent[] = [];
  for await (const event of readAllRaw(client))
    if (!event.stream.startsWith('$') && event.stream !== 'ledger-home') events.push(event);
  return events;
};
