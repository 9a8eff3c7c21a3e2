import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { devToken } from '../src/auth/dev-token.ts';
import { type Config, readConfig } from '../src/config/config.ts';
import { type Assemble, createApp } from '../src/create-app.ts';
import type { Role } from '../src/request/actor.ts';
import { Person } from './person.ts';

const TOKEN_SECONDS = 900;
const PROBE_MS = 2_000;

/** A server of the API whose development key is at hand, so that the demo can be anybody. */
export class Server {
  /** Part of every id, so that a second demo on the same server meets nobody of the first. */
  private readonly run = randomBytes(3).toString('hex');
  private readonly people: Person[] = [];

  constructor(
    readonly url: string,
    private readonly config: Config,
    /** Of a server that the demo started itself. */
    readonly app?: NestFastifyApplication,
  ) {}

  /** Where its ledger is, to be read beside it. */
  get place(): string {
    return this.config.storeUrl ?? this.config.dataDir;
  }

  async person(name: string, role: Role): Promise<Person> {
    const id = `${name}-${this.run}`;
    const person = new Person(this.url, id, await devToken(this.config, { id, roles: [role] }, TOKEN_SECONDS));
    this.people.push(person);
    return person;
  }

  async stop(): Promise<void> {
    for (const person of this.people) person.hangUp();
    if (!this.app) return;
    await this.app.close();
    await rm(this.config.dataDir, { recursive: true, force: true });
  }
}

/** The server that runs on the configured port, if it takes tokens of the development key in the configured folder. */
export const runningServer = async (): Promise<Server | undefined> => {
  const config = readConfig();
  if (config.tokens.issuer || config.http.port === 0) return undefined;
  const { host, port } = config.http;
  const server = new Server(`http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`, config);
  try {
    const live = await fetch(new URL('/health/ready', server.url), { signal: AbortSignal.timeout(PROBE_MS) });
    if (!live.ok) return undefined;
    const known = await (await server.person('demo-probe', 'patient')).get('/v1/me/consultations');
    return known.status === 200 ? server : undefined;
  } catch {
    // Nobody there, or somebody else: the demo brings its own.
    return undefined;
  }
};

/** A server of the demo's own on a free port, with a folder that goes with it. Its log is shown only if it fails to start. */
export const ownServer = async (
  assemble?: Assemble,
  settings: Readonly<Record<string, string>> = {},
): Promise<Server> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'ledger-demo-'));
  // One video stands for the recordings of all patients.
  const config = readConfig({ PORT: '0', DATA_DIR: dataDir, RECORDING_SAME_BYTES: 'keep', ...settings });
  const log: string[] = [];
  let app: NestFastifyApplication | undefined;
  try {
    app = await createApp({ config, logTo: { write: (line) => void log.push(line) }, ...(assemble && { assemble }) });
    await app.listen(0, config.http.host);
    return new Server(await app.getUrl(), config, app);
  } catch (error) {
    await app?.close();
    await rm(dataDir, { recursive: true, force: true });
    process.stderr.write(log.join(''));
    throw error;
  }
};
