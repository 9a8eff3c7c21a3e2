import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { Changes } from '../../flow/changes.ts';
import { ValidationFailed } from '../../http/problems.ts';
import { NoSuchPosition } from '../../ledger/errors.ts';
import { Ledger } from '../../ledger/ledger.ts';
import { type FeedLine, isInFeed, lineOf, unreadLine } from './ocsf.ts';

/** Up to where the log was looked at, and what of it is told. */
export type FeedPage = { readonly lines: readonly FeedLine[]; readonly position: bigint };

/** Of the log in one read; it holds events of other products, too. */
const READ_AT_ONCE = 500;
/** An answer that finds nothing says how far it looked, so that the next begins there. */
const MOST_READ = 20_000;
/** So many callers wait at once on an instance; more are answered at once. */
const MOST_WAITING = 100;

/**
 * The log as a feed, read anew for each caller and each page: nothing is kept for a caller but the request that is under way. A caller that waits
 * hears by the instance's own subscription that there is something, and reads it from the log.
 */
@Injectable()
export class Feed implements BeforeApplicationShutdown {
  private readonly changes = new Changes();
  private waiting = 0;
  private stopped = false;
  /** Of the newest event that the instance heard of and that is in the feed. */
  private heard = -1n;

  constructor(private readonly ledger: Ledger) {
    ledger.feed.listen((event) => {
      if (isInFeed(event)) this.hear(event.position);
    });
    ledger.feed.onUnreadable((_, { at }) => this.hear(at.commit));
  }

  /** How many callers wait at this moment. */
  get callersWaiting(): number {
    return this.waiting;
  }

  /** Callers that wait are answered before the server closes. */
  beforeApplicationShutdown(): void {
    this.stopped = true;
    this.changes.announce();
  }

  /** The position of the newest event of the ledger. @throws LedgerUnavailable */
  async newest(): Promise<bigint> {
    return (await this.ledger.store.newestOfLedger()) ?? -1n;
  }

  /**
   * The lines after a position, oldest first. Where there are none, it waits for one, as long as the caller does.
   * @param after undefined: from the first event
   * @param hangUp aborted when the caller has gone
   * @throws ValidationFailed for a position that this log does not have, LedgerUnavailable
   */
  async after(
    after: bigint | undefined,
    { limit, waitMs, hangUp }: { readonly limit: number; readonly waitMs: number; readonly hangUp: AbortSignal },
  ): Promise<FeedPage> {
    const until = performance.now() + waitMs;
    let page = await this.read(after, limit);
    if (page.position === after && page.isEnd && after > (await this.end())) throw invalid('is after the newest event');
    while (page.lines.length === 0) {
      const { position, isEnd } = page;
      if (isEnd && !(await this.hears(position, until - performance.now(), hangUp))) break;
      if (!isEnd && performance.now() >= until) break;
      page = await this.read(position < 0n ? undefined : position, limit);
      if (page.position === position) break;
    }
    return page;
  }

  private async end(): Promise<bigint> {
    const last = await this.ledger.store.lastPosition();
    return last === 'start' ? -1n : last.commit;
  }

  private async read(after: bigint | undefined, limit: number): Promise<FeedPage & { readonly isEnd: boolean }> {
    const lines: FeedLine[] = [];
    let position = after ?? -1n;
    for (let read = 0; read < MOST_READ; ) {
      const page = await this.pageAfter(position < 0n ? undefined : position);
      for (const { at, event } of page) {
        const line =
          event === undefined
            ? undefined
            : 'unreadable' in event
              ? unreadLine({ ...event, position: at })
              : lineOf(event);
        if (line) lines.push(line);
        position = at;
        if (lines.length === limit) return { lines, position, isEnd: false };
      }
      if (page.length === 0) return { lines, position, isEnd: true };
      read += page.length;
    }
    return { lines, position, isEnd: false };
  }

  private async pageAfter(position: bigint | undefined) {
    try {
      return await this.ledger.store.afterInAll(position, READ_AT_ONCE);
    } catch (error) {
      throw error instanceof NoSuchPosition ? invalid('is no position of this ledger') : error;
    }
  }

  private hear(position: bigint): void {
    if (position > this.heard) this.heard = position;
    this.changes.announce();
  }

  /** @returns whether there is something to read */
  private async hears(position: bigint, limitMs: number, hangUp: AbortSignal): Promise<boolean> {
    if (limitMs <= 0 || this.waiting >= MOST_WAITING) return false;
    const look = () => this.changes.announce();
    this.waiting += 1;
    hangUp.addEventListener('abort', look);
    try {
      const isOver = () => this.stopped || hangUp.aborted;
      await this.changes.until(() => isOver() || this.heard > position, limitMs);
      return !isOver() && this.heard > position;
    } finally {
      this.waiting -= 1;
      hangUp.removeEventListener('abort', look);
    }
  }
}

const invalid = (message: string) => new ValidationFailed([{ path: 'after', message }]);
