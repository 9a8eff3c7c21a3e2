const EVERY_MS = 500;
/** A leader that hangs is noticed within this and the time between two beats. */
const LIMIT_MS = 2_000;

/** Asks the store again and again, so that one that does not answer is noticed before a caller is kept waiting. */
export class Heartbeat {
  private timer: NodeJS.Timeout | undefined;
  private failure: string | undefined = 'not asked yet';
  private stopped = false;

  /**
   * @param ask must reject when the store does not carry out commands, and may never settle
   * @param failed hears why a beat failed
   */
  constructor(
    private readonly ask: () => Promise<unknown>,
    private readonly failed: (why: string) => void,
  ) {}

  start(): void {
    this.beat();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** @throws when the store did not answer the latest question */
  assertBeating(): void {
    if (this.failure !== undefined) throw new Error(`the store does not answer: ${this.failure}`);
  }

  private beat(): void {
    const late = setTimeout(() => settle(`no answer within ${LIMIT_MS} ms`), LIMIT_MS);
    let settled = false;
    const settle = (failure: string | undefined) => {
      if (settled || this.stopped) return;
      settled = true;
      clearTimeout(late);
      this.failure = failure;
      if (failure !== undefined) this.failed(failure);
      this.timer = setTimeout(() => this.beat(), EVERY_MS);
      this.timer.unref();
    };
    late.unref();
    this.ask().then(
      () => settle(undefined),
      (error: unknown) => settle(error instanceof Error ? error.message : String(error)),
    );
  }
}
