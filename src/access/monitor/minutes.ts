import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { LedgerEvent } from '../../../events/categories.ts';
import type { Recorded } from '../../../events/event.ts';
import { Clock } from '../../clock.ts';
import { latest } from '../../flow/latest.ts';
import { Ledger } from '../../ledger/ledger.ts';

/** One minute of verdicts and of the breaches that views opened, of all instances, by the store's clock. */
export type Minute = {
  /** Its beginning, ISO-8601 in UTC. */
  readonly at: string;
  readonly cleared: number;
  readonly flagged: number;
  /** From the record of a view to the record of its verdict, in milliseconds; null: there was none. */
  readonly verdictMs: Latency | null;
  /** From the record of a view to the record of its breach, which goes to every screen of on-call. */
  readonly alertMs: Latency | null;
};
type Latency = { readonly mean: number; readonly slowest: number };

type Sum = { count: number; total: number; slowest: number };
type Counted = { cleared: number; flagged: number; readonly verdicts: Sum; readonly alerts: Sum };

const MINUTE_MS = 60_000;
/** An hour. */
const MINUTES_KEPT = 60;
/** A verdict follows its view in milliseconds: one of a view that is let go is counted without its time. */
const VIEWS_KEPT = 20_000;

/** How fast views were judged and breaches opened in the last hour, minute by minute: by the events that this instance hears. */
@Injectable()
export class MonitorMinutes implements OnApplicationShutdown {
  private readonly minutes = new Map<number, Counted>();
  private readonly viewed = latest<string, number>(VIEWS_KEPT);
  private readonly since: number;
  private readonly stop: () => void;

  constructor(
    ledger: Ledger,
    private readonly clock: Clock,
  ) {
    this.since = clock.now();
    this.stop = ledger.feed.listen((event) => this.hear(event));
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  /** The last hour, the oldest first, also minutes in which nothing happened; from when on this instance knows. */
  lastHour(): { readonly since: string; readonly minutes: readonly Minute[] } {
    const newest = minuteOf(this.clock.now());
    const oldest = Math.max(newest - (MINUTES_KEPT - 1) * MINUTE_MS, minuteOf(this.since));
    const minutes: Minute[] = [];
    for (let at = oldest; at <= newest; at += MINUTE_MS) {
      const { cleared, flagged, verdicts, alerts } = this.minutes.get(at) ?? nothingCounted();
      minutes.push({
        ...{ at: new Date(at).toISOString(), cleared, flagged },
        ...{ verdictMs: latencyOf(verdicts), alertMs: latencyOf(alerts) },
      });
    }
    return { since: new Date(this.since).toISOString(), minutes };
  }

  private hear({ type, data, recordedAt }: Recorded<LedgerEvent>): void {
    const at = Date.parse(recordedAt);
    switch (type) {
      case 'RecordingViewed':
        // One that is reported late says nothing of how fast this system is.
        if (data.source === 'mediated') this.viewed.set(data.viewId, at);
        return;
      case 'ViewCleared':
      case 'ViewFlagged': {
        const minute = this.minute(at);
        minute[type === 'ViewCleared' ? 'cleared' : 'flagged'] += 1;
        add(minute.verdicts, this.viewed.get(data.viewId), at);
        return;
      }
      case 'BreachFlagged':
        add(this.minute(at).alerts, this.viewed.get(data.breachId), at);
        return;
      default:
        return;
    }
  }

  private minute(at: number): Counted {
    const key = minuteOf(at);
    const known = this.minutes.get(key);
    if (known) return known;
    const counted = nothingCounted();
    this.minutes.set(key, counted);
    for (const old of this.minutes.keys()) if (old <= key - MINUTES_KEPT * MINUTE_MS) this.minutes.delete(old);
    return counted;
  }
}

const minuteOf = (at: number): number => Math.floor(at / MINUTE_MS) * MINUTE_MS;

const nothingCounted = (): Counted => ({
  ...{ cleared: 0, flagged: 0 },
  verdicts: { count: 0, total: 0, slowest: 0 },
  alerts: { count: 0, total: 0, slowest: 0 },
});

const add = (sum: Sum, from: number | undefined, to: number): void => {
  if (from === undefined) return;
  const ms = Math.max(0, to - from);
  sum.count += 1;
  sum.total += ms;
  sum.slowest = Math.max(sum.slowest, ms);
};

const latencyOf = ({ count, total, slowest }: Sum): Latency | null =>
  count === 0 ? null : { mean: Math.round(total / count), slowest };
