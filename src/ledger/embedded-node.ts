import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { z } from 'zod';

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
  | { kind: 'log'; line: string };

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Runs the embedded node as a process of its own (in this one it would halve the append rate) and starts it again when it dies, on the same
 * port, so that clients find it again. The node ends with its standard input: it cannot outlive this process, however that ends.
 */
export class EmbeddedNode {
  private child: ChildProcess | undefined;
  private port = 0;
  private stopping = false;
  private pause = FIRST_PAUSE_MS;
  private restart: NodeJS.Timeout | undefined;
  /** Called when the node ended without being asked to. */
  onDied: () => void = () => {};

  constructor(
    private readonly dir: string,
    private readonly report: (what: NodeReport) => void,
  ) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * @returns the connection string for the official client
   * @throws when the node does not come up; the message holds what it said
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
    const entry = createRequire(import.meta.url).resolve('#embedded-node');
    const child = spawn(process.execPath, [entry, '--dir', this.dir, '--port', String(this.port), '--parent'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        NODE_OPTIONS: '',
        LOG_LEVEL: process.env.LOG_LEVEL,
        EMBEDDED_REMEMBER_IDS: process.env.EMBEDDED_REMEMBER_IDS,
      },
    });
    this.child = child;
    // Writing to a dead process must not end this one.
    child.stdin?.on('error', () => undefined);
    const said: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (said.push(line) > 20) said.shift();
      this.report({ kind: 'log', line });
    });
    const ready = await new Promise<z.infer<typeof Ready>>((resolve, reject) => {
      const failed = (why: string) => {
        clearTimeout(timer);
        child.kill('SIGKILL');
        reject(new Error(`the embedded event store did not start: ${why}\n${said.join('\n')}`.trim()));
      };
      const timer = setTimeout(() => failed(`no answer within ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
      child.once('error', (error) => failed(error.message));
      child.once('close', (code, signal) => failed(`it ended (${signal ?? `exit code ${code}`})`));
      createInterface({ input: child.stdout }).once('line', (line) => {
        clearTimeout(timer);
        child.removeAllListeners('close');
        try {
          resolve(Ready.parse(JSON.parse(line)));
        } catch {
          failed(`it said ${JSON.stringify(line)}`);
        }
      });
    });
    const started = Date.now();
    child.once('exit', (code, signal) => this.died(code, signal, started));
    this.report({ kind: 'started', pid: child.pid ?? -1, port: ready.port });
    return ready;
  }

  private died(code: number | null, signal: string | null, started: number): void {
    if (this.stopping) return;
    // A node that ran for a while starts again at once; one that keeps dying is given longer and longer pauses.
    this.pause = Date.now() - started > 60_000 ? FIRST_PAUSE_MS : Math.min(this.pause * 2, LONGEST_PAUSE_MS);
    this.report({ kind: 'died', code, signal, restartInMs: this.pause });
    this.onDied();
    this.again();
  }

  private again(): void {
    this.restart = setTimeout(() => {
      if (this.stopping) return;
      this.spawn().catch((error: unknown) => {
        this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
        this.report({ kind: 'log', line: error instanceof Error ? error.message : String(error) });
        if (!this.stopping) this.again();
      });
    }, this.pause);
  }
}
