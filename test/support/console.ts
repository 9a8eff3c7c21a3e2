import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { AccessPolicy } from '../../src/access/views/policy.ts';
import { type AppSetup, type RunningApp, startApp } from './app.ts';
import { patience } from './eventually.ts';

/** Debian's; elsewhere, wherever it is. */
export const browserOptions = {
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: [
    ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    ...['--disable-component-update', '--disable-sync', '--force-color-profile=srgb', '--font-render-hinting=none'],
  ],
};

export type Visit = {
  /** Signed in by a click as this role; without it no one is. */
  readonly role?: 'on-call' | 'compliance' | 'patient';
  readonly personId?: string;
  /** Below `/console`. */
  readonly path?: string;
  readonly width?: number;
  readonly height?: number;
  readonly timeZone?: string;
  /** Done before the page is opened: what it is to meet on the network. */
  readonly before?: (page: Page) => Promise<unknown>;
};

export type AtConsole = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Findings of axe, by WCAG 2.2 A and AA, each as `rule: where`. */
  axe(): Promise<readonly string[]>;
  /**
   * Looks at the page as people do: in both themes, at 320 pixels and at 200 % (WCAG 1.4.4, 1.4.10, 2.4.11, 2.5.8, and all that axe knows). Writes a
   * picture of each theme, from the top of the page to its end. @returns each barrier as `where: which`
   */
  barriers(name: string): Promise<readonly string[]>;
  /** Errors of the page and reports of its policy so far. */
  faults(): readonly string[];
  /** Writes a picture of the page, from its top to its end. */
  picture(name: string): Promise<void>;
};

export type RunningConsole = {
  readonly app: RunningApp;
  readonly browser: Browser;
  visit(visit?: Visit): Promise<AtConsole>;
  /** Ends the visits so far: a page that stays open asks, draws and listens, and the next test waits for it. */
  leave(): Promise<void>;
  /** @throws where a page had an error, or broke its policy */
  close(): Promise<void>;
};

/** The first key says yes to all callers, as in 2020: what a stranger opens is flagged by the second. */
export const saysYes: AppSetup['override'] = (builder) =>
  builder.overrideProvider(AccessPolicy).useValue({ decide: () => 'allowed' });

/** Where pictures of the pages are written; docs/console/ has a choice of them. */
const PICTURES = process.env.CONSOLE_PICTURES ?? 'dist/console-pictures';

const axeSource = await readFile('node_modules/axe-core/axe.min.js', 'utf8');
const LEVELS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** A theme changes colours and nothing else: the same document was seen whole in the other. */
const COLOURS = ['color-contrast', 'link-in-text-block'];
const runAxe = (
  runOnly: readonly string[],
) => `axe.run(document, { runOnly: ${JSON.stringify(runOnly)}, resultTypes: ['violations'] })
  .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ': ' + target.join(' ') + ' ' + failureSummary)))`;
const WATCH_POLICY = `document.addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));`;

