import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';

type Server = {
  readonly process: ChildProcess;
  out: string;
  err: string;
  readonly ended: Promise<number | string | null>;
};

describe('the server as a process', () => {
  let dataDir: string;
  let server: Server | undefined;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'server-'));
  });
  afterEach(async () => {
    server?.process.kill('SIGKILL');
    await server?.ended;
    await rm(dataDir, { recursive: true, force: true });
  });

  const NODE = [process.execPath, '--enable-source-maps', 'dist/run/server.js'];
  const start = (env: Record<string, string> = {}, [command = '', ...args] = NODE): Server => {
    const child = spawn(command, args, {
      env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: '0', ...env },
    });
    const started: Server = {
      process: child,
      out: '',
      err: '',
      ended: new Promise((ended) => child.on('close', (code, signal) => ended(code ?? signal))),
    };
    child.stdout.on('data', (chunk) => {
      started.out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      started.err += chunk;
    });
    server = started;
    return started;
  };
  it('ends with one line and the code of a wrong setting where the store refuses it', async () => {
    const started = start({ STORE_URL: 'esdb://127.0.0.1:1?tls=true&tlsCAFile=/nowhere/ca.crt' });
    expect(await started.ended).toBe(78);
    expect(started.err.trim().split('\n')).toEqual([
      'The configuration cannot be used:',
      '  STORE_URL names a tlsCAFile that cannot be read',
    ]);
  });

  const nodeOf = async ({ process: { pid } }: Server): Promise<number> => {
    const children = async () => (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim();
    return Number(await eventually(children, 20_000));
  };
  const isGone = async (pid: number): Promise<boolean> =>
    !/^State:\s+[^ZX]/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''));

  const listening = (started: Server) =>
    eventually(() => /docs {4}(http:\/\/127\.0\.0\.1:\d+)\/docs/.exec(started.out)?.[1], 20_000);

  it('says where its documentation is and how to get a token, with which it can be asked', async () => {
    const started = start();
    const url = await listening(started);
    expect((await fetch(`${url}/docs`)).status).toBe(200);
    const command = new RegExp(`token {3}DATA_DIR=${dataDir} npm run -s (token) -- (.*)\\n`).exec(started.out);
    const args = command?.slice(1).join(' ').split(' ') ?? [];
    expect(args).toEqual(['token', '--sub', 'pat-1', '--role', 'patient']);
    const token = await new Promise<string>((done) => {
      const child = spawn(process.execPath, ['dist/src/cli/main.js', ...args], { env: { DATA_DIR: dataDir } });
      child.stdout.on('data', (chunk) => done(String(chunk).trim()));
    });
    const response = await fetch(`${url}/v1/me/consultations`, { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(200);
    expect(started.out).not.toContain(token);
  }, 40_000);

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends well on %s, however often it is told',
    async (signal) => {
      const started = start();
      await listening(started);
      started.process.kill(signal);
      started.process.kill(signal);
      expect(await started.ended).toBe(0);
      expect(started.out).toContain('"msg":"shut down"');
      expect(started.err).not.toMatch(/\n\s+at /);
    },
    40_000,
  );

  it('ends when `npm start` is told to', async () => {
    // What is built for these suites need not be built again.
    const started = start({ BUILT: '1' }, ['npm', 'start']);
    await listening(started);
    started.process.kill('SIGTERM');
    await started.ended;
    // Its output is this pipe, which is closed when the last of its processes has ended.
    expect(started.out).toContain('"msg":"shut down"');
  }, 60_000);

  it('ends by itself, and its node with it, where the node does not', async () => {
    const started = start({ SHUTDOWN_TIMEOUT_MS: '0' });
    await listening(started);
    const node = await nodeOf(started);
    process.kill(node, 'SIGSTOP');
    const told = performance.now();
    started.process.kill('SIGTERM');
    expect(await started.ended).toBe(75);
    expect(performance.now() - told).toBeGreaterThan(4_900);
    expect(started.out).toContain('the shutdown did not come to an end in time');
    await eventually(() => isGone(node), 20_000);
  }, 60_000);

  it('takes its node with it when it is told to end while it starts', async () => {
    const started = start();
    const node = await nodeOf(started);
    started.process.kill('SIGTERM');
    expect(await started.ended).toBe('SIGTERM');
    await eventually(() => isGone(node), 20_000);
  }, 60_000);

  it('does not start on settings that cannot be used, and shows all that is wrong with them', async () => {
    const started = start({ NODE_ENV: 'production', PORT: 'http', STORE_URL: 'esdb:admin:hunter2' });
    expect(await started.ended).toBe(78);
    expect(started.out).toBe('');
    expect(started.err.trim().split('\n')).toEqual([
      'The configuration cannot be used:',
      expect.stringMatching(/^ {2}PORT must be/),
      expect.stringMatching(/^ {2}STORE_URL must be/),
      expect.stringMatching(/^ {2}JWT_ISSUER is needed in production/),
      expect.stringMatching(/^ {2}VIEW_COOKIE_SECRET is needed in production/),
    ]);
  });

  it('does not start on a data folder that is a file, and says so in a line', async () => {
    const file = join(dataDir, 'file');
    await writeFile(file, '');
    const started = start({ DATA_DIR: file });
    expect(await started.ended).toBe(78);
    expect(started.err).toBe(`The configuration cannot be used:\n  DATA_DIR ${file} is not a folder: set another\n`);
  });

  it('does not start on a data folder that another server has, and says which process', async () => {
    const first = start();
    await listening(first);
    const node = await nodeOf(first);
    const second = start();
    try {
      expect(await second.ended).toBe(78);
      expect([second.out, second.err]).toEqual([
        '',
        `The data folder ${join(dataDir, 'eventstore')} is in use by another node (process ${node}). Stop that node or choose another folder.\n`,
      ]);
    } finally {
      first.process.kill('SIGKILL');
      await first.ended;
    }
  }, 60_000);

  it.each([
    ['a file for its store', 'eventstore', "The data folder <dir>/eventstore can't be used: EEXIST"],
    [
      'a folder for its key',
      'dev-signing-key.json/',
      '  DATA_DIR <dir>/dev-signing-key.json is a folder, and must be a file',
    ],
    ['another text for its key', 'dev-signing-key.json', '  DATA_DIR <dir>/dev-signing-key.json holds no Ed25519 key'],
    ['another text for its secret', 'view-cookie-secret', '  DATA_DIR <dir>/view-cookie-secret holds no secret'],
  ])(
    'does not start on a data folder with %s, and says so plainly',
    async (_, name, said) => {
      if (name.endsWith('/')) await mkdir(join(dataDir, name));
      else await writeFile(join(dataDir, name), 'x');
      const started = start();
      expect(await started.ended).toBe(78);
      expect(started.err).toContain(said.replace('<dir>', dataDir));
      expect(started.err).not.toMatch(/\n\s+at /);
      expect(started.out).not.toContain('"level":"error"');
    },
    40_000,
  );

  it('does not start on a store whose events are gone, and asks what became of them', async () => {
    const left = join(dataDir, 'eventstore', 'access');
    await mkdir(left, { recursive: true });
    const started = start();
    expect(await started.ended).toBe(65);
    expect(started.err).toContain('events.mdb is gone; of the store that was here remain: access. Was a volume not');
    expect(started.err).toContain(`remove ${left}.`);
    expect(started.err).not.toMatch(/\n\s+at /);
  }, 40_000);

  it('keeps all it makes from others', async () => {
    await chmod(dataDir, 0o755);
    await listening(start());
    const made = await readdir(dataDir, { recursive: true });
    expect(made.length).toBeGreaterThan(3);
    for (const name of ['.', ...made])
      expect([name, (await stat(join(dataDir, name))).mode & 0o077]).toEqual([name, 0]);
  }, 40_000);

  it('does not start on a port that is taken, and leaves nothing running', async () => {
    const holder = createServer();
    await new Promise<void>((bound) => holder.listen(0, '127.0.0.1', bound));
    const address = holder.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    try {
      const started = start({ PORT: String(port) });
      expect(await started.ended).toBe(78);
      expect(started.err).toContain(`PORT ${port} is taken on 127.0.0.1`);
      expect(started.err).not.toMatch(/\n\s+at /);
    } finally {
      await new Promise((closed) => holder.close(closed));
    }
  }, 40_000);
});
