import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { type BenchApp, startBenchApp } from './bench-app.ts';
import { median, report } from './rounds.ts';
import { watchable } from './watchable.ts';

/*
 * The console in a real browser: how soon a person can do something, and whether the board keeps up.
 *
 *   npm run bench -- console [--only load,live] [--rounds 7] [--events 10000] [--seconds 60]
 *
 * load: from the navigation to a page of which the control can be pressed, with nothing kept from before.
 * live: the longest time between two frames of the board while so many incidents are told to it, and a person works on it.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'load,live' },
    rounds: { type: 'string', default: '7' },
    events: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '60' },
  },
});

const INTERACTIVE_MS = 1_000;
const FRAME_MS = 200;

const visit = async (browser: Browser, app: BenchApp, role?: 'on-call'): Promise<BrowserContext> => {
  const context = await browser.newContext({ baseURL: app.url, viewport: { width: 1280, height: 800 } });
  if (role !== undefined) {
    const answer = await context.request.post('/console/sign-in', {
      headers: { origin: new URL(app.url).origin, 'x-ledger-console': '1' },
      data: { role },
    });
    if (!answer.ok()) throw new Error(`the sign-in was answered with ${answer.status()}`);
  }
  return context;
};

/** Milliseconds from the navigation until the control is drawn and the page answers what a person does. */
const interactive = async (context: BrowserContext, control: string): Promise<number> => {
  const page = await context.newPage();
  await page.goto('/console', { waitUntil: 'commit' });
  const took = await page.evaluate(
    `new Promise((done) => {
      const look = () => document.querySelector(${JSON.stringify(control)}) === null
        ? requestAnimationFrame(look)
        : requestAnimationFrame(() => setTimeout(() => done(performance.now())));
      look();
    })`,
  );
  await context.close();
  return took as number;
};

const load = async (browser: Browser, app: BenchApp) => {
  const rounds = Array.from({ length: Number(values.rounds) });
  const pages = [
    ['sign-in', 'main button', undefined],
    ['board', 'table[aria-label="Open incidents"] tbody a', 'on-call'],
  ] as const;
  // What the server compiles at its first answers is no part of a page's load.
  for (const [, control, role] of pages) await interactive(await visit(browser, app, role), control);
  for (const [name, control, role] of pages) {
    const took: number[] = [];
    for (const _ of rounds) took.push(await interactive(await visit(browser, app, role), control));
    const figures = `median ${Math.round(median(took))} ms, longest ${Math.round(Math.max(...took))} ms of ${took.length}`;
    report(`${name}: navigation → interactive, of ${INTERACTIVE_MS} ms`, figures, median(took) / INTERACTIVE_MS, {
      atMost: 1,
    });
  }
};

const FRAMES = `{
  globalThis.frames = [];
  let last = performance.now();
  const frame = (now) => { frames.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}`;

const live = async (browser: Browser, app: BenchApp) => {
  const [events, seconds] = [Number(values.events), Number(values.seconds)];
  const context = await visit(browser, app, 'on-call');
  const page = await context.newPage();
  await page.goto('/console');
  await page.getByRole('row', { name: /Critical/ }).waitFor();
  await page.keyboard.press('j');
  const focused = () => page.evaluate<string>('document.activeElement.href');
  const before = await focused();
  const sessionCookies = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const listed = await fetch(new URL('/v1/incidents?status=open', app.url), {
    headers: { cookie: sessionCookies, 'x-ledger-console': '1' },
  });
  const { items } = (await listed.json()) as { items: readonly object[] };
  await page.evaluate(FRAMES);
  app.process.send({ tellOnCall: items[0], events, seconds });
  const end = performance.now() + seconds * 1_000;
  // Meanwhile a person takes in the new ones, and walks through them.
  while (performance.now() < end) {
    await delay(5_000);
    await page.keyboard.press('.');
    for (let nth = 0; nth < 5; nth += 1) await page.keyboard.press('j');
  }
  await told(page, events / 5 + 2);
  const frames = ((await page.evaluate('frames')) as number[]).toSorted((a, b) => a - b);
  const longest = frames.at(-1) ?? Number.NaN;
  const late = frames.filter((ms) => ms > 50).length;
  if ((await focused()) === before || !(await focused()).includes('/console/incidents/'))
    throw new Error('the focus is not on the row that the person went to');
  await context.close();
  report(
    `board: longest frame under ${events.toLocaleString('en')} live events in ${seconds} s, of ${FRAME_MS} ms`,
    `longest ${Math.round(longest)} ms, p99 ${Math.round(frames[Math.floor(frames.length * 0.99)] ?? 0)} ms of ${frames.length} frames, ${late} above 50 ms`,
    longest / FRAME_MS,
    { atMost: 1 },
  );
};

/** Until the table has so many rows, its header among them. */
const told = async (page: Page, rows: number) => {
  const end = performance.now() + 30_000;
  for (;;) {
    await page.keyboard.press('.');
    const count = await page.getByRole('table').getAttribute('aria-rowcount');
    if (Number(count) >= rows) return;
    if (performance.now() > end) throw new Error(`the board has ${count} rows, not ${rows}`);
    await delay(200);
  }
};

const app = await startBenchApp({ BENCH_FIRST_KEY_BROKEN: '1' });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
try {
  // One incident to have on the board: a stranger asks for a recording.
  const video = await readFile(new URL('../../demo/consultation.webm', import.meta.url));
  const { views } = await watchable(app, await app.token('app-1', 'service'), video);
  const asked = await fetch(new URL(views, app.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${await app.token('pat-nosy', 'patient')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ purpose: 'patient-request' }),
  });
  if (asked.status !== 403) throw new Error(`the stranger was answered with ${asked.status}`);
  const parts: Readonly<Record<string, (browser: Browser, app: BenchApp) => Promise<void>>> = { load, live };
  for (const part of values.only.split(',')) {
    const measure = parts[part];
    if (!measure) throw new Error(`there is no part "${part}"; there are: ${Object.keys(parts).join(', ')}`);
    await measure(browser, app);
  }
} finally {
  await browser.close();
  await app.stop();
}
