import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Says at the end which of the libraries that take long to load were loaded. */
const TELL = `data:text/javascript,${encodeURIComponent(`
  import { createRequire } from 'node:module';
  const { cache } = createRequire('file:///');
  const heavy = /node_modules\\/(@eventstore|@grpc|@aws-sdk)\\//;
  process.on('exit', () => {
    const found = Object.keys(cache).map((file) => heavy.exec(file)?.[1]).filter(Boolean);
    process.stderr.write('loaded: ' + [...new Set(found)].sort().join(' ') + '\\n');
  });`)}`;

describe('a command', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'cli-start-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  const loadedBy = (...args: string[]): Promise<string | undefined> =>
    new Promise((done) => {
      const env = { PATH: process.env.PATH, DATA_DIR: dataDir };
      execFile(process.execPath, ['--import', TELL, 'dist/src/cli/main.js', ...args], { env }, (_error, _out, err) =>
        done(/^loaded: (.*)$/m.exec(err)?.[1]),
      );
    });

  it.each([
    ['help'],
    ['token', '--sub', 'cli-1'],
    ['verify-store', 'too', 'much'],
    ['backup'],
    ['restore'],
    ['migrate'],
    ['nowhere'],
  ])('loads no client of a store to print something: %s', async (...args) => {
    expect(await loadedBy(...args)).toBe('');
  });

  it.each([[['help', 'foo']], [['foo']]])('that is none is answered with those that there are: %j', async (args) => {
    const said = await new Promise<string>((done) => {
      const env = { PATH: process.env.PATH, DATA_DIR: dataDir };
      execFile(process.execPath, ['dist/src/cli/main.js', ...args], { env }, (error, _out, err) =>
        done(`${error?.code} ${err}`),
      );
    });
    expect(said).toMatch(/^64 there is no command "foo". There are:\n\n {2}token +print a development token\n/);
    expect(said).toMatch(/\n {2}help +print this/);
  });

  it('loads them when it moves a ledger', async () => {
    expect(await loadedBy('migrate', '--to', 'esdb://127.0.0.1:1?tls=false')).toBe('@eventstore @grpc');
  });
});
