import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { devToken } from '../../src/auth/dev-token.ts';
import { readConfig } from '../../src/config/config.ts';
import type { Role } from '../../src/request/actor.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';

const READY_MS = 60_000;

/** The application as it is run in production: a process with its embedded node, on one folder and one port, started again when it dies. */
export type SupervisedApp = {
  readonly url: string;
  readonly dataDir: string;
  readonly token: (id: string, ...roles: Role[]) => Promise<string>;
  /** For the official client, on the embedded node as it runs now. */
  readonly connectionString: () => Promise<string>;
  /** Ends one of the two processes as a power cut would, and resolves once both serve again. */
  readonly kill: (which: 'app' | 'node') => Promise<void>;
  /** Ends the application, and its node with it, for `begin` to start again. */
  readonly end: () => Promise<void>;
  readonly begin: () => void;
  readonly ready: () => Promise<boolean>;
  /** What the application wrote since it was first started. */
  readonly logged: () => string;
  /** A command on the same folder, as an operator runs it; `kill` ends it and its node as a power cut would. */
  readonly ledger: (...args: string[]) => {
    readonly ended: Promise<{ readonly code: number | null; readonly said: string }>;
    readonly kill: () => Promise<void>;
  };
  readonly stop: () => Promise<void>;
};

export const startSupervisedApp = async (env: Readonly<Record<string, string>> = {}): Promise<SupervisedApp> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'ledger-kills-'));
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    ...{ NODE_ENV: 'test', PORT: String(port), DATA_DIR: dataDir, LOG_LEVEL: 'fatal' },
    ...{ RATE_LIMIT_PER_MINUTE: '0', RATE_LIMIT_SERVICE_PER_MINUTE: '0', BOOKING_MAX_DAYS_AHEAD: '0', ...env },
  };
  const config = readConfig(settings);
  let log = '';
  const spawned = (...args: string[]) =>
    spawn(process.execPath, args, {
      env: { PATH: process.env.PATH, ...settings },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const run = (): ChildProcess => {
    const started = spawned('dist/run/server.js');
    started.stdout.setEncoding('utf8').on('data', (written: string) => {
      log += written;
    });
    return started;
  };
  let child = run();

  const ready = async () => {
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    await answer?.arrayBuffer();
    return answer?.status === 200;
  };
  const isBack = () => eventually(ready, READY_MS);
  await isBack();

  const nodePid = async ({ pid }: ChildProcess = child): Promise<number> => {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return Number(children.trim().split(' ')[0]);
  };
  /** What a node has not written down by then is lost with it and the process it serves. */
  const endWithItsNode = async (one: ChildProcess): Promise<void> => {
    if (one.exitCode !== null || one.signalCode !== null) return;
    const node = await nodePid(one);
    const gone = once(one, 'exit');
    one.kill('SIGKILL');
    await gone;
    // A process that had no node yet leaves none.
    if (node > 0) await eventually(() => isGone(node), READY_MS);
  };
  return {
    url,
    dataDir,
    ready,
    logged: () => log,
    token: (id, ...roles) => devToken(config, { id, roles }, 3_600),
    connectionString: async () => {
      const file = join(dataDir, 'eventstore', 'access', 'credentials-admin.json');
      return (JSON.parse(await readFile(file, 'utf8')) as { connectionString: string }).connectionString;
    },
    kill: async (which) => {
      if (which === 'node') {
        process.kill(await nodePid(), 'SIGKILL');
        await eventually(async () => !(await ready()), READY_MS);
      } else {
        await endWithItsNode(child);
        child = run();
      }
      await isBack();
    },
    end: () => endWithItsNode(child),
    begin: () => {
      child = run();
    },
    ledger: (...args) => {
      const command = spawned('dist/src/cli/main.js', ...args);
      const exited = once(command, 'exit');
      const ended = Promise.all([text(command.stdout), exited]).then(([said, [code]]) => ({ code, said }));
      return { ended, kill: () => endWithItsNode(command) };
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        await gone;
      }
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};
