import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import autocannon from 'autocannon';
import { type BenchApp, startBenchApp } from './bench-app.ts';
import { alternate, quantile, report } from './rounds.ts';
import { type Watchable, watchable } from './watchable.ts';

const CONNECTIONS = 32;
const SECONDS = 4;

type Side = { readonly app: BenchApp; readonly people: readonly Watchable[] };

/**
 * What views cost on an application with a setting `on`, against one with it `off`: both at once, measured in turn. A view is no slower when
 * it is answered as fast at half of what the machine can do; at all that it can do, what the setting costs is taken from the views.
 */
export const viewsWith = async (setting: string, what: string, rounds: number): Promise<void> => {
  const video = await readFile('test/recordings/media/consultation.webm');
  const begin = async (value: 'on' | 'off'): Promise<Side> => {
    const app = await startBenchApp({ [setting]: value });
    const service = await app.token('video-service', 'service');
    const people: Watchable[] = [];
    for (let i = 0; i < 32; i++) people.push(await watchable(app, service, video));
    return { app, people };
  };
  const [on, off] = [await begin('on'), await begin('off')];
  try {
    await throughput(on)();
    const most = await alternate(rounds, throughput(on), throughput(off));
    const rate = Math.round(most.b / 2);
    const median50 = await alternate(rounds, latency(on, rate, 0.5), latency(off, rate, 0.5));
    const median99 = await alternate(rounds, latency(on, rate, 0.99), latency(off, rate, 0.99));
    const ms = ({ a, b }: { a: number; b: number }) => `${a.toFixed(1)} and ${b.toFixed(1)} ms`;
    report(`a view with ${what} on, against off, at ${rate}/s: p50`, ms(median50), median50.ratio, { atMost: 1.03 });
    report(`a view with ${what} on, against off, at ${rate}/s: p99`, ms(median99), median99.ratio);
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

/** One view after the other at even times, whether those before were answered or not; each counts from when it was to be asked. */
const latency =
  ({ app, people }: Side, rate: number, share: number) =>
  async (): Promise<number> => {
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
    return quantile(await Promise.all(Array.from({ length: rate * SECONDS }, (_, i) => ask(i))), share);
  };
