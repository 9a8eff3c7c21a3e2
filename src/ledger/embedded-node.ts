import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { StoreDamaged } from './errors.ts';
import { LifeSigns } from './life-signs.ts';

/** The first line the node prints: where it listens, and the 0600 file with the connection string when it is closed to others. */
const Ready = z.object({
  ready: z.literal(true),
  port: z.int(),
  connectionString: z.string().optional(),
  credentialsFile: z.string().optional(),
});
const Credentials = z.object({ connectionString: z.string() });

export type NodeReport =
  | { kind: 'started'; pid: number; port: number }
  | { kind: 'died'; code: number | null; signal: string | null; restartInMs: number }
  | { kind: 'damaged'; why: string }
  | { kind: 'log'; line: string };

/** Exit code of a node whose files no restart makes whole, and of its `verify` when it found something. */
const EXIT_DATA = 65;
const VERIFY_DAMAGED = 1;
/** How the storage library ends a process when a page isn't what it must be; a bug of its own would look the same. */
const CRASHES: readonly (NodeJS.Signals | null)[] = ['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP'];

/**
 * A start may take as long as it does something: a slow machine, a large conversion. After so many looks without a sign of life, one a
 * second, it is given up.
 */
const SILENT_LOOKS = 30;
const STOP_TIMEOUT_MS = 10_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Runs the embedded node as a process of its own (in this one it would halve the append rate) and starts it again when it dies, on the same
 * port, so that clients find it again. A node whose files are damaged is not started again: every start would find the same. The node ends with its standard input: it cannot outlive this process, however that ends.
 */
export class EmbeddedNode {
  private child: ChildProcess | undefined;
  private port = 0;
  private stopping = false;
  private pause = FIRST_PAUSE_MS;
  private restart: NodeJS.Timeout | undefined;
  private unusable: StoreDamaged | undefined;
  /** Called when the node ended without being asked to. */
  onDied: () => void = () => {};

  constructor(
    private readonly dir: string,
    private readonly report: (what: NodeReport) => void,
    private readonly silentLooks = SILENT_LOOKS,
  ) {}

  /** Why the node isn't started any more; undefined while it is, or will be. */
  get damage(): StoreDamaged | undefined {
    return this.unusable;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * @returns the connection string for the official client
   * @throws StoreDamaged; or when the node does not come up: the message holds what it said
   */
  async start(): Promise<string> {
    const ready = await this.spawn();
    this.port = ready.port;
    if (ready.credentialsFile)
      return Credentials.parse(JSON.parse(await readFile(ready.credentialsFile, 'utf8'))).connectionString;
    if (ready.connectionString) return ready.connectionString;
    throw new Error('the embedded node did not say how to connect');
  }

  /** Asks the node to flush and end, and waits for it. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      child.kill('SIGTERM');
    });
  }

  private async spawn(): Promise<z.infer<typeof Ready>> {
    const child = spawn(process.execPath, [entry(), '--dir', this.dir, '--port', String(this.port), '--parent'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: surroundings(),
    });
    this.child = child;
    // Writing to a dead process must not end this one.
    child.stdin?.on('error', () => undefined);
    const said: string[] = [];
    const started = Date.now();
    const ready = await new Promise<z.infer<typeof Ready>>((resolve, reject) => {
      const failed = (why: string) => {
        signs.end();
        child.kill('SIGKILL');
        reject(new Error(`the embedded event store did not start: ${why}\n${said.join('\n')}`.trim()));
      };
      const signs = new LifeSigns(child.pid ?? -1, this.silentLooks, () => failed('it shows no sign of life'));
      createInterface({ input: child.stderr }).on('line', (line) => {
        signs.heard();
        if (said.push(line) > 20) said.shift();
        this.report({ kind: 'log', line });
      });
      child.once('error', (error) => failed(error.message));
      child.once('close', (code, signal) =>
        this.damageAfter(code, signal, said).then((damage) => {
          if (damage === undefined) return failed(`it ended (${signal ?? `exit code ${code}`})`);
          signs.end();
          reject(damage);
        }, reject),
      );
      createInterface({ input: child.stdout }).once('line', (line) => {
        signs.end();
        child.removeAllListeners('close');
        try {
          resolve(Ready.parse(JSON.parse(line)));
        } catch {
          failed(`it said ${JSON.stringify(line)}`);
        }
      });
    });
    // Its last words come before its streams are closed, and may come after it has ended.
    child.once('close', (code, signal) => void this.died(code, signal, said, started));
    this.report({ kind: 'started', pid: child.pid ?? -1, port: ready.port });
    return ready;
  }

  private async died(
    code: number | null,
    signal: NodeJS.Signals | null,
    said: readonly string[],
    started: number,
  ): Promise<void> {
    if (this.stopping) return;
    this.onDied();
    this.unusable = await this.damageAfter(code, signal, said);
    if (this.stopping) return;
    if (this.unusable !== undefined) {
      this.report({ kind: 'damaged', why: this.unusable.why });
      return;
    }
    // A node that ran for a while starts again at once; one that keeps dying is given longer and longer pauses.
    this.pause = Date.now() - started > 60_000 ? FIRST_PAUSE_MS : Math.min(this.pause * 2, LONGEST_PAUSE_MS);
    this.report({ kind: 'died', code, signal, restartInMs: this.pause });
    this.again();
  }

  private again(): void {
    this.restart = setTimeout(() => {
      if (this.stopping) return;
      this.spawn().catch((error: unknown) => {
        if (this.stopping) return;
        if (error instanceof StoreDamaged) {
          this.unusable = error;
          this.report({ kind: 'damaged', why: error.why });
          return;
        }
        this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
        this.report({ kind: 'log', line: error instanceof Error ? error.message : String(error) });
        this.again();
      });
    }, this.pause);
  }

  /** What a node's end says about its files. One that crashed says nothing itself, so they are walked. */
  private async damageAfter(
    code: number | null,
    signal: NodeJS.Signals | null,
    said: readonly string[],
  ): Promise<StoreDamaged | undefined> {
    if (code === EXIT_DATA) return new StoreDamaged(lastWords(said));
    if (this.stopping || !CRASHES.includes(signal)) return undefined;
    const child = spawn(process.execPath, [entry(), 'verify', '--dir', this.dir], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: surroundings(),
    });
    this.child = child;
    const ended = once(child, 'close');
    const found = await text(child.stdout);
    const [verdict] = await ended;
    return verdict === VERIFY_DAMAGED ? new StoreDamaged(found.trimEnd()) : undefined;
  }
}

/** What a node logged before it ended, without the JSON around it. */
const lastWords = (said: readonly string[]): string => {
  const last = said.at(-1) ?? '';
  try {
    return z.object({ msg: z.string() }).parse(JSON.parse(last)).msg;
  } catch {
    return last;
  }
};

const entry = (): string => createRequire(import.meta.url).resolve('#embedded-node');

const surroundings = () => ({
  PATH: process.env.PATH,
  NODE_OPTIONS: '',
  LOG_LEVEL: process.env.LOG_LEVEL,
  EMBEDDED_REMEMBER_IDS: process.env.EMBEDDED_REMEMBER_IDS,
});
