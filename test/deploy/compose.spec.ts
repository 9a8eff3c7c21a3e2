import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect, createServer } from 'node:tls';
import { promisify } from 'node:util';
import { EventStoreDBClient } from '@eventstore/db-client';
import { DCLinter } from 'dclint';
import { parse } from 'yaml';
import { ConfigError, readConfig } from '../../src/config/config.ts';

type Service = {
  image?: string;
  build?: { context: string };
  environment?: Record<string, string>;
  networks?: string[];
  network_mode?: string;
  ports?: { host_ip: string; published: string; target: number }[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  restart?: string;
  command?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  logging?: { driver: string; options: Record<string, string> };
  deploy?: { resources: { limits: { memory: string; pids: number } } };
};
type Compose = {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean } | null>;
  volumes: Record<string, null>;
};

/** dclint's own types are written for bundlers and do not resolve here. */
type Linted = { messages: { line: number; type: string; message: string }[] };

const PRODUCTION = 'docker-compose.yml';
const TRY_OUT = 'docker-compose.local.yml';
const SECRETS = [
  'STORE_ADMIN_PASSWORD',
  'STORE_PASSWORD',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
  'VIEW_COOKIE_SECRET',
];
const ISSUER = ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_JWKS_URL'];

const GIVEN = {
  STORE_ADMIN_PASSWORD: 'admin0password',
  STORE_PASSWORD: 'store0password',
  S3_ACCESS_KEY_ID: 'access0key',
  S3_SECRET_ACCESS_KEY: 'secret0key',
  VIEW_COOKIE_SECRET: 'cookie0secret'.repeat(3),
  JWT_ISSUER: 'https://id.example.org/realms/clinic',
  JWT_AUDIENCE: 'consultation-ledger',
  JWT_JWKS_URL: 'https://id.example.org/realms/clinic/protocol/openid-connect/certs',
};
const WITHOUT_ISSUER = { ...GIVEN, JWT_ISSUER: '', JWT_AUDIENCE: '', JWT_JWKS_URL: '' };

/** `${NAME}`, `${NAME-default}`, `${NAME:-default}`, `${NAME?message}`, `${NAME:?message}` and `$$`, as the compose specification says. */
const interpolate = (text: string, env: Record<string, string>): string =>
  text.replaceAll(/\$\$|\$\{(\w+)(?:(:?)([-?])([^}]*))?\}/g, (found, name: string, colon, operator, word) => {
    if (found === '$$') return '$';
    const value = env[name];
    if (value !== undefined && !(colon === ':' && value === '')) return value;
    if (operator === '?') throw new Error(`${name}: ${word}`);
    return operator === '-' ? word : '';
  });

const source = (file: string) => readFile(resolve(file), 'utf8');
/** Read first, filled in after: what a variable holds is never read as YAML. */
const compose = async (env: Record<string, string>): Promise<Compose> =>
  JSON.parse(JSON.stringify(parse(await source(PRODUCTION))), (_, value) =>
    typeof value === 'string' ? interpolate(value, env) : value,
  ) as Compose;
const service = async (name: string, env: Record<string, string> = GIVEN): Promise<Service> => {
  const found = (await compose(env)).services[name];
  if (!found) throw new Error(`no service ${name}`);
  return found;
};
/** The app's environment with the try-out file merged over the other, as compose does it. */
const tryOut = async (): Promise<Record<string, string>> => {
  const over = parse(await source(TRY_OUT)) as Compose;
  return { ...(await service('app', WITHOUT_ISSUER)).environment, ...over.services.app?.environment };
};

