/** A commit goes to the write-ahead log; a checkpoint puts the newest events into the event file. */
export type DiskWrite = 'commit' | 'checkpoint';

/** How long the writes of one kind took, all together. */
export type WriteTimes = {
  /** How many took no longer than each bound, and longer than the one before it; the last of them longer than any. */
  readonly counts: readonly number[];
  readonly seconds: number;
};

export type SlowWrite = {
  readonly write: DiskWrite;
  readonly seconds: number;
  /** How many others were slow since the last one that was reported. */
  readonly others: number;
};

/** Seconds, as etcd counts its own: from a millisecond, doubled up to eight seconds. */
export const WRITE_BOUNDS: readonly number[] = Array.from({ length: 14 }, (_, power) => 2 ** power / 1_000);

/** The application gives up waiting for an append after five; a disk that is well needs a few milliseconds. */
const SLOW_SECONDS = 1;
const REPORTED_EVERY_MS = 60_000;

/** Counts how long the disk takes to make writes durable, and reports that it is slow, at most once a minute. */
export class DiskWrites {
  private readonly times = { commit: noTimes(), checkpoint: noTimes() };
  private reportedAt = Number.NEGATIVE_INFINITY;
  private unreported = 0;

  /** @param onSlow must not throw */
  constructor(private readonly onSlow: (slow: SlowWrite) => void = () => {}) {}

  /** Since this node was started. */
  get sums(): Readonly<Record<DiskWrite, WriteTimes>> {
    return this.times;
  }

  /** @param now milliseconds of a clock that is never set back */
  took(write: DiskWrite, seconds: number, now = performance.now()): void {
    const times = this.times[write];
    const bucket = WRITE_BOUNDS.findIndex((bound) => seconds <= bound);
    const at = bucket < 0 ? WRITE_BOUNDS.length : bucket;
    times.counts[at] = (times.counts[at] ?? 0) + 1;
    times.seconds += seconds;
    if (seconds <= SLOW_SECONDS) return;
    if (now - this.reportedAt < REPORTED_EVERY_MS) {
      this.unreported++;
      return;
    }
    this.reportedAt = now;
    this.onSlow({ write, seconds, others: this.unreported });
    this.unreported = 0;
  }
}

const noTimes = () => ({ counts: new Array<number>(WRITE_BOUNDS.length + 1).fill(0), seconds: 0 });
