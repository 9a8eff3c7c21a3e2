import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { AccessPolicy } from '../../src/access/views/policy.ts';
import { type AppSetup, type RunningApp, startApp } from './app.ts';
import { patience } from './eventually.ts';

/** Debian's; elsewhere, wherever it is. */
const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const args = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--force-color-profile=srgb', '--font-render-hinting=none'],
];

export type Visit = {
  /** Signed in by a click as this role; without it no one is. */
  readonly role?: 'on-call' | 'compliance' | 'patient';
  readonly personId?: string;
  /** Below `/console`. */
  readonly path?: string;
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  readonly timeZone?: string;
  /** Done before the page is opened: what it is to meet on the network. */
  readonly before?: (page: Page) => Promise<unknown>;
};

export type AtConsole = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What axe finds, by WCAG 2.2 A and AA, each as `rule: where`. */
  axe(): Promise<readonly string[]>;
  /** Errors of the page and reports of its policy so far. */
  faults(): readonly string[];
  /** Writes a picture of the page, from its top to its end. */
  picture(name: string): Promise<void>;
  /** Whether something sticks out of the page sideways, as `selector`. */
  overflowing(): Promise<readonly string[]>;
};

export type RunningConsole = {
  readonly app: RunningApp;
  readonly browser: Browser;
  visit(visit?: Visit): Promise<AtConsole>;
  /** @throws where a page had an error, or broke its policy */
  close(): Promise<void>;
};

/** The first key says yes to all callers, as in 2020: what a stranger opens is flagged by the second. */
export const saysYes: AppSetup['override'] = (builder) =>
  builder.overrideProvider(AccessPolicy).useValue({ decide: () => 'allowed' });

/** Where pictures of the pages are written; docs/console/ has a choice of them. */
const PICTURES = process.env.CONSOLE_PICTURES ?? 'dist/console-pictures';

const axeSource = await readFile('node_modules/axe-core/axe.min.js', 'utf8');
const RUN_AXE = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
  .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ': ' + target.join(' ') + ' ' + failureSummary)))`;
const WATCH_POLICY = `document.addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));`;
const OVERFLOWING = `[...document.querySelectorAll('body *')]
  .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && getComputedStyle(one).position !== 'absolute'
    && !one.closest('[data-scrolls], svg') && document.documentElement.scrollWidth > document.documentElement.clientWidth)
  .map((one) => one.tagName.toLowerCase() + '.' + one.className)`;

/** What a browser says by itself of an answer that is no success; pages are tested with such answers. */
const isOfTheNetwork = (text: string) => /^Failed to load resource|WebSocket connection to/.test(text);

/** The application with its console as it was built (`npm run build`), and a browser. Every page is watched for errors and breaches of its policy. */
export const startConsole = async (setup: AppSetup = {}): Promise<RunningConsole> => {
  const app = await startApp({ override: saysYes, ...setup });
  const browser = await chromium.launch({ executablePath, args });
  const faults: string[] = [];
  return {
    app,
    browser,
    visit: async (visit = {}) => {
      const { role, personId, before, path = '', theme = 'light', width = 1280, height = 800 } = visit;
      const { timeZone = 'Europe/Berlin' } = visit;
      const context = await browser.newContext({
        baseURL: app.url,
        colorScheme: theme,
        reducedMotion: 'reduce',
        timezoneId: timeZone,
        locale: 'en-GB',
        viewport: { width, height },
      });
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
      return {
        page,
        context,
        faults: () => own,
        picture: async (name) => {
          await mkdir(PICTURES, { recursive: true });
          await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true, animations: 'disabled' });
        },
        axe: async () => {
          await page.evaluate(axeSource);
          return (await page.evaluate(RUN_AXE)) as string[];
        },
        overflowing: async () => (await page.evaluate(OVERFLOWING)) as string[],
      };
    },
    close: async () => {
      await browser.close();
      await app.close();
      if (faults.length > 0) throw new Error(`the console had faults:\n${faults.join('\n')}`);
    },
  };
};
