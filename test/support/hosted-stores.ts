import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const HOST = fileURLToPath(new URL('store-host.js', import.meta.url));

type Said = { readonly dir: string; readonly url?: string; readonly error?: string };

let host: ChildProcess | undefined;
const waiting = new Map<string, { resolve: (said: Said) => void; reject: (error: Error) => void }>();

const begin = (): ChildProcess => {
  const begun = fork(HOST, {
    env: { PATH: process.env.PATH, EMBEDDED_REMEMBER_IDS: '0' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  begun.on('message', (said: Said) => {
    const asked = waiting.get(said.dir);
    waiting.delete(said.dir);
    // A run that waits for nothing else ends.
    if (waiting.size === 0) begun.channel?.unref();
    if (said.error === undefined) asked?.resolve(said);
    else asked?.reject(new Error(said.error));
  });
  begun.on('exit', (code, signal) => {
    for (const [dir, { reject }] of waiting) reject(new Error(`The host of ${dir} ended (${signal ?? code}).`));
    waiting.clear();
    host = undefined;
  });
  begun.unref();
  return begun;
};

const ask = (message: { readonly dir: string; readonly stop?: true }): Promise<Said> =>
  new Promise((resolve, reject) => {
    host ??= begin();
    waiting.set(message.dir, { resolve, reject });
    host.channel?.ref();
    host.send(message);
  });

/** How to connect to a store, and what ends it. Its folder stays. */
export type HostedStore = { readonly url: string; readonly stop: () => Promise<unknown> };

/**
 * A store for an application of a suite: an embedded node that shares a process with those of the other suites of this worker. A process for each
 * took as long to start as the application.
 */
export const hostedStore = async (dir: string): Promise<HostedStore> => {
  const { url } = await ask({ dir });
  if (url === undefined) throw new Error(`The host of ${dir} did not say how to connect to it.`);
  return { url, stop: () => ask({ dir, stop: true }) };
};
