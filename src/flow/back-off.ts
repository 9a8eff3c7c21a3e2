export type PauseLimits = { readonly firstMs: number; readonly longestMs: number };

/** How long to pause after so many failures in a row: the first pause after one, twice as long after each further one. */
export const pauseAfter = (failures: number, { firstMs, longestMs }: PauseLimits): number =>
  Math.min(firstMs * 2 ** Math.max(0, failures - 1), longestMs);

/** Pauses between tries: longer and longer until one succeeds. */
export class Pauses {
  private failures = 0;

  constructor(private readonly limits: PauseLimits) {}

  /** The next pause, after a failure, in milliseconds. */
  next(): number {
    this.failures += 1;
    return pauseAfter(this.failures, this.limits);
  }

  /** After a success. */
  reset(): void {
    this.failures = 0;
  }
}
