import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Story } from '../../demo/story.ts';
import { eventually } from '../support/eventually.ts';

type Told = { readonly code: number | null; readonly text: string };

let temp: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  temp = await mkdtemp(join(tmpdir(), 'demo-spec-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(temp, { recursive: true, force: true });
});

/** The built demo, which finds no server and leaves whatever it leaves in `temp`. */
const demo = (
  onText: (text: string, stop: () => void) => void = () => {},
  options: readonly string[] = [],
): Promise<Told> =>
  new Promise((resolve) => {
    const started = spawn(process.execPath, ['dist/demo/main.js', ...options], {
      env: { ...process.env, PORT: '0', TMPDIR: temp },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    let text = '';
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      onText(text, () => started.kill('SIGINT'));
    };
    started.stdout.on('data', read);
    started.stderr.on('data', read);
    started.on('close', (code) => resolve({ code, text }));
  });

/** A terminal that only listens. */
const paper = () => {
  const lines: string[] = [];
  return { lines, out: { isTTY: false, write: (line: string) => lines.push(line) } as unknown as NodeJS.WriteStream };
};

describe('the demo', () => {
  it('tells the whole story, and every claim holds', async () => {
    const { code, text } = await demo();
    expect(text).toContain('✓ refused with 404 recording-not-found');
    expect(text).toMatch(/✓ it answers as it did: .* 0 answers differ/);
    expect(text).toMatch(/✓ it is stopped: it would have let in pat-eve-\w+, who was refused \(not-a-participant\)/);
    expect(text).toContain('✓ the policy said yes, the monitor said no: 50 of 50 views were withheld');
    expect(text).toContain('✓ 0 bytes of video left');
    expect(text).toContain('✓ the 51 breaches are 1 incident (release): 1 viewer, 50 people');
    expect(text).toContain('✓ the pager got 1 page for 51 breaches, and heard of the acknowledgement');
    expect(text).toContain('✓ no id of a person, consultation or recording left with it');
    expect(text).toContain('✓ it did as it said: revokes 50 views, suspends 1 viewer');
    expect(text).toContain('✓ GET /v1/breaches: 0 open, 51 contained');
    expect(text).toMatch(/✓ as of position \d+: of 50 people a view was withheld, of 0 data left/);
    expect(text).toMatch(/clocks: gdpr-33 running/);
    expect(text).toMatch(/p50 [\d.]+ ms {3}p95 [\d.]+ ms {3}slowest [\d.]+ ms/);
    expect(text).not.toContain('✗');
    expect(text).not.toContain('\u001b[');
    expect(code).toBe(0);
    expect(await readdir(temp)).toEqual([]);
  }, 60_000);

  it('cleans up when it is interrupted', async () => {
    const { code } = await demo((text, stop) => text.includes('the patient books') && stop());
    expect(code).toBe(130);
    await eventually(async () => (await readdir(temp)).length === 0);
  }, 60_000);

  it('goes on for the console when asked: its link opens an incident that no person has taken on', async () => {
    let seen: Promise<string> | undefined;
    const look = async (page: string): Promise<string> => {
      const { origin } = new URL(page);
      const html = await fetch(page, { headers: { accept: 'text/html' } });
      const signIn = await fetch(`${origin}/console/sign-in`, {
        method: 'POST',
        headers: { origin, 'x-ledger-console': '1', 'content-type': 'application/json' },
        body: JSON.stringify({ role: 'on-call' }),
      });
      const [cookie = ''] = signIn.headers.getSetCookie().map((line) => line.split(';', 1)[0] ?? '');
      const incident = await fetch(`${origin}/v1/incidents/${page.split('/').at(-1)}`, {
        headers: { cookie, 'x-ledger-console': '1' },
      });
      const { status, breaches } = (await incident.json()) as { status: string; breaches: number };
      return [html.status, html.headers.get('content-type'), status, breaches >= 12].join(' ');
    };
    const { code } = await demo(
      (text, stop) => {
        const [page] = /http:\/\/\S+\/console\/incidents\/\S+/.exec(text) ?? [];
        if (page !== undefined && text.includes('until Ctrl-C')) seen ??= look(page).finally(stop);
      },
      ['--stay'],
    );
    expect(await seen).toBe('200 text/html; charset=utf-8 new true');
    expect(code).toBe(0);
    expect(await readdir(temp)).toEqual([]);
  }, 90_000);

  it('does not end well when a claim does not hold', () => {
    const { lines, out } = paper();
    const story = new Story(out);
    story.claim('water is wet', true);
    story.claim('the moon is cheese', false);
    expect(story.end()).toBe(false);
    expect(lines.join('')).toContain('✗ NOT TRUE: the moon is cheese');
    expect(lines.join('')).toContain('1 of 2 claims held');
  });

  it('does not end well when nothing was claimed', () => {
    expect(new Story(paper().out).end()).toBe(false);
  });

  it('shows one bar for each measurement', () => {
    const { lines, out } = paper();
    new Story(out).timings('times', [1, 8, 4, 2]);
    expect(lines[1]?.trim()).toBe('▂█▅▃');
    expect(lines[2]?.trim()).toBe('p50 2.0 ms   p95 8.0 ms   slowest 8.0 ms');
  });
});
