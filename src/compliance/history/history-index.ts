import { categories } from '../../../events/categories.ts';
import { Pauses } from '../../flow/back-off.ts';
import { Changes } from '../../flow/changes.ts';
import { type CatchUpReport, CatchUpSubscription, type Position } from '../../ledger/catch-up.ts';
import type { EventStore } from '../../ledger/event-store.ts';
import type { LiveFeed } from '../../ledger/live-feed.ts';
import { BATCH, Drafting, type Taken } from './drafting.ts';
import { HistoryHindered, HistoryUnavailable, HistoryUnusable } from './errors.ts';
import { HistoryFile } from './history-file.ts';

/** What the index tells about itself; the reporter must not throw. */
export type HistoryReport =
  | { kind: 'building'; why: string }
  | { kind: 'progress'; position: bigint; of: bigint; rows: number; rowsPerSecond: number }
  | { kind: 'current'; rows: number; afterMs: number }
  | { kind: 'lost'; why: string }
  | { kind: 'unusable'; why: string }
  | { kind: 'unreadable'; stream: string; revision: number; why: string };

/** So many are read ahead of the writes: a write that is also a checkpoint of DuckDB's takes as long as some others. */
const READ_AHEAD = 4 * BATCH;
/** How long events wait for others to be written with, unless a question waits for them: each write waits for the disk, as views do. */
const LIVE_PAUSE_MS = 500;
const PROGRESS_EVERY_MS = 3_000;
const PAUSES = { firstMs: 200, longestMs: 10_000 };
/** The live feed waits for no listener: what it delivered faster than this can be written is read again from the store. */
const MOST_WAITING = 50_000;

type Followed = { readonly taken: Taken; readonly at: Position };

/**
 * The access history in a file, kept current with the log.
 *
 *   opening ─▶ catching up by a subscription of its own ─▶ handing over ─▶ current, by the instance's live feed
 *      ▲                        ▲                                             │
 *      └──the file failed───────┴──────────too far behind─────────────────────┘
 *
 * Once current it takes what the live feed delivers to the instance anyhow: events are decoded once.
 */