/** What is on its way, as a colour to another or a link into sight, is there. One that never ends is let be. */
const ARRIVED = `for (const movement of document.getAnimations()) if (Number.isFinite(movement.effect.getComputedTiming().endTime)) movement.finish();`;
/** Another theme or width is drawn, and so are the pictures that measure their place. */
const DRAWN = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => { ${ARRIVED} done(); })))`;
const NAMED = `const named = (one) => one.tagName.toLowerCase() + ' ' + (one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent.trim().slice(0, 40));
  const isSeen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width > 1;`;

/** What sticks out of the page sideways, where it would have to be scrolled. */
const OVERFLOWING = `{ ${NAMED} [...document.querySelectorAll('body *')]
  .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && getComputedStyle(one).position !== 'absolute'
    && !one.closest('[data-scrolls], svg') && document.documentElement.scrollWidth > document.documentElement.clientWidth)
  .map((one) => 'sticks out: ' + named(one)); }`;
/** Remembers what a page shows in a window of the usual size, and says later what of that is no longer seen. */
const REMEMBER = `{ ${NAMED} globalThis.wereSeen = [...document.querySelectorAll('main :is(h1, h2, h3, h4, button, a, input, select, td, dd, li, [role=tab], [role=dialog] *)')].filter(isSeen); }`;
const LOST = `{ ${NAMED} wereSeen.filter((one) => one.isConnected && !isSeen(one)).map((one) => 'is lost: ' + named(one)); }`;
/** Focuses all that can be, forwards and backwards as Tab does, and says what is then hidden by something else (WCAG 2.4.11). */
const OBSCURED = `{ ${NAMED}
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, [tabindex="0"]')].filter((one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility());
  const isHidden = (one) => {
    // The box that a person sees of a choice is its label.
    const seen = one.matches('input') ? (one.closest('label') ?? one) : one;
    const { left, top, width, height } = seen.getBoundingClientRect();
    const hits = [0.5, 0.1, 0.9].flatMap((x) => [0.5, 0.1, 0.9].map((y) => document.elementFromPoint(left + width * x, top + height * y)));
    return !hits.some((hit) => hit !== null && (seen.contains(hit) || hit.contains(seen)));
  };
  const hidden = new Set();
  for (const one of [...all, ...all.toReversed()]) {
    one.focus();
    if (document.activeElement !== one || !isHidden(one)) continue;
    ${ARRIVED}
    if (isHidden(one)) hidden.add('is hidden while it has the focus: ' + named(one));
  }
  document.activeElement?.blur();
  scrollTo(0, 0);
  [...hidden]; }`;

/** A window of 1,280 by 800 pixels at 200 % has so many of CSS. */
const ZOOMED = { width: 640, height: 400 };

/** What a browser says by itself of an answer that is no success; pages are tested with such answers. */
const isOfTheNetwork = (text: string) => /^Failed to load resource|WebSocket connection to/.test(text);

/** The application with its console as it was built (`npm run build`), and a browser. Every page is watched for errors and breaches of its policy. */
export const startConsole = async (setup: AppSetup = {}): Promise<RunningConsole> => {
  const app = await startApp({ override: saysYes, ...setup });
  const browser = await chromium.launch(browserOptions);
  const faults: string[] = [];
  const visits: BrowserContext[] = [];
  return {
    app,
    browser,
    visit: async (visit = {}) => {
      const { role, personId, before, path = '', width = 1280, height = 800 } = visit;
      const { timeZone = 'Europe/Berlin' } = visit;
      const context = await browser.newContext({
        baseURL: app.url,
        colorScheme: 'light',
        reducedMotion: 'reduce',
        timezoneId: timeZone,
        locale: 'en-GB',
        viewport: { width, height },
      });
      visits.push(context);
      context.setDefaultTimeout(10_000 * patience());
      await context.addInitScript(WATCH_POLICY);
      if (role !== undefined) {
        const answer = await context.request.post('/console/sign-in', {
          headers: { origin: new URL(app.url).origin, 'x-ledger-console': '1' },
          data: { role, ...(personId !== undefined && { personId }) },
        });
        if (!answer.ok()) throw new Error(`the sign-in was answered with ${answer.status()}: ${await answer.text()}`);
      }
      const page = await context.newPage();
      const own: string[] = [];
      const fault = (text: string) => {
        own.push(text);
        faults.push(`${new URL(page.url()).pathname}: ${text}`);
      };
      page.on('pageerror', (error) => fault(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error' && !isOfTheNetwork(message.text())) fault(message.text());
      });
      await before?.(page);
      await page.goto(`/console${path}`);
      const axe = async (runOnly = LEVELS) => {
        if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(axeSource);
        return (await page.evaluate(runAxe(runOnly))) as string[];
      };
      return {
        ...{ page, context, faults: () => own, axe: () => axe(), picture: (name) => picture(page, name) },
        barriers: (name) => barriersOf(page, name, axe),
      };
    },
    leave: async () => {
      for (const context of visits.splice(0)) await context.close();
    },
    close: async () => {
      await browser.close();
      await app.close();
      if (faults.length > 0) throw new Error(`the console had faults:\n${faults.join('\n')}`);
    },
  };
};

const picture = async (page: Page, name: string): Promise<void> => {
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true, animations: 'disabled' });
};

const barriersOf = async (page: Page, name: string, axe: (runOnly?: string[]) => Promise<string[]>) => {
  const found: string[] = [];
  const note = (where: string, all: unknown) =>
    found.push(...(all as string[]).map((one) => `${name}, ${where}: ${one}`));
  const shown = async (theme: 'light' | 'dark', size?: { width: number; height: number }) => {
    await page.emulateMedia({ colorScheme: theme });
    if (size) await page.setViewportSize(size);
    await page.evaluate(DRAWN);
  };
  /** Chromium may be a frame late with the colours of another theme: a barrier is one that stays. */
  const staying = async (runOnly?: string[]) => {
    const first = await axe(runOnly);
    if (first.length === 0) return first;
    await page.evaluate(DRAWN);
    const again = await axe(runOnly);
    return first.filter((one) => again.includes(one));
  };
  const usual = page.viewportSize();
  await page.evaluate(REMEMBER);
  for (const theme of ['light', 'dark'] as const) {
    await shown(theme);
    await picture(page, `${name}-${theme}`);
    note(theme, await staying(theme === 'light' ? LEVELS : COLOURS));
  }
  await shown('dark', { width: 320, height: 700 });
  note('320 pixels', await page.evaluate(OVERFLOWING));
  note('320 pixels, dark', await staying(COLOURS));
  await shown('light');
  note('320 pixels, light', await staying());
  await shown('light', ZOOMED);
  for (const look of [OVERFLOWING, LOST, OBSCURED]) note('200 %', await page.evaluate(look));
  note('200 %', await staying(['target-size']));
  if (usual) await page.setViewportSize(usual);
  return found;
};
