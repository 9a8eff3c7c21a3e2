import { readFile } from 'node:fs/promises';
import autocannon from 'autocannon';
import { type BenchApp, startBenchApp } from './bench-app.ts';
import { alternate, report } from './rounds.ts';
import { type Watchable, watchable } from './watchable.ts';

const CONNECTIONS = 32;
const SECONDS = 4;

/** What views cost on an application with a setting `on`, against one with it `off`: both at once, measured in turn. */
export const viewsWith = async (setting: string, what: string, rounds: number): Promise<void> => {
  const video = await readFile('test/recordings/media/consultation.webm');
  const begin = async (value: 'on' | 'off') => {
    const app = await startBenchApp({ [setting]: value });
    const service = await app.token('video-service', 'service');
    const people: Watchable[] = [];
    for (let i = 0; i < 32; i++) people.push(await watchable(app, service, video));
    return { app, people };
  };
  const [on, off] = [await begin('on'), await begin('off')];
  const load = async ({ app, people }: { app: BenchApp; people: readonly Watchable[] }) => {
    const requests = people.map(({ token, views: path }) => ({
      method: 'POST' as const,
      path,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ purpose: 'patient-request' }),
    }));
    const result = await autocannon({ url: app.url, connections: CONNECTIONS, duration: SECONDS, requests });
    if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} failed`);
    return result.requests.total / result.duration;
  };
  try {
    await load(on);
    await load(off);
    const { a, b, ratio } = await alternate(
      rounds,
      () => load(on),
      () => load(off),
    );
    report(`views with ${what} on, against off`, `${Math.round(a)}/s and ${Math.round(b)}/s`, ratio, { atLeast: 0.97 });
  } finally {
    await on.app.stop();
    await off.app.stop();
  }
};