export class HistoryIndex {
  private file: HistoryFile | undefined;
  private drafting: Drafting | undefined;
  private state: 'opening' | 'building' | 'catching-up' | 'current' | 'stopped' = 'opening';
  private subscription: CatchUpSubscription | undefined;
  private leaveFeed: () => void = () => {};
  /** Ends `follow`. */
  private end: (error?: Error) => void = () => {};
  private writing: Promise<void> | undefined;
  /** Whether the events that wait are written without waiting for more. */
  private hurried = false;
  /** How many callers wait for events to be written, also for those that are still on their way here. */
  private asked = 0;
  /** Ends the wait for more. */
  private goOn: () => void = () => {};
  /** Of the newest event that was taken: what comes at or before it was delivered before. */
  private newest = -1n;
  private readonly pauses = new Pauses(PAUSES);
  private readonly changes = new Changes();
  private running: Promise<void> = Promise.resolve();
  private failure: Error | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly feed: LiveFeed,
    private readonly options: { readonly dir: string; readonly memoryMb: number },
    private readonly report: (what: HistoryReport) => void,
  ) {}

  /** Keeps trying until `stop`. */
  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.state = 'stopped';
    this.end();
    this.changes.announce();
    await this.running;
  }

  get isBuilding(): boolean {
    return this.state === 'building';
  }

  /** Whether everything committed so far is in the index, or will be in a moment. */
  get isCurrent(): boolean {
    return this.state === 'current';
  }

  /** How many rows there are. */
  get rows(): number {
    return this.file?.rows ?? 0;
  }

  /** Up to where the log is in the index. */
  get position(): bigint {
    const written = this.file?.checkpoint?.commit ?? -1n;
    if (this.waiting > 0 || this.writing || !this.isCurrent) return written;
    const followed = this.subscription ? this.subscription.position?.commit : this.feed.position;
    return followed !== undefined && followed > written ? followed : written;
  }

  /** Why nothing can be asked now, as callers may be told; undefined while all is well. */
  get why(): string | undefined {
    if (!this.failure) return undefined;
    return this.failure instanceof HistoryHindered ? this.failure.message : 'the index cannot be used now';
  }

  /**
   * The index, to ask questions of.
   * @throws HistoryUnavailable
   */
  opened(): HistoryFile {
    if (!this.file) throw new HistoryUnavailable(this.why ?? 'the index is being opened');
    return this.file;
  }

  /** Waits until every event up to a position is in the index. */
  async until(position: bigint, limitMs: number): Promise<boolean> {
    const shows = () => this.position >= position;
    this.asked += 1;
    try {
      this.hurry();
      return (await this.changes.until(() => this.stopped || shows(), limitMs)) && !this.stopped;
    } finally {
      this.asked -= 1;
    }
  }

  /** Waits until the index was current. */
  async current(limitMs: number): Promise<boolean> {
    return (await this.changes.until(() => this.stopped || this.isCurrent, limitMs)) && !this.stopped;
  }

  /** How many events wait to be written. */
  private get waiting(): number {
    return this.drafting?.waiting ?? 0;
  }

  private get stopped(): boolean {
    return this.state === 'stopped';
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.open();
        if (!this.stopped) await this.follow();
      } catch (error) {
        this.failure = error instanceof Error ? error : new Error(String(error));
        this.report({ kind: 'unusable', why: this.failure.message });
      }
      await this.close();
      if (!this.stopped) await this.changes.until(() => this.stopped, this.pauses.next());
    }
  }

  private async open(): Promise<void> {
    const { dir, memoryMb } = this.options;
    const open = () => HistoryFile.open(dir, { memoryMb });
    let file: HistoryFile;
    try {
      file = await open();
    } catch (error) {
      if (error instanceof HistoryHindered || !(error instanceof HistoryUnusable)) throw error;
      this.report({ kind: 'building', why: error.message });
      HistoryFile.discard(dir);
      file = await open();
    }
    try {
      const why = await this.whyNotFromCheckpoint(file);
      if (why !== undefined) {
        this.report({ kind: 'building', why });
        await file.close();
        HistoryFile.discard(dir);
        file = await open();
      }
      this.drafting = await Drafting.after(file);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.file = file;
    // Told to stop while it was being opened.
    if (!this.stopped) this.state = file.checkpoint ? 'catching-up' : 'building';
    this.newest = file.checkpoint?.commit ?? -1n;
  }

  /** Why the index cannot be continued, but must be built from the first event. */
  private async whyNotFromCheckpoint(file: HistoryFile): Promise<string | undefined> {
    if (file.checkpoint === undefined) return undefined;
    if (!(await this.store.holds(file.checkpoint)))
      return 'it is of another store, or of later events than this one has';
    const [unread] = await file.read<{ stream: string; revision: number }>(
      `SELECT "stream", "revision" FROM history WHERE "kind" = 'unreadable' ORDER BY "n" LIMIT 1`,
    );
    if (unread && (await this.store.canRead(unread))) return 'this release can read what an earlier one could not';
    return undefined;
  }

  /** Until it is stopped, or fails. */
  private async follow(): Promise<void> {
    const begun = performance.now();
    const ended = new Promise<void>((resolve, reject) => {
      this.end = (error) => (error === undefined ? resolve() : reject(error));
    });
    if (this.stopped) this.end();
    const progress = this.tellProgress();
    try {
      this.catchUp(begun);
      await ended;
    } finally {
      clearInterval(progress);
      this.leaveFeed();
      await this.subscription?.stop();
      this.subscription = undefined;
      this.hurry();
      await this.writing?.catch(() => undefined);
    }
  }

  private catchUp(begun: number): void {
    const from = this.file?.checkpoint ?? 'start';
    /** What the live feed delivered while the subscription was still on its way there. */
    const fed: Followed[] = [];
    const handOver = () => {
      const [first] = fed;
      // What lies before the first that the feed delivered is known only once the subscription has delivered that one, too.
      if (!first || !this.subscription || this.newest < first.at.commit) return;
      const { subscription } = this;
      this.subscription = undefined;
      void subscription.stop();
      for (const followed of fed.splice(0)) void this.take(followed);
    };
    const takeFed = (followed: Followed) => {
      if (this.waiting + fed.length >= MOST_WAITING) this.end(new Error('it cannot keep up with the live feed'));
      else if (this.subscription) {
        fed.push(followed);
        handOver();
      } else void this.take(followed);
    };
    const joinFeed = () => {
      const leave = [
        this.feed.listen((event, at) => takeFed({ taken: event, at })),
        this.feed.onUnreadable((_, event) => takeFed({ taken: { ...event, unreadable: true }, at: event.at })),
      ];
      this.leaveFeed = () => {
        for (const one of leave) one();
      };
    };
    const hear = async (what: CatchUpReport) => {
      if (this.subscription !== subscription) return;
      if (what.kind === 'unreadable') {
        void this.take({ taken: { ...what, unreadable: true }, at: what.at });
        handOver();
      } else if (what.kind === 'lost') this.report(what);
      else {
        // Delivered is not yet written.
        this.hurry();
        await this.writing;
        if (this.subscription !== subscription || this.isCurrent || this.stopped) return;
        this.state = 'current';
        this.failure = undefined;
        this.pauses.reset();
        this.report({ kind: 'current', rows: this.rows, afterMs: performance.now() - begun });
        joinFeed();
        this.changes.announce();
      }
    };
    const subscription = new CatchUpSubscription(
      this.store,
      { categories, from },
      (event, at) => {
        const written = this.take({ taken: event, at });
        handOver();
        return written;
      },
      (what) => void hear(what),
    );
    this.subscription = subscription;
    subscription.start();
  }

  /** The one place where events delivered before are dropped. */
  private take(followed: Followed): void | Promise<void> {
    const { drafting } = this;
    if (!drafting || followed.at.commit <= this.newest) return;
    this.newest = followed.at.commit;
    const { taken } = followed;
    if ('unreadable' in taken) this.report({ ...taken, kind: 'unreadable', why: 'this release cannot read it' });
    try {
      drafting.take(taken, followed.at);
    } catch (error) {
      this.drafting = undefined;
      this.end(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.writing ??= this.writeAll();
    if (this.waiting < BATCH && this.asked === 0) return;
    this.hurry();
    if (this.waiting < READ_AHEAD) return;
    return this.room();
  }

  private async room(): Promise<void> {
    await this.changes.until(() => this.stopped || this.waiting < READ_AHEAD, Number.POSITIVE_INFINITY);
  }

  /** The next batch is made ready while the one before it is written. */
  private async writeAll(): Promise<void> {
    const [file, drafting] = [this.file as HistoryFile, this.drafting as Drafting];
    let written: Promise<void> = Promise.resolve();
    try {
      while (this.waiting > 0) {
        // Before each batch: what comes while one is written would else be many small ones, each of which costs as much as a large one.
        await this.companions();
        const drafted = drafting.batch(written);
        // There is room for more.
        this.changes.announce();
        const batch = await drafted;
        await written;
        written = file.write(batch).then(() => this.changes.announce());
        // Its failure is met where it is waited for.
        written.catch(() => undefined);
        if (this.waiting === 0) await written;
      }
    } catch (error) {
      // The events are read again, from the checkpoint on: no batch is written behind one that failed.
      this.drafting = undefined;
      this.end(error instanceof Error ? error : new Error(String(error)));
    } finally {
      // The file is closed after this: nothing may still be written then.
      await written.catch(() => undefined);
      this.writing = undefined;
      this.changes.announce();
    }
  }

  /** Waits for events to be written together with those that wait, unless they are many or a caller waits. */
  private async companions(): Promise<void> {
    if (!this.hurried)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LIVE_PAUSE_MS);
        this.goOn = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    if (this.waiting <= BATCH) this.hurried = false;
  }

  private hurry(): void {
    this.hurried = this.waiting > 0;
    this.goOn();
  }

  private async close(): Promise<void> {
    if (!this.stopped) this.state = 'opening';
    const { file } = this;
    this.file = undefined;
    this.drafting = undefined;
    await file?.close().catch(() => undefined);
  }

  private tellProgress(): NodeJS.Timeout {
    let [rowsBefore, before] = [this.rows, performance.now()];
    const tell = async () => {
      const end = await this.store.lastPosition().catch(() => undefined);
      if (!this.isBuilding || end === undefined || end === 'start') return;
      const now = performance.now();
      const { position, rows } = this;
      const rowsPerSecond = Math.round(((rows - rowsBefore) / (now - before)) * 1_000);
      [rowsBefore, before] = [rows, now];
      this.report({ kind: 'progress', position, of: end.commit, rows, rowsPerSecond });
    };
    return setInterval(() => void tell(), PROGRESS_EVERY_MS).unref();
  }
}
