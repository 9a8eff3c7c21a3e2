import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { browserOptions } from '../support/console.ts';
import { eventually, patience } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';

type Command = { readonly process: ChildProcess; readonly said: () => string; readonly ended: Promise<unknown> };

describe('a newcomer', () => {
  let dataDir: string;
  let browser: Browser;
  const commands: Command[] = [];
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'newcomer-'));
    browser = await chromium.launch(browserOptions);
  });
  afterAll(async () => {
    await browser?.close();
    for (const { process: child } of commands) child.kill('SIGINT');
    await Promise.all(commands.map(({ ended }) => ended));
    await rm(dataDir, { recursive: true, force: true });
  });

  /** As in a terminal, but for the build, which was made for this run. */
  const run = (script: string, env: Record<string, string>): Command => {
    const [program = '', ...args] = script.split(' ');
    const child = spawn(program, args, {
      env: { ...process.env, ...env, BUILT: '1', DATA_DIR: dataDir, TMPDIR: dataDir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk;
      });
    const command = { process: child, said: () => said, ended: new Promise((ended) => child.on('close', ended)) };
    commands.push(command);
    return command;
  };

  it('opens the link of the demo, signs in with one click, sees the incident, contains it and has its file', async () => {
    const [port = 0] = await freePorts(1);
    const env = { PORT: String(port), NODE_ENV: 'development' };
    const server = run('npm start', env);
    const at = `http://127.0.0.1:${port}`;
    await eventually(
      () =>
        fetch(`${at}/health/ready`).then(
          ({ ok }) => ok,
          () => false,
        ),
      30_000,
    );
    // The server says where the console is.
    expect(server.said()).toContain(`${at}/console`);
    const demo = run('npm run demo -- --stay', env);
    const link = await eventually(() => /http:\/\/\S+\/console\/incidents\/\S+/.exec(demo.said())?.[0], 60_000);
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(10_000 * patience());

    await page.goto(link);
    await page.getByRole('button', { name: 'On call' }).click();
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    expect(page.url()).toBe(link);
    await page.getByRole('figure', { name: 'Exposure timeline' }).getByRole('option').first().waitFor();
    await page.getByRole('button', { name: 'Contain …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/^This revokes 12 views and suspends 1 viewer/).waitFor();
    await dialog.getByRole('button', { name: 'Contain', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page
      .getByRole('listitem')
      .getByText(/^Contained/)
      .first()
      .waitFor();
    await page.getByRole('link', { name: 'Breach file' }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download PDF' }).click();
    const file = await readFile(await (await download).path());
    expect(file.subarray(0, 5).toString()).toBe('%PDF-');

    // And where nothing but the server runs: the same click, and a board that says that it is quiet.
    await page.goto(at);
    await page.waitForURL(`${at}/console/sign-in**`);
    await page.getByRole('button', { name: 'On call' }).click();
    await page.getByRole('heading', { level: 1, name: 'Incidents' }).waitFor();
    // The sign-in at one ended none at the other.
    await page.goto(link);
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
  }, 180_000);
});
