import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import autocannon from 'autocannon';
import { type BenchApp, startBenchApp } from './bench-app.ts';
import { alternate, median, quantile, report } from './rounds.ts';
import { type Watchable, watchable } from './watchable.ts';

const CONNECTIONS = 32;
const SECONDS = 4;
/** Of each calm turn, of which a round has several: the machine's speed changes within seconds. */
const CALM_SECONDS = 3;
const TURNS = 3;
/** Until what a view leaves to be done is done. */
const AFTERWARDS_MS = 600;

type Side = { readonly app: BenchApp; readonly people: readonly Watchable[] };

/** What follows the log stands in no view's way. */
export const NO_SLOWER = { atMost: 1.03 } as const;

type Settings = Readonly<Record<string, string>>;

/**
 * What views cost on an application with something on, against one with it off: both at once, measured in turn. A view is no slower when
 * it is answered as fast at half of what the machine can do; at all that it can do, what it costs is taken from the views.
 */
export const viewsWith = async (
  what: string,
  settings: { readonly on: Settings; readonly off: Settings },
  rounds: number,
  goal?: { readonly atMost: number },
): Promise<void> => {
  const video = await readFile('test/recordings/media/consultation.webm');
  const begin = async (env: Settings): Promise<Side> => {
    const app = await startBenchApp(env);
    const service = await app.token('video-service', 'service');
    const people: Watchable[] = [];
    for (let i = 0; i < 32; i++) people.push(await watchable(app, service, video));
    return { app, people };
  };
  const [on, off] = [await begin(settings.on), await begin(settings.off)];
  try {
    await throughput(on)();
    const most = await alternate(rounds, throughput(on), throughput(off));
    const rate = Math.round(most.b / 2);
    const calm = await alternately(TURNS * rounds, calmly(on, rate), calmly(off, rate));
    const ms = ({ a, b }: { a: number; b: number }, digits = 1) => `${a.toFixed(digits)} and ${b.toFixed(digits)} ms`;
    report(`a view with ${what} on, against off, at ${rate}/s: p50`, ms(calm.p50), calm.p50.ratio, goal);
    report(`a view with ${what} on, against off, at ${rate}/s: p99`, ms(calm.p99), calm.p99.ratio);
    report(`processor time of such a view, application and node`, ms(calm.cpu, 2), calm.cpu.ratio);
    const rates = `${Math.round(most.a)}/s and ${Math.round(most.b)}/s`;
    report(`as many views as the machine can do with ${what} on, against off`, rates, most.ratio);
  } finally {
    await on.app.stop();
    await off.app.stop();
  }
};

const askedBy = ({ token, views: path }: Watchable) => ({
  method: 'POST' as const,
  path,
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: JSON.stringify({ purpose: 'patient-request' }),
});

const throughput =
  ({ app, people }: Side) =>
  async (): Promise<number> => {
    const options = { url: app.url, connections: CONNECTIONS, duration: SECONDS, requests: people.map(askedBy) };
    const result = await autocannon(options);
    if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} failed`);
    return result.requests.total / result.duration;
  };

type Calm = { readonly p50: number; readonly p99: number; readonly cpu: number };

/**
 * One view after the other at even times, whether those before were answered or not: how long each took from when it was to be asked, and the
 * processor time of each in milliseconds, with what is done for it after its answer.
 */
const calmly =
  ({ app, people }: Side, rate: number) =>
  async (): Promise<Calm> => {
    const pids = [app.process.pid as number, app.nodePid()];
    const before = processorMs(pids);
    const begun = performance.now();
    const ask = async (i: number): Promise<number> => {
      const due = begun + (i * 1_000) / rate;
      await delay(Math.max(0, due - performance.now()));
      const { path, ...request } = askedBy(people[i % people.length] as Watchable);
      const response = await fetch(new URL(path, app.url), request);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`refused with ${response.status}`);
      return performance.now() - due;
    };
    const took = await Promise.all(Array.from({ length: rate * CALM_SECONDS }, (_, i) => ask(i)));
    await delay(AFTERWARDS_MS);
    const cpu = (processorMs(pids) - before) / took.length;
    return { p50: quantile(took, 0.5), p99: quantile(took, 0.99), cpu };
  };

/** Both in turn, the one first that was second before: what a round leaves to be done slows the next. */
const alternately = async (turns: number, on: () => Promise<Calm>, off: () => Promise<Calm>) => {
  const pairs: { on: Calm; off: Calm }[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const first = await (turn % 2 === 0 ? on : off)();
    const second = await (turn % 2 === 0 ? off : on)();
    pairs.push(turn % 2 === 0 ? { on: first, off: second } : { on: second, off: first });
  }
  const of = (what: keyof Calm) => ({
    a: median(pairs.map((pair) => pair.on[what])),
    b: median(pairs.map((pair) => pair.off[what])),
    ratio: median(pairs.map((pair) => pair.on[what] / pair.off[what])),
  });
  return { p50: of('p50'), p99: of('p99'), cpu: of('cpu') };
};

const MS_PER_TICK = 10;

/** @returns what `/proc` says that the processes have used so far, of all their threads */
const processorMs = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return sum + (Number(user) + Number(system)) * MS_PER_TICK;
  }, 0);
