import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EventStoreDBClient } from '@eventstore/db-client';

/** A server in a process of its own, and the official client connected to it. */
export type ServerProcess = {
  readonly child: ChildProcess;
  readonly client: EventStoreDBClient;
  readonly connectionString: string;
};

/** @param file of the built bench; its first line on standard output names the connection string */
export const startServer = async (file: string, ...args: string[]): Promise<ServerProcess> => {
  const entry = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [entry, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { LOG_LEVEL: 'silent' },
  });
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
  const { connectionString } = JSON.parse(line) as { connectionString: string };
  return { child, client: EventStoreDBClient.connectionString(connectionString), connectionString };
};

export const startEmbeddedNode = (dir: string): Promise<ServerProcess> =>
  startServer('../embedded/main.js', '--dir', dir, '--insecure', '--parent');

export const stopServer = async ({ child, client }: ServerProcess): Promise<void> => {
  await client.dispose();
  const exited = once(child, 'exit');
  child.stdin?.end();
  await exited;
};
