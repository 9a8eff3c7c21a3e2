import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const HOST = fileURLToPath(new URL('store-host.js', import.meta.url));

let host;
const waiting = new Map();

const begin = () => {
  // What it says of itself is for the terminal; standard input would keep it waiting.
  host = fork(HOST, {
    env: { PATH: process.env.PATH, EMBEDDED_REMEMBER_IDS: '0' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  host.on('message', ({ dir, error, ...said }) => {
    const { resolve, reject } = waiting.get(dir);
    waiting.delete(dir);
    host.channel.unref();
    if (error === undefined) resolve(said);
    else reject(new Error(error));
  });
  host.on('exit', (code, signal) => {
    for (const [dir, { reject }] of waiting) reject(new Error(`The host of ${dir} ended (${signal ?? code}).`));
    waiting.clear();
    host = undefined;
  });
  host.unref();
};

const ask = (message) =>
  new Promise((resolve, reject) => {
    if (host === undefined) begin();
    waiting.set(message.dir, { resolve, reject });
    // A run that waits for nothing else ends.
    host.channel.ref();
    host.send(message);
  });

/**
 * A store for an application of a suite: an embedded node that shares a process with those of the other suites of this worker. A process for each
 * took as long to start as the application.
 * @returns how to connect to it, and what ends it; its folder stays
 */
export const hostedStore = async (dir) => {
  const { url } = await ask({ dir });
  return { url, stop: () => ask({ dir, stop: true }) };
};