describe('the compose files', () => {
  it.each([PRODUCTION, TRY_OUT])('%s follows the compose specification', (file) => {
    const linter = new DCLinter({ rules: {}, quiet: true, debug: false, exclude: [] });
    const results: Linted[] = linter.lintFiles([resolve(file)], false);
    const wrong = results
      .flatMap(({ messages }) => messages)
      .filter(({ type }) => type === 'error')
      .map(({ line, message }) => `${line}: ${message}`);
    expect(wrong).toEqual([]);
  });

  it('name a released version of every image they do not build, and its digest', async () => {
    const { services } = await compose(GIVEN);
    const images = Object.values(services).flatMap(({ image, build }) => (build ? [] : [image]));
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toMatch(/^[\w.-]+\/[\w/-]+:\d+(\.\d+)+@sha256:[0-9a-f]{64}$/);
  });

  it('make certificates that the store shows and its clients accept, once, with a key that is private', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'certificates-'));
    try {
      for (const folder of ['ca', 'node']) await mkdir(join(dir, folder));
      const { command: [script = ''] = [] } = await service('store-certificates');
      const here = script
        .replaceAll(/'\/(ca|node)\//g, `'${dir}/$1/`)
        .replaceAll("'./dist/embedded/", `'${resolve('dist/embedded')}/`);
      const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', here]);
      await run();
      const read = (path: string) => readFile(join(dir, path), 'utf8');
      const [ca, cert, key] = await Promise.all([read('ca/ca.crt'), read('node/node.crt'), read('node/node.key')]);
      expect((await stat(join(dir, 'node/node.key'))).mode & 0o777).toBe(0o400);
      const shown = new X509Certificate(cert);
      expect(shown.subject).toBe('CN=eventstoredb-node');
      expect(shown.publicKey.asymmetricKeyType).toBe('rsa');
      // Server and client, as KurrentDB asks of a node.
      expect(shown.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);

      const server = createServer({ key, cert }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const answered = (servername: string) =>
        new Promise<string>((done) => {
          const socket = connect({ port, host: '127.0.0.1', servername, ca }, () =>
            socket.destroy(void done('trusted')),
          );
          socket.on('error', ({ code }: NodeJS.ErrnoException) => done(String(code)));
          socket.on('close', () => done('closed')).unref();
        });
      expect(await answered('eventstore')).toBe('trusted');
      expect(await answered('another')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
      server.close();

      await run();
      expect(await read('node/node.crt')).toBe(cert);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it('publish nothing but the API, and that on loopback', async () => {
    const { services } = await compose(GIVEN);
    const published = Object.entries(services).filter(([, { ports }]) => ports);
    expect(published.map(([name]) => name)).toEqual(['app']);
    expect((await service('app')).ports).toEqual([{ host_ip: '127.0.0.1', published: '3000', target: 3000 }]);
  });

  it('keep the store and the S3 server on networks that reach nothing else', async () => {
    const { services, networks } = await compose(GIVEN);
    for (const name of ['eventstore', 's3', 'store-certificates', 'store-rights']) {
      const { networks: joined = [], network_mode } = services[name] ?? {};
      expect(network_mode ?? joined).not.toEqual([]);
      for (const network of joined) expect(networks[network]?.internal).toBe(true);
    }
    expect(services.eventstore?.networks).not.toEqual(services.s3?.networks);
  });

  it('check the health of everything that keeps running, and start the app after what it needs', async () => {
    const { services } = await compose(GIVEN);
    for (const { restart, healthcheck } of Object.values(services)) {
      if (restart !== 'no') expect(healthcheck?.test[0]).toBe('CMD');
    }
    expect(services.app?.depends_on).toEqual({
      eventstore: { condition: 'service_healthy' },
      'store-rights': { condition: 'service_completed_successfully' },
      s3: { condition: 'service_healthy' },
    });
    expect(services.eventstore?.depends_on).toEqual({
      'store-certificates': { condition: 'service_completed_successfully' },
    });
  });

  it('declare every volume and network that a service uses', async () => {
    const { services, volumes, networks } = await compose(GIVEN);
    for (const { volumes: mounted = [], networks: joined = [] } of Object.values(services)) {
      for (const mount of mounted) expect(Object.keys(volumes)).toContain(mount.split(':')[0]);
      for (const network of joined) expect(Object.keys(networks)).toContain(network);
    }
  });

  it('bound the memory, the processes and the log of each service', async () => {
    const { services } = await compose(GIVEN);
    for (const { deploy, logging } of Object.values(services)) {
      expect(deploy?.resources.limits).toEqual({
        memory: expect.stringMatching(/^\d+[mg]$/),
        pids: expect.any(Number),
      });
      expect(logging).toEqual({ driver: 'local', options: { 'max-size': '20m', 'max-file': '10' } });
    }
  });

  it('run the app with a read-only file system and no privileges', async () => {
    const app = await service('app');
    expect(app).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
  });
});

describe('what the operator must give', () => {
  it.each(SECRETS)('is %s, which has no default and may not be empty', async (name) => {
    await expect(compose({ ...GIVEN, [name]: '' })).rejects.toThrow(`${name}: set it in .env`);
  });

  it.each(ISSUER)('is %s', async (name) => {
    const { [name as keyof typeof GIVEN]: _, ...rest } = GIVEN;
    await expect(compose(rest)).rejects.toThrow(`${name}: set it in .env`);
  });

  it('is listed in .env.example, without values', async () => {
    const lines = (await source('.env.example')).split('\n');
    for (const name of [...SECRETS, ...ISSUER]) expect(lines).toContain(`${name}=`);
    const asked = [...(await source(PRODUCTION)).matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
    const offered = lines.map((line) => /^#?(\w+)=/.exec(line)?.[1]).filter((name) => name !== undefined);
    expect(new Set(asked)).toEqual(new Set(offered));
  });
});

describe('the app in the compose file', () => {
  it('accepts its environment', async () => {
    const config = readConfig((await service('app')).environment);
    expect(config.tokens.issuer?.issuer).toBe(GIVEN.JWT_ISSUER);
    expect(config.recordings.s3).toMatchObject({ endpoint: 'http://s3:8333', bucket: 'recordings' });
  });

  it('refuses production without an issuer', async () => {
    const { environment } = await service('app', WITHOUT_ISSUER);
    expect(() => readConfig(environment)).toThrow(ConfigError);
  });

  it('takes development keys in the try-out, and nothing else changes', async () => {
    const environment = await tryOut();
    const config = readConfig(environment);
    expect(config.tokens.issuer).toBeUndefined();
    expect({ ...environment, NODE_ENV: 'production' }).toEqual((await service('app', WITHOUT_ISSUER)).environment);
  });

  it('is no administrator of the store', async () => {
    const { environment = {} } = await service('app');
    expect(environment.STORE_URL).toContain(`esdb://ops:${GIVEN.STORE_PASSWORD}@`);
    expect(JSON.stringify(environment)).not.toContain(GIVEN.STORE_ADMIN_PASSWORD);
    expect((await service('eventstore')).environment).toMatchObject({
      KURRENTDB_DEFAULT_ADMIN_PASSWORD: GIVEN.STORE_ADMIN_PASSWORD,
      KURRENTDB_DEFAULT_OPS_PASSWORD: GIVEN.STORE_PASSWORD,
    });
  });

  it('speaks TLS to the store, under the name and the authority of its certificate', async () => {
    const url = (await service('app')).environment?.STORE_URL ?? '';
    expect(url).toContain('@eventstore:2113?tls=true&tlsCAFile=/certificates/ca.crt');
    expect((await service('store-certificates')).command?.[0]).toContain("eventStoreNode('eventstore', ");
    expect((await service('app')).volumes).toContain('store-ca:/certificates:ro');
    // The official client reads the string, and looks for exactly that file.
    expect(() => EventStoreDBClient.connectionString(url)).toThrow('Failed to load certificate file');
    const client = EventStoreDBClient.connectionString(url.replace('/certificates/ca.crt', resolve('package.json')));
    await client.dispose();
  });

  it('has recordings encrypted where they lie, where the operator asks for it', async () => {
    expect(readConfig((await service('app')).environment).recordings.s3?.sse).toBeUndefined();
    const asked = await service('app', { ...GIVEN, S3_SSE: 'AES256' });
    expect(readConfig(asked.environment).recordings.s3?.sse).toBe('AES256');
  });

  it('is given the bucket and the keys that the S3 server makes', async () => {
    const [app, s3] = await Promise.all([service('app'), service('s3')]);
    expect(s3.command).toContain(`-bucket=${app.environment?.S3_BUCKET}`);
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
      expect(s3.environment?.[name]).toBe(app.environment?.[name]);
  });
});
