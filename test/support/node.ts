import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** How many ids of events a node remembers; the suites of the application set it (`app.ts`). */
const memory = () =>
  process.env.EMBEDDED_REMEMBER_IDS === undefined ? {} : { EMBEDDED_REMEMBER_IDS: process.env.EMBEDDED_REMEMBER_IDS };

/** The built embedded node. */
export const ENTRY = fileURLToPath(new URL('../../dist/run/embedded-node.js', import.meta.url));

/** What carries out a command on a data folder, in the process that the embedded node starts for it. */
export const OPERATION = fileURLToPath(new URL('../../dist/run/operation.js', import.meta.url));

export type TestNode = {
  /** Without credentials. */
  readonly connectionString: string;
  /** Where a closed node keeps the connection string with credentials. */
  readonly credentialsFile: string | undefined;
  /** Data folder; empty for a server of somebody else's. */
  readonly dir: string;
  readonly pid: number;
  /** Null while the process runs, and when a signal ended it. */
  readonly exitCode: number | null;
  /** What the process wrote to standard error since it was started last. */
  readonly log: () => string;
  /** Sends a signal and waits for the process to end. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
  /** Starts the process again on the same folder and port; stops it first when it is running. */
  readonly restart: () => Promise<void>;
  /** Ends the process and removes the folder. */
  readonly stop: () => Promise<void>;
};

export type TestNodeOptions = {
  /** Kept afterwards when given. */
  readonly dir?: string;
  /** TLS and users, as in production; otherwise the node is insecure. */
  readonly closed?: boolean;
  /** More arguments for the process. */
  readonly args?: readonly string[];
};

/** The server under test: the one in STORE_URL when that is set, else an embedded node of its own. */
export const startTestNode = async (options: TestNodeOptions = {}): Promise<TestNode> => {
  const url = process.env.STORE_URL;
  if (url === undefined || url === '') return startEmbeddedNode(options);
  const notOurs = () => Promise.reject(new Error('The server in STORE_URL is not ours to stop.'));
  return {
    connectionString: url,
    credentialsFile: undefined,
    dir: '',
    pid: 0,
    exitCode: null,
    log: () => '',
    kill: notOurs,
    restart: notOurs,
    stop: async () => {},
  };
};

/** Starts the built embedded node as a process on a temporary folder and a free port. */
export const startEmbeddedNode = async (options: TestNodeOptions = {}): Promise<TestNode> => {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'embedded-node-')));
  const mode = options.closed ? [] : ['--insecure'];
  const args = ['--dir', dir, ...mode, '--parent', ...(options.args ?? [])];
  let running = await launch(args);
  const { port, connectionString, credentialsFile } = running.ready;

  const kill = async (signal: NodeJS.Signals) => {
    const { child } = running;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  return {
    connectionString,
    credentialsFile,
    dir,
    get pid() {
      return running.ready.pid;
    },
    get exitCode() {
      return running.child.exitCode;
    },
    log: () => running.said.join('\n'),
    kill,
    restart: async () => {
      await kill('SIGTERM');
      running = await launch([...args, '--port', String(port)]);
    },
    stop: async () => {
      await kill('SIGTERM');
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
};

/** Runs the built embedded node to its end: a command, or a start that must fail. */
export const runNode = async (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
  const child = spawn(process.execPath, [ENTRY, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: {} });
  const exited = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await exited;
  return { code, stdout, stderr };
};

type Child = ChildProcessByStdio<Writable, Readable, Readable>;
type Ready = {
  readonly port: number;
  readonly pid: number;
  readonly connectionString: string;
  readonly credentialsFile?: string;
};

const launch = async (args: readonly string[]): Promise<{ child: Child; ready: Ready; said: string[] }> => {
  const child = spawn(process.execPath, ['--enable-source-maps', ENTRY, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A node of the same name in the surroundings must not decide what a test runs against.
    env: { PATH: process.env.PATH, ...memory() },
  });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const ready = await new Promise<Ready>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => reject(new Error(`The node ended (${signal ?? code}):\n${said.join('\n')}`)));
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
  });
  return { child, ready, said };
};
