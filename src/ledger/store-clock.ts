/** Clocks further apart than this are told of; deadlines, and verdicts by record time, are off by as much. */
const TOLD_MS = 60_000;
/** Further apart than this no deadline means anything. */
const FAILED_MS = 5 * 60_000;
/** For how long one look counts: an instance that is not ready gets no requests, and would never see another event. */
const COUNTS_MS = 10 * 60_000;

/** The word that readiness gives while the clocks are apart. */
export const CLOCKS_APART = 'clocks-apart';

type Clocks = {
  /** Milliseconds since the epoch, by this machine. */
  readonly wall: () => number;
  /** Milliseconds of a clock that never steps. */
  readonly steady: () => number;
};

/** Compares the store's clock, as the newest event's record time shows it, with this machine's. */
export class StoreClock {
  private seen: { readonly recordedAt: number; readonly at: number } | undefined;
  private apart = false;

  /** @param report hears when the clocks part and when they meet again */
  constructor(
    private readonly report: (line: string) => void,
    private readonly clocks: Clocks = { wall: () => Date.now(), steady: () => performance.now() },
  ) {}

  /** @param recordedAt of an event that was appended just now, ISO-8601 UTC */
  saw(recordedAt: string): void {
    this.seen = { recordedAt: Date.parse(recordedAt), at: this.clocks.steady() };
    this.look();
  }

  /**
   * @returns a word when the clocks are apart
   * @throws when they are too far apart to go on
   */
  check(): string | undefined {
    const apart = this.look();
    if (Math.abs(apart) > FAILED_MS) throw new Error(this.line(apart));
    return Math.abs(apart) > TOLD_MS ? CLOCKS_APART : undefined;
  }

  /** How far the store's clock is ahead, in ms. This machine's may have been set right since; the store's shows with its next event. */
  private look(): number {
    const passed = this.seen ? this.clocks.steady() - this.seen.at : 0;
    const ahead = this.seen && passed < COUNTS_MS ? this.seen.recordedAt + passed - this.clocks.wall() : 0;
    const isApart = Math.abs(ahead) > TOLD_MS;
    if (isApart !== this.apart)
      this.report(isApart ? this.line(ahead) : 'the clocks of the store and of this machine agree again');
    this.apart = isApart;
    return ahead;
  }

  private line(ahead: number): string {
    const seconds = Math.round(Math.abs(ahead) / 1_000);
    return `the store's clock is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's: set them by NTP`;
  }
}
