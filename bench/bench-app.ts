import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { devToken } from '../src/auth/dev-token.ts';
import { readConfig } from '../src/config/config.ts';
import type { Role } from '../src/request/actor.ts';

export type BenchApp = {
  readonly url: string;
  readonly process: ChildProcess;
  readonly nodePid: () => number;
  /** For the official client, on the same embedded node. */
  readonly connectionString: string;
  token(id: string, ...roles: Role[]): Promise<string>;
  post<T>(path: string, token: string, body: unknown): Promise<T>;
  /** When the application's appends since the last call were acknowledged to it, at most 100: milliseconds since 1970. */
  acknowledged(): Promise<number[]>;
  /** The longest time that the application's event loop was kept since the last call (or that of `acknowledged`), in milliseconds. */
  blockedMs(): Promise<number>;
  stop(): Promise<void>;
};

/** The application in a process of its own, on a folder that goes with it. */
export const startBenchApp = async (env: Record<string, string> = {}): Promise<BenchApp> => {
  const dir = await mkdtemp(join(tmpdir(), 'ledger-bench-'));
  const settings = {
    NODE_ENV: 'test',
    PORT: '0',
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_MINUTE: '0',
    // The benches book in 2036.
    BOOKING_MAX_DAYS_AHEAD: '0',
    RATE_LIMIT_SERVICE_PER_MINUTE: '0',
    RECORDING_SAME_BYTES: 'keep',
    // One token stands for everybody here.
    CALLS_AT_ONCE: '100000',
    CALLS_AT_ONCE_SERVICE: '100000',
    ...env,
    DATA_DIR: dir,
  };
  const config = readConfig(settings);
  const child = fork(fileURLToPath(new URL('./app.js', import.meta.url)), {
    // BENCH_PROF=<folder> leaves a CPU profile of the application there.
    execArgv: process.env.BENCH_PROF ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROF}`] : [],
    env: { ...process.env, ...settings },
  });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  const { connectionString } = JSON.parse(
    await readFile(join(dir, 'eventstore', 'access', 'credentials-admin.json'), 'utf8'),
  );
  return {
    url,
    process: child,
    nodePid: () => childOf(child.pid as number),
    connectionString,
    token: (id, ...roles) => devToken(config, { id, roles }, 3_600),
    post: async (path, token, body) => {
      const response = await fetch(new URL(path, url), {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.json() as Promise<never>;
    },
    acknowledged: async () => {
      child.send('acknowledged');
      const [answer] = (await once(child, 'message')) as [{ acknowledged: number[] }];
      return answer.acknowledged;
    },
    blockedMs: async () => {
      child.send('blocked');
      const [answer] = (await once(child, 'message')) as [{ blockedMs: number }];
      return answer.blockedMs;
    },
    stop: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      await rm(dir, { recursive: true, force: true });
    },
  };
};

/** A consultation that both joined in `room-1`, with the patient's consent, so that a recording of it is accepted. */
export type Held = {
  readonly patient: string;
  readonly token: string;
  readonly consultationId: string;
  readonly path: string;
  readonly uploads: URL;
};

export const held = async (app: BenchApp, service: string): Promise<Held> => {
  const n = randomUUID().slice(0, 8);
  const [patient, clinicianId] = [`pat-${n}`, `doc-${n}`];
  const token = await app.token(patient, 'patient');
  const { consultationId } = await app.post<{ consultationId: string }>(
    `/v1/patients/${patient}/consultations`,
    token,
    {
      ...{ clinicianId, medium: 'video' },
      ...{ scheduledStart: '2036-05-04T09:00:00Z', scheduledEnd: '2036-05-04T09:30:00Z' },
    },
  );
  const path = `/v1/patients/${patient}/consultations/${consultationId}`;
  for (const personId of [patient, clinicianId])
    await app.post(`${path}/join`, service, { mediaSessionId: `room-${n}`, personId });
  await app.post(`${path}/consent`, token, { given: true });
  return {
    patient,
    token,
    consultationId,
    path,
    uploads: new URL(`${path}/recordings?mediaSessionId=room-${n}`, app.url),
  };
};

const childOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);

/** Memory that is the process's own, in MB: what it maps from files can be dropped at any time. */
export const anonymousMb = (pid: number): number => {
  const kb = /^Anonymous:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  return Math.round(Number(kb) / 1_024);
};
