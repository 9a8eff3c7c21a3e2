import type { Position } from '@eventstore/db-client';
import type { DomainEvent, Recorded } from '../../../events/event.ts';
import type { Projection } from '../../../projections/projection.ts';
import { Pauses } from '../../flow/back-off.ts';
import { Changes } from '../../flow/changes.ts';
import { type Page, pageOf } from '../../flow/page.ts';
import { type CatchUpReport, CatchUpSubscription } from '../catch-up.ts';
import { LedgerUnavailable } from '../errors.ts';
import type { EventStore } from '../event-store.ts';
import { ViewIncomplete } from './errors.ts';
import { MemoryViews } from './memory-views.ts';
import { type Gap, type Row, type ViewStore, ViewsShared, ViewsUnusable } from './view-store.ts';

/** What a read model tells about itself; the reporter must not throw. */
export type ReadModelReport =
  | { kind: 'building'; why: string }
  | { kind: 'progress'; eventsRead: bigint; of: bigint; perSecond: number; takenIn: number }
  | { kind: 'current'; views: number; afterMs: number }
  | { kind: 'lost'; why: string }
  | { kind: 'incomplete'; stream: string; revision: number; why: string }
  | { kind: 'unusable'; why: string }
  | { kind: 'listener-failed'; error: unknown };

/** A view after an event. A listener that wants to know the difference compares it with the one before. */
export type ViewChange<View, E extends DomainEvent> = {
  readonly key: string;
  readonly before: View | undefined;
  readonly after: View;
  readonly event: Recorded<E>;
};

export type Placed<View> = { readonly key: string; readonly place: number; readonly view: View };

type Taken<E extends DomainEvent> =
  | { readonly event: Recorded<E>; readonly at: Position; readonly isNew: boolean }
  | { readonly gap: Gap };

/** So many events are folded and written together at most; the subscription waits for them. */
const BATCH = 1_000;
const BUILD_PAUSE_MS = 100;
/** How often the checkpoint follows events that are none of the model's, and how far a build is told. */
const CHECKPOINT_EVERY_MS = 1_000;
const PROGRESS_EVERY_MS = 3_000;
const PAUSES = { firstMs: 50, longestMs: 2_000 };

/**
 * The views of one projection, kept current by a catch-up subscription from the checkpoint that is kept with them.
 *
 *   opening ─▶ building (from the first event) ─▶ current ──lost──▶ catching up ─▶ current …
 *           └▶ catching up (from the checkpoint) ─┘
 */
export class ReadModel<View, E extends DomainEvent> {
  private views: ViewStore = new MemoryViews();
  private subscription: CatchUpSubscription | undefined;
  private state: 'building' | 'catching-up' | 'current' | 'stopped' = 'catching-up';
  /** Up to where the listeners know the log; undefined until the model was current once. */
  private told: bigint | undefined;
  private taken: Taken<E>[] = [];
  private writing: Promise<void> | undefined;
  /** Of the newest event that was taken: what comes at or before it was delivered before. */
  private newest = -1n;
  /** Met before the first event, so that there was no checkpoint to write them with. */
  private unwrittenGaps: Gap[] = [];
  private givingUp = false;
  /** Writes the events taken so far, without waiting. */
  private full: () => void = () => {};
  /** From where an anchor was looked for last. */
  private lookedBefore = -1n;
  private takenIn = 0;
  private running: Promise<void> = Promise.resolve();
  private timers: NodeJS.Timeout[] = [];
  private readonly listeners = new Set<(change: ViewChange<View, E>) => void>();
  private readonly changes = new Changes();

  /** @param kept where the views were left; `open` throws `ViewsUnusable` */
  constructor(
    private readonly store: EventStore,
    readonly projection: Projection<View, E>,
    private readonly kept: { readonly open: () => Promise<ViewStore>; readonly discard: () => void },
    private readonly report: (event: ReadModelReport) => void,
  ) {}

