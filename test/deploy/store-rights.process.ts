import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { eventually } from '../support/eventually.ts';

/** The script of the compose file that gives the app its rights, as the container runs it. */
const script = async (): Promise<string> => {
  const { services } = parse(await readFile('docker-compose.yml', 'utf8')) as {
    services: Record<string, { entrypoint: string[]; command: string[] }>;
  };
  const { entrypoint, command } = services['store-rights'] ?? { entrypoint: [], command: [] };
  expect(entrypoint).toEqual(['node', '--input-type=module', '--eval']);
  return (command[0] ?? '').replaceAll('$$', '$');
};

const stringIn = async (file: string) =>
  (JSON.parse(await readFile(file, 'utf8')) as { connectionString: string }).connectionString;

describe('the app as a user of the store who is no administrator', () => {
  let dir: string;
  const running: ChildProcess[] = [];
  const run = (args: readonly string[], env: Record<string, string> = {}) => {
    const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...env } });
    running.push(child);
    const said = { out: '', err: '' };
    child.stdout.on('data', (chunk) => {
      said.out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      said.err += chunk;
    });
    return { child, said, ended: new Promise<number | null>((ended) => child.once('close', ended)) };
  };
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'store-rights-'));
  });
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    await Promise.all(
      running.map((child) => child.exitCode ?? child.signalCode ?? new Promise((gone) => child.once('close', gone))),
    );
    await rm(dir, { recursive: true, force: true });
  });

  it('is refused before it has its rights, and ready with them, however often they are given', async () => {
    const store = join(dir, 'store');
    const started = async () => {
      const node = run(['dist/run/embedded-node.js', '--dir', store]);
      await eventually(() => node.said.out.includes('"ready":true'), 20_000);
      return node;
    };
    const first = await started();
    first.child.kill('SIGTERM');
    await first.ended;
    // Which users a node makes by itself is its own; KurrentDB's is called `ops`.
    const file = join(store, 'access', 'users.json');
    const { users } = JSON.parse(await readFile(file, 'utf8')) as { users: object[] };
    users.push({ name: 'ops', password: 'ops-password', groups: ['$ops'] });
    await writeFile(file, JSON.stringify({ users }));
    await started();
    const [admin, ops] = await Promise.all(
      ['admin', 'ops'].map((name) => stringIn(join(store, 'access', `credentials-${name}.json`))),
    );
    const server = () =>
      run(['dist/run/server.js'], {
        STORE_URL: ops ?? '',
        DATA_DIR: join(dir, 'app'),
        PORT: '0',
        HISTORY_INDEX: 'off',
      });

    const refused = server();
    expect(await refused.ended).toBe(78);
    expect(refused.said.err).toContain('STORE_URL has a user who may not read $all');

    for (let i = 0; i < 2; i++) {
      const given = run(['--input-type=module', '--eval', await script()], { STORE_URL: admin ?? '' });
      expect([await given.ended, given.said.err]).toEqual([0, '']);
    }
    const { said } = server();
    const url = await eventually(() => /docs {4}(http:\S+)\/docs/.exec(said.out)?.[1], 30_000);
    const ready = async () =>
      (await fetch(`${url}/health/ready`)).json() as Promise<{ checks: Record<string, string> }>;
    await eventually(async () => (await ready()).checks?.monitor === 'ok', 30_000);
    expect(await ready()).toMatchObject({ status: 'ready' });
  }, 120_000);
});
