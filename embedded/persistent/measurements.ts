/** How many of the latest latencies the percentiles are taken over. */
const window = 1000;

/** What `getInfo` reports of a subscription or of one of its connections: counts, rate and, when asked for, latencies. */
export class Measurements {
  readonly #startedAt: number;
  readonly #latencies: number[] = [];
  #next = 0;
  #total = 0;
  #totalAtLastReport = 0;

  /** @param now milliseconds */
  constructor(now: number) {
    this.#startedAt = now;
  }

  delivered(): void {
    this.#total++;
  }

  /** @param ms from delivery to an answer of any kind, or until none was waited for any longer */
  processed(ms: number): void {
    this.#latencies[this.#next] = Math.floor(ms);
    this.#next = (this.#next + 1) % window;
  }

  /** The count since the last measurement is since the last call of this. */
  report(now: number): { total: number; perSecond: number; sinceLast: number } {
    const sinceLast = this.#total - this.#totalAtLastReport;
    this.#totalAtLastReport = this.#total;
    const seconds = (now - this.#startedAt) / 1000;
    return { total: this.#total, perSecond: seconds > 0 ? Math.floor(this.#total / seconds) : 0, sinceLast };
  }

  /** The keys and figures EventStoreDB reports (24.2, RequestStatistics.cs): a quintile is named by where it begins. */
  observed(): [key: string, ms: number][] {
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    if (sorted.length === 0) return [];
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    const mean = Math.floor(sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length);
    return [
      ['Mean', mean],
      ['Median', at(0.5)],
      ['Fastest', at(0)],
      ['Quintile 1', at(0)],
      ['Quintile 2', at(0.2)],
      ['Quintile 3', at(0.4)],
      ['Quintile 4', at(0.6)],
      ['Quintile 5', at(0.8)],
      ['90%', at(0.9)],
      ['95%', at(0.95)],
      ['99%', at(0.99)],
      ['99.5%', at(0.995)],
      ['99.9%', at(0.999)],
      ['Highest', at(1)],
    ];
  }
}