  /** Keeps trying until `stop`. */
  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.state = 'stopped';
    this.changes.announce();
    await this.running;
    await this.halt();
    await this.views.close();
  }

  /** Forgets all views and builds them again, from the first event. */
  async rebuild(why = 'it was asked for'): Promise<void> {
    if (this.stopped) return;
    await this.halt();
    await this.build(why);
  }

  /** Whether everything committed so far is in the views, or will be in a moment. */
  get isCurrent(): boolean {
    return this.state === 'current';
  }

  get isBuilding(): boolean {
    return this.state === 'building';
  }

  /** Streams of which an event could not be read. */
  get gaps(): readonly Gap[] {
    return [...this.views.gaps, ...this.unwrittenGaps];
  }

  /** Up to where the log is in the views. */
  get position(): bigint {
    return this.subscription?.position?.commit ?? this.views.checkpoint?.commit ?? -1n;
  }

  /** How many events are still to be taken in; while it is not current, positions of the log. */
  async lag(): Promise<number> {
    if (this.isCurrent) return this.taken.length;
    const end = await this.store.lastPosition();
    return end === 'start' ? 0 : Math.max(0, Number(end.commit - this.position));
  }

  /**
   * One view.
   * @throws LedgerUnavailable while the model is not current; ViewIncomplete
   */
  get(key: string): View | undefined {
    this.assertCurrent();
    this.assertComplete(key);
    return this.reading(() => this.views.get(key)?.view as View | undefined);
  }

  /**
   * A page of views, newest first, below a place. Views that lack an event are among them: one that is left out would not be missed.
   * @throws LedgerUnavailable while the model is not current: half a list would look like all of it
   */
  page({
    shelf,
    before = Number.MAX_SAFE_INTEGER,
    limit,
  }: {
    shelf?: string;
    before?: number;
    limit: number;
  }): Page<Placed<View>, number> {
    this.assertCurrent();
    return this.reading(() => {
      const found: Placed<View>[] = [];
      for (const [key, { place, view }] of this.views.rows(shelf, before)) {
        found.push({ key, place, view: view as View });
        if (found.length > limit) break;
      }
      return pageOf(found, limit, ({ place }) => place);
    });
  }

  /** How many views are on a shelf. @throws LedgerUnavailable while the model is not current */
  count(shelf: string): number {
    this.assertCurrent();
    return this.reading(() => this.views.count(shelf));
  }

  /** @throws ViewIncomplete for the id of a stream with an event that could not be read */
  assertComplete(key: string): void {
    const streams = new Set(this.projection.categories.map((category) => category.of(key) as string));
    const gap = this.gaps.find(({ stream }) => streams.has(stream));
    if (gap) throw new ViewIncomplete(gap.stream);
  }

  /** Waits until a view shows its stream's revision, so that the caller who changed it finds it changed. */
  untilShown(key: string, revision: number, limitMs: number): Promise<boolean> {
    return this.until(() => this.reading(() => this.views.get(key)?.revision ?? -1) >= revision, limitMs);
  }

  /** Waits until the model is current. */
  current(limitMs: number): Promise<boolean> {
    return this.until(() => this.isCurrent, limitMs);
  }

  /** Calls the listener for every change once the model was current, so that a restart tells nothing that is long known. */
  listen(listener: (change: ViewChange<View, E>) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private get stopped(): boolean {
    return this.state === 'stopped';
  }

  private assertCurrent(): void {
    if (!this.isCurrent) throw new LedgerUnavailable(`${this.projection.name} is still being read`);
  }

  /** Views that turn out to be damaged are no answer; they are built again. */
  private reading<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ViewsUnusable)) throw error;
      void this.giveUp(error);
      throw new LedgerUnavailable(`${this.projection.name} is being built again`, { cause: error });
    }
  }

  /** Opens the views, finds out whether their checkpoint is one of this store, and continues from there. */
  private async run(): Promise<void> {
    try {
      this.views = await this.kept.open();
    } catch (error) {
      this.report({ kind: 'unusable', why: reason(error) });
    }
    const pauses = new Pauses(PAUSES);
    while (!this.stopped)
      try {
        const why = await this.whyNotFromCheckpoint();
        if (this.stopped) return;
        if (why === undefined) this.follow();
        else await this.build(why);
        return;
      } catch (error) {
        if (!(error instanceof LedgerUnavailable)) throw error;
        await this.changes.until(() => this.stopped, pauses.next());
      }
  }

  private async whyNotFromCheckpoint(): Promise<string | undefined> {
    const { checkpoint, gaps } = this.views;
    if (checkpoint === undefined) return 'nothing is kept of it';
    if (!(await this.store.holds(checkpoint)))
      return `its kept views are of another store, or of events that this one has no more`;
    for (const gap of gaps)
      if (await this.store.canRead(gap)) return `revision ${gap.revision} of ${gap.stream} can be read now`;
    return undefined;
  }

  private async build(why: string): Promise<void> {
    this.state = 'building';
    this.unwrittenGaps = [];
    this.report({ kind: 'building', why });
    try {
      await this.views.clear();
    } catch (error) {
      await this.toMemory(error);
    }
    this.follow();
  }

  private follow(): void {
    if (this.stopped) return;
    const { checkpoint } = this.views;
    const begun = performance.now();
    this.newest = checkpoint?.commit ?? -1n;
    this.takenIn = 0;
    const subscription = new CatchUpSubscription(
      this.store,
      { categories: this.projection.categories, from: checkpoint ?? 'start' },
      (event, at) => {
        for (const category of this.projection.categories) if (category.includes(event)) return this.take(event, at);
        return undefined;
      },
      (event) => void this.hear(event, subscription, begun),
    );
    this.subscription = subscription;
    this.timers.push(setInterval(() => void this.moveCheckpoint(subscription), CHECKPOINT_EVERY_MS).unref());
    if (this.isBuilding) this.timers.push(this.reportProgress(subscription));
    subscription.start();
  }

  private async halt(): Promise<void> {
    for (const timer of this.timers.splice(0)) clearTimeout(timer);
    const { subscription } = this;
    await subscription?.stop();
    await this.writing;
    if (subscription && this.stopped) await this.moveCheckpoint(subscription);
    this.subscription = undefined;
    this.taken = [];
  }

  private async hear(event: CatchUpReport, from: CatchUpSubscription, begun: number): Promise<void> {
    if (this.subscription !== from || this.stopped) return;
    if (event.kind === 'unreadable') {
      const { stream, revision } = event;
      if (this.gaps.some((gap) => gap.stream === stream && gap.revision === revision)) return;
      this.report({ ...event, kind: 'incomplete' });
      this.taken.push({ gap: { stream, revision } });
      this.writing ??= this.writeAll();
      return;
    }
    if (event.kind === 'lost') {
      if (this.isCurrent) this.state = 'catching-up';
      this.report(event);
      return;
    }
    // Delivered is not yet written.
    await this.writing;
    if (this.subscription !== from || this.stopped || !from.live) return;
    this.state = 'current';
    this.told ??= this.newest;
    this.report({ kind: 'current', views: this.views.size, afterMs: performance.now() - begun });
    this.changes.announce();
  }

  /** The one place where events delivered before are dropped. */
  private take(event: Recorded<E>, at: Position): void | Promise<void> {
    const { position } = event;
    if (position <= this.newest) return;
    this.newest = position;
    this.takenIn += 1;
    const isNew = this.told !== undefined && position > this.told;
    if (isNew) this.told = position;
    this.taken.push({ event, at, isNew });
    this.writing ??= this.writeAll();
    if (this.taken.length < BATCH) return;
    this.full();
    return this.writing;
  }

  private async writeAll(): Promise<void> {
    // Events delivered in one go are written in one go; a build is in no hurry, and each write waits for the disk.
    await new Promise<void>((resolve) => {
      this.full = resolve;
      if (this.isBuilding) setTimeout(resolve, BUILD_PAUSE_MS);
      else setImmediate(resolve);
    });
    try {
      while (this.taken.length > 0) {
        const taken = this.taken;
        this.taken = [];
        await this.write(taken);
      }
    } catch (error) {
      if (!(error instanceof ViewsUnusable)) throw error;
      void this.giveUp(error);
    } finally {
      this.writing = undefined;
    }
  }

  private async write(taken: readonly Taken<E>[]): Promise<void> {
    const rows = new Map<string, Row>();
    const gaps = this.unwrittenGaps;
    this.unwrittenGaps = [];
    const changes: ViewChange<View, E>[] = [];
    let checkpoint = this.views.checkpoint;
    let next = this.views.size;
    for (const one of taken) {
      if ('gap' in one) {
        gaps.push(one.gap);
        continue;
      }
      const { event, at, isNew } = one;
      for (const key of this.projection.keysOf(event)) {
        const row = rows.get(key) ?? this.views.get(key);
        const before = row?.view as View | undefined;
        const after = this.projection.evolve(before, event, key);
        if (after === undefined) continue;
        const place = row?.place ?? next++;
        rows.set(key, { place, shelf: this.projection.shelfOf(after), revision: event.revision, view: after });
        if (isNew && after !== before) changes.push({ key, before, after, event });
      }
      const { stream, revision, id } = event;
      checkpoint = { stream, revision, id, commit: at.commit, prepare: at.prepare };
    }
    if (checkpoint) await this.views.write({ rows, gaps, checkpoint });
    else this.unwrittenGaps = gaps;
    for (const change of changes) this.announce(change);
    this.changes.announce();
  }

  private announce(change: ViewChange<View, E>): void {
    for (const listener of this.listeners)
      try {
        listener(change);
      } catch (error) {
        this.report({ kind: 'listener-failed', error });
      }
  }

  /** Past events that are none of the model's: a start must not read them again. */
  private async moveCheckpoint(subscription: CatchUpSubscription): Promise<void> {
    const { position } = subscription;
    const { checkpoint } = this.views;
    if (!position || position.commit <= (checkpoint?.commit ?? -1n) || position.commit === this.lookedBefore) return;
    if (this.writing) return;
    this.lookedBefore = position.commit;
    this.writing = this.moveTo(position).finally(() => {
      this.writing = undefined;
      // Taken meanwhile.
      if (this.taken.length > 0) this.writing = this.writeAll();
    });
    await this.writing;
  }

  private async moveTo(position: Position): Promise<void> {
    try {
      const anchor = await this.store.anchorBefore(position);
      if (anchor && anchor.commit > (this.views.checkpoint?.commit ?? -1n))
        await this.views.write({ rows: new Map(), gaps: this.unwrittenGaps.splice(0), checkpoint: anchor });
    } catch (error) {
      if (error instanceof ViewsUnusable) void this.giveUp(error);
      else if (!(error instanceof LedgerUnavailable)) throw error;
    }
  }

  /** A file that fails is of no more use to this process: it builds the views in memory, and the next start makes another file. */
  private async giveUp(error: ViewsUnusable): Promise<void> {
    if (this.stopped || this.givingUp) return;
    this.givingUp = true;
    this.state = 'building';
    await this.halt();
    await this.toMemory(error);
    await this.build(error.message);
    this.givingUp = false;
  }

  private async toMemory(error: unknown): Promise<void> {
    this.report({ kind: 'unusable', why: reason(error) });
    const given = this.views;
    this.views = new MemoryViews();
    await given.close().catch(() => undefined);
    if (!(error instanceof ViewsShared)) this.kept.discard();
  }

  private reportProgress(subscription: CatchUpSubscription): NodeJS.Timeout {
    let [last, lastAt] = [0n, performance.now()];
    const report = async () => {
      const end = await this.store.lastPosition().catch(() => undefined);
      if (!this.isBuilding || end === undefined || end === 'start') return;
      const eventsRead = subscription.position?.commit ?? 0n;
      const now = performance.now();
      const perSecond = Math.round((Number(eventsRead - last) / (now - lastAt)) * 1_000);
      [last, lastAt] = [eventsRead, now];
      this.report({ kind: 'progress', eventsRead, of: end.commit, perSecond, takenIn: this.takenIn });
    };
    return setInterval(() => void report(), PROGRESS_EVERY_MS).unref();
  }

  /** @returns false also where the model was stopped meanwhile */
  private async until(holds: () => boolean, limitMs: number): Promise<boolean> {
    return (await this.changes.until(() => this.stopped || holds(), limitMs)) && !this.stopped;
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
