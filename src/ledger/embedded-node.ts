import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { Config } from '../config/config.ts';
import { StoreDamaged, StoreFolderUnusable } from './errors.ts';
import { LifeSigns } from './life-signs.ts';

/** The first line the node prints: where it listens, and the 0600 file with the connection string when it is closed to others. */
const Ready = z.object({
  ready: z.literal(true),
  port: z.int(),
  connectionString: z.string().optional(),
  credentialsFile: z.string().optional(),
});
const Credentials = z.object({ connectionString: z.string() });

/** How long writes to the disk took since the node was started: how many up to each bound, in seconds, and beyond the last. */
const Times = z.object({ counts: z.array(z.int()), seconds: z.number() });
const DiskWrites = z.object({ bounds: z.array(z.number()), commit: Times, checkpoint: Times });
const Measured = z.object({ diskWrites: DiskWrites });
export type DiskWrites = z.infer<typeof DiskWrites>;

export type NodeReport =
  | { kind: 'started'; pid: number; port: number }
  | { kind: 'died'; code: number | null; signal: string | null; restartInMs: number }
  | { kind: 'damaged'; why: string }
  | { kind: 'measured'; diskWrites: DiskWrites }
  | { kind: 'log'; line: string };

/** Exit code of a node whose files no restart makes whole, and of its `verify` when it found something. */
const EXIT_DATA = 65;
const VERIFY_DAMAGED = 1;
/** Exit code of a node whose folder is another's, or not for this user. */
const EXIT_CONFIG = 78;
/** How the storage library ends a process when a page isn't what it must be; a bug of its own would look the same. */
const CRASHES: readonly (NodeJS.Signals | null)[] = ['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP'];

/**
 * A start may take as long as it does something: a slow machine, a large conversion. After so many looks without a sign of life, one a
 * second, it is given up.
 */
const SILENT_LOOKS = 30;
/** The level of warnings in its log. */
const PINO_WARN = 40;
const STOP_TIMEOUT_MS = 10_000;
/** The kernel keeps a killed process that waits for a disk; it ends with the disk's answer, and is not waited for. */
const KILLED_TIMEOUT_MS = 1_000;
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
  private starting: Promise<string> | undefined;
  private readonly unheard: NodeReport[] = [];
  private report = (what: NodeReport): void => void this.unheard.push(what);
  /** Called when the node ended without being asked to. */
  onDied: () => void = () => {};

  constructor(
    private readonly dir: string,
    private readonly silentLooks = SILENT_LOOKS,
  ) {}

  /** Tells the reporter of everything from now on, and of what there was before. */
  reportTo(report: (what: NodeReport) => void): this {
    this.report = report;
    for (const what of this.unheard.splice(0)) report(what);
    return this;
  }

  /** Why the node isn't started any more; undefined while it is, or will be. */
  get damage(): StoreDamaged | undefined {
    return this.unusable;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Starts it, if that was not done already.
   * @returns the connection string for the official client
   * @throws StoreDamaged, StoreFolderUnusable; or when the node does not come up: the message holds what it said
   */
  start(): Promise<string> {
    this.starting ??= this.begin();
    return this.starting;
  }

  private async begin(): Promise<string> {
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
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const timers: NodeJS.Timeout[] = [];
    await new Promise<void>((resolve) => {
      timers.push(setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS));
      timers.push(setTimeout(resolve, STOP_TIMEOUT_MS + KILLED_TIMEOUT_MS));
      child.once('exit', () => resolve());
      child.kill('SIGTERM');
    });
    for (const timer of timers) clearTimeout(timer);
  }

  /** Ends it without waiting for anything: its log has every acknowledged event. */
  kill(): void {
    this.stopping = true;
    clearTimeout(this.restart);
    this.child?.kill('SIGKILL');
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
          const unusable = damage ?? (code === EXIT_CONFIG ? new StoreFolderUnusable(lastWords(said)) : undefined);
          if (unusable === undefined) return failed(`it ended (${signal ?? `exit code ${code}`})`);
          signs.end();
          reject(unusable);
        }, reject),
      );
      const lines = createInterface({ input: child.stdout });
      lines.once('line', (line) => {
        signs.end();
        child.removeAllListeners('close');
        lines.on('line', (next) => this.measured(next));
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

  private measured(line: string): void {
    const read = Measured.safeParse(parsed(line));
    this.report(read.success ? { kind: 'measured', ...read.data } : { kind: 'log', line });
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

/** The node of a configuration, not started yet; undefined where the store is elsewhere. */
export const embeddedNode = ({ storeUrl, dataDir }: Pick<Config, 'storeUrl' | 'dataDir'>): EmbeddedNode | undefined =>
  storeUrl ? undefined : new EmbeddedNode(join(dataDir, 'eventstore'));

const Logged = z.object({ level: z.number(), msg: z.string() });

/** What a node logged, without the JSON around it, and whether it is a warning or worse. */
export const logged = (line: string): { readonly message: string; readonly isWarning: boolean } => {
  const { data } = Logged.safeParse(parsed(line));
  return { message: data?.msg ?? line, isWarning: (data?.level ?? 0) >= PINO_WARN };
};

/** What a node logged before it ended. */
const lastWords = (said: readonly string[]): string => logged(said.at(-1) ?? '').message;

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

const entry = (): string => createRequire(import.meta.url).resolve('#embedded-node');

const surroundings = () => ({
  PATH: process.env.PATH,
  NODE_OPTIONS: '',
  LOG_LEVEL: process.env.LOG_LEVEL,
  EMBEDDED_REMEMBER_IDS: process.env.EMBEDDED_REMEMBER_IDS,
});
