import { timerMs } from './timers.ts';

/** Work that is done again and again, one round after the other, until it is stopped. */
export class Rounds {
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> = Promise.resolve();

  /** @param round must not reject */
  constructor(
    private readonly round: () => Promise<unknown>,
    private readonly options: { readonly firstAfterMs: number; readonly everyMs: number },
  ) {}

  /** Aborted once it is stopped; a round under way is to end then. */
  get signal(): AbortSignal {
    return this.stopping.signal;
  }

  start(): void {
    this.plan(this.options.firstAfterMs);
  }

  /** Waits for the round under way. */
  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.stopping.abort(new Error('the server is stopping'));
    await this.running;
  }

  /** Instances that were started together must not do their rounds together for ever. */
  private plan(ms: number): void {
    if (this.signal.aborted) return;
    this.timer = setTimeout(
      () => {
        this.running = this.round().finally(() => this.plan(this.options.everyMs));
      },
      timerMs(ms * (0.5 + Math.random())),
    ).unref();
  }
}
