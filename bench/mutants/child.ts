import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

type Told<K extends string> = { readonly kind: K };
type Failed = { readonly kind: 'failed'; readonly why: string };

/** A process that is asked one thing at a time. It is started when it is asked something, and ended when it does not answer. */
export class Child<To, From extends Told<string>> {
  private child: ChildProcess | undefined;

  constructor(private readonly file: URL) {}

  async ask<K extends From['kind']>(what: To, kind: K, limitMs: number): Promise<Extract<From, Told<K>>> {
    this.child ??= this.spawn();
    const { child } = this;
    const waiting = new AbortController();
    const { signal } = waiting;
    const late = setTimeout(() => waiting.abort(new Error(`no answer in ${limitMs} ms`)), limitMs);
    const answer = once(child, 'message', { signal }) as Promise<[From | Failed]>;
    const gone = once(child, 'exit', { signal }).then(() => {
      throw new Error('the process ended');
    });
    for (const outcome of [answer, gone]) outcome.catch(() => undefined);
    try {
      if (!child.connected) throw new Error('the process ended');
      child.send(what as object);
      const [told] = await Promise.race([answer, gone]);
      if (told.kind === kind) return told as Extract<From, Told<K>>;
      throw new Error('why' in told ? told.why : `it said ${told.kind}`);
    } catch (error) {
      await this.end();
      throw error;
    } finally {
      clearTimeout(late);
      waiting.abort();
    }
  }

  async end(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  private spawn(): ChildProcess {
    const child = fork(this.file, {
      env: { PATH: process.env.PATH, ...(process.env.MUTANTS_LOG && { MUTANTS_LOG: '1' }) },
    });
    child.on('error', () => undefined);
    return child;
  }
}

/** The other side: does what it is told, one thing after the other, and ends with whoever started it. */
export const serve = <To>(work: (what: To) => Promise<Told<string>>): void => {
  const tell = (what: Told<string>) => void process.send?.(what);
  const failed = (why: string): Failed => ({ kind: 'failed', why });
  const text = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.on('message', (what: To) => {
    work(what).then(tell, (error: unknown) => tell(failed(text(error))));
  });
  // As main.ts does it: nobody knows what state is left.
  const die = (error: unknown): never => {
    tell(failed(`it died: ${text(error)}`));
    return process.exit(1);
  };
  process.on('unhandledRejection', die);
  process.on('uncaughtException', die);
  process.once('disconnect', () => process.exit(0));
};
