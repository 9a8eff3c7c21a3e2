import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devToken } from '../../src/auth/dev-token.ts';
import { readConfig } from '../../src/config/config.ts';
import type { Role } from '../../src/request/actor.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';

const READY_MS = 60_000;

/** The application as it is run in production: a process with its embedded node, on one folder and one port, started again when it dies. */
export type SupervisedApp = {
  readonly url: string;
  readonly token: (id: string, ...roles: Role[]) => Promise<string>;
  /** For the official client, on the embedded node as it runs now. */
  readonly connectionString: () => Promise<string>;
  /** Ends one of the two processes as a power cut would, and resolves once both serve again. */
  readonly kill: (which: 'app' | 'node') => Promise<void>;
  readonly ready: () => Promise<boolean>;
  readonly stop: () => Promise<void>;
};

export const startSupervisedApp = async (env: Readonly<Record<string, string>> = {}): Promise<SupervisedApp> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'ledger-kills-'));
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    ...{ NODE_ENV: 'test', PORT: String(port), DATA_DIR: dataDir, LOG_LEVEL: 'fatal' },
    ...{ RATE_LIMIT_PER_MINUTE: '0', RATE_LIMIT_SERVICE_PER_MINUTE: '0', ...env },
  };
  const config = readConfig(settings);
  const run = (): ChildProcess =>
    spawn(process.execPath, ['dist/run/server.js'], { env: { PATH: process.env.PATH, ...settings }, stdio: 'ignore' });
  let child = run();

  const ready = async () => {
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    await answer?.arrayBuffer();
    return answer?.status === 200;
  };
  const isBack = () => eventually(ready, READY_MS);
  await isBack();

  const nodePid = async (): Promise<number> => {
    const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
    return Number(children.trim().split(' ')[0]);
  };
  return {
    url,
    ready,
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
        // Its node ends with it: what it has not written down by then is lost with both.
        const node = await nodePid();
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
        await eventually(() => isGone(node), READY_MS);
        child = run();
      }
      await isBack();
    },
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
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
