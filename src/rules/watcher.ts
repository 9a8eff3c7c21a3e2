import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import {
  anomalyStreams,
  breachStreams,
  type LedgerEvent,
  patientStreams,
  personStreams,
  rulesStream,
  viewerStreams,
} from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import { UnreadableEvent } from '../../events/gate.ts';
import { pack } from '../../projections/rules/pack.ts';
import {
  type Facts,
  neededFor,
  nothingWatched,
  type Pending,
  takeIn,
  type WatchState,
} from '../../projections/rules/watch.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { Pauses } from '../flow/back-off.ts';
import { Changes } from '../flow/changes.ts';
import { areKeysAway, EventSeals } from '../keys/event-seals.ts';
import { CatchUpSubscription, type Position } from '../ledger/catch-up.ts';
import { LedgerUnavailable, WrongExpectedRevision } from '../ledger/errors.ts';
import { eventIdFor } from '../ledger/event-id.ts';
import type { Anchor } from '../ledger/event-store.ts';
import { causedBy, Ledger } from '../ledger/ledger.ts';
import { HealthRegistry } from '../telemetry/health.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { WATCH } from './anomaly-watch.ts';
import { RulesUnavailable } from './errors.ts';
import { KeptWatchFile } from './kept-watch.ts';
import { KnownFacts, openedBy } from './known-facts.ts';

const CATEGORIES = [
  ...[patientStreams, viewerStreams, breachStreams, personStreams, rulesStream, anomalyStreams],
] as const;

/** Events that arrived and are not judged yet. Beyond that this instance reads them from the log instead. */
const MOST_AHEAD = 10_000;
const RECORDED_AT_ONCE = 32;
const PAUSES = { firstMs: 50, longestMs: 5_000 };
const KEEP_EVERY_MS = 600_000;
/** A file is worth while that saves the reading of so many events. */
const KEEP_AFTER_EVENTS = 1_000;

const watching = { pack, idOf: (key: string) => eventIdFor('anomaly', key) };

type Ahead = { readonly event: Recorded<LedgerEvent>; readonly at: Position };

/**
 * Follows the log with every rule, apart from whatever a request waits for, and puts on record each thing that a rule fires on.
 *
 *   reading the log ──all of it taken in──▶ live, on the instance's feed ──too far behind──▶ reading the log …
 *
 * Every instance finds the same under the same ids, and the first to append a finding has recorded it: no instance has to be chosen, and what one
 * that died did not record, another does. What the rules know is kept in a file, and without it folded from the log.
 */
@Injectable()
export class Watcher implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Rules');
  private readonly file: KeptWatchFile;
  private readonly isOn: boolean;
  private readonly facts: KnownFacts;
  private readonly changes = new Changes();
  private state: WatchState = nothingWatched();
  private phase: 'idle' | 'reading' | 'live' | 'stopped' = 'idle';
  private anchor: Anchor | undefined;
  private subscription: CatchUpSubscription | undefined;
  /** Of the feed, and not taken in; while the log is read, the latest of them. */
  private ahead: Ahead[] = [];
  /** The newest event of the feed that is in `ahead` no more: the log has it. */
  private leftOut = -1n;
  private beginning: Promise<void> = Promise.resolve();
  private working: Promise<void> | undefined;
  /** The event that the subscription delivered last, until it is taken in. */
  private inHand: Promise<void> | undefined;
  private recording: Promise<void> | undefined;
  private takenIn = 0;
  private keeping: NodeJS.Timeout | undefined;
  private keepWanted = false;
  private unlisten = () => {};

  constructor(
    private readonly ledger: Ledger,
    private readonly metrics: Metrics,
    health: HealthRegistry,
    seals: EventSeals,
    @Inject(CONFIG) { dataDir, rules: { areFollowed } }: Config,
  ) {
    this.isOn = areFollowed;
    // Rules of another release, or set otherwise at first, would have found something else.
    const release = createHash('sha256').update(JSON.stringify(pack)).digest('hex');
    this.file = new KeptWatchFile(join(dataDir, 'rules', 'watch'), release);
    this.facts = new KnownFacts({
      patient: (patientId, from) => ledger.store.read(patientStreams.of(patientId), from),
      person: (personId) => ledger.store.read(personStreams.of(personId)),
      opened: openedBy(seals),
    });
    // Late rules keep no view from being served.
    if (this.isOn) health.register('rules', () => (this.isCurrent ? undefined : 'behind'));
  }

  onApplicationBootstrap(): void {
    if (!this.isOn) return;
    this.unlisten = this.ledger.feed.listen((event, at) => this.arrived({ event, at }));
    this.phase = 'reading';
    this.beginning = this.begin();
    this.keeping = setInterval(() => {
      this.keepWanted = true;
      this.work();
    }, KEEP_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.phase = 'stopped';
    this.unlisten();
    clearInterval(this.keeping);
    this.changes.announce();
    await this.beginning;
    await this.subscription?.stop();
    await this.working;
    await this.recording;
    await this.keep();
  }

  /** Whether all that the store has told this instance is taken in. */
  get isCurrent(): boolean {
    return this.phase === 'live' && this.ahead.length === 0;
  }

  /** All that the rules know as of now. @throws RulesUnavailable where none are followed, and while the log is being read */
  get current(): WatchState {
    if (!this.isOn) throw new RulesUnavailable('this instance follows no rules (RULES=off): ask another');
    if (this.phase !== 'live') throw new RulesUnavailable('the rules are still reading the log');
    return this.state;
  }

  /** Waits until an event is taken in. */
  taken(position: bigint, limitMs: number): Promise<boolean> {
    return this.changes.until(() => this.phase === 'stopped' || this.state.position >= position, limitMs);
  }

  /** Whether it is still to follow the log. */
  get isFollowing(): boolean {
    return this.phase !== 'stopped';
  }

  /** Until it is stopped, at most so long. */
  async pause(ms: number): Promise<void> {
    await this.changes.until(() => this.isStopped, ms);
  }

  private get isStopped(): boolean {
    return this.phase === 'stopped';
  }

  private async begin(): Promise<void> {
    const pauses = new Pauses(PAUSES);
    const kept = await this.file.read();
    while (!this.isStopped)
      try {
        if (kept && (await this.ledger.store.holds(kept.anchor))) {
          this.state = kept.state;
          this.anchor = kept.anchor;
        } else this.logger.log('reading the log from its first event');
        return this.read();
      } catch (error) {
        if (!(error instanceof LedgerUnavailable)) throw error;
        await this.changes.until(() => this.isStopped, pauses.next());
      }
  }

  private read(): void {
    if (this.isStopped) return;
    this.phase = 'reading';
    const { anchor } = this;
    const subscription = new CatchUpSubscription(
      this.ledger.store,
      { categories: CATEGORIES, from: anchor ? { commit: anchor.commit, prepare: anchor.prepare } : 'start' },
      (event, at) => {
        if (this.subscription !== subscription) return;
        this.inHand = this.take({ event, at }) ?? undefined;
        return this.inHand;
      },
      (report) => report.kind === 'live' && this.goLive(subscription),
    );
    this.subscription = subscription;
    subscription.start();
  }

  /** All that was there is taken in; from here on the feed has the rest, each event once. */
  private goLive(subscription: CatchUpSubscription): void {
    if (this.phase !== 'reading' || this.subscription !== subscription) return;
    if (this.state.position < this.leftOut) {
      // It fell behind the feed again while it read; the subscription continues.
      setTimeout(() => this.goLive(subscription), PAUSES.firstMs).unref();
      return;
    }
    this.phase = 'live';
    this.subscription = undefined;
    this.logger.log(`following the log with ${pack.length} rules, after ${this.takenIn} events`);
    void subscription.stop();
    this.onLive();
    this.record();
    this.work();
  }

  /** Is told each time that the log was read to its end; set by the owner of the rules' stream. */
  onLive: () => void = () => {};

  private arrived(ahead: Ahead): void {
    if (!CATEGORIES.some(({ includes }) => includes(ahead.event))) return;
    this.ahead.push(ahead);
    if (this.ahead.length > MOST_AHEAD) {
      const [oldest] = this.ahead.splice(0, MOST_AHEAD / 2).slice(-1);
      this.leftOut = oldest?.at.commit ?? this.leftOut;
      if (this.phase === 'live') this.fallBack();
    }
    if (this.phase === 'live') this.work();
  }

  private fallBack(): void {
    this.logger.warn(`more than ${MOST_AHEAD} events behind the store: reading the log`);
    this.phase = 'reading';
    void (this.working ?? Promise.resolve()).then(() => this.read());
  }

  private work(): void {
    if (this.phase !== 'live' || this.working) return;
    this.working = this.drain().finally(() => {
      this.working = undefined;
      if (this.ahead.length > 0 || this.keepWanted) this.work();
      else this.changes.announce();
    });
  }

  private async drain(): Promise<void> {
    await this.inHand;
    while (this.phase === 'live') {
      const next = this.ahead.shift();
      if (!next) break;
      const underWay = this.take(next);
      if (underWay) await underWay;
    }
    if (this.keepWanted) await this.keep();
  }

  private take({ event, at }: Ahead): void | Promise<void> {
    if (event.position <= this.state.position) return;
    const needed = neededFor(this.state, event);
    if (!needed) return this.takeWith({ event, at }, undefined);
    const facts = this.facts.atHand(needed);
    if (facts) return this.takeWith({ event, at }, facts);
    return this.factsFor(event).then((read) => this.takeWith({ event, at }, read));
  }

  private takeWith({ event, at }: Ahead, facts: Facts | undefined): void {
    if (this.isStopped) return;
    const found = takeIn(this.state, event, watching, facts);
    this.facts.passed(event);
    const { stream, revision, id } = event;
    this.anchor = { stream, revision, id, commit: at.commit, prepare: at.prepare };
    this.takenIn += 1;
    if (found.length > 0 || (this.state.pending.size > 0 && this.phase === 'live')) this.record();
    this.changes.announce();
  }

  /** Undefined where they cannot be read: what cannot be read is not guessed, and the second key keeps it from all viewers. */
  private async factsFor(event: Recorded<LedgerEvent>): Promise<Facts | undefined> {
    const pauses = new Pauses(PAUSES);
    while (!this.isStopped)
      try {
        const needed = neededFor(this.state, event);
        return needed && (await this.facts.at(needed, event.position));
      } catch (error) {
        if (error instanceof UnreadableEvent) {
          this.logger.error(`revision ${event.revision} of ${event.stream} is not judged by rules: ${error.message}`);
          return undefined;
        }
        if (!(error instanceof LedgerUnavailable) && !areKeysAway(error)) throw error;
        await this.changes.until(() => this.isStopped, pauses.next());
      }
    return undefined;
  }

  /** Puts on record whatever is found and not there, some at once; tried again until it is. */
  private record(): void {
    if (this.recording || this.phase !== 'live') return;
    this.recording = this.recordAll().finally(() => {
      this.recording = undefined;
    });
  }

  private async recordAll(): Promise<void> {
    const pauses = new Pauses(PAUSES);
    while (this.phase === 'live') {
      const pending = [...this.state.pending].slice(0, RECORDED_AT_ONCE);
      if (pending.length === 0) return;
      // An explanation comes after its finding.
      const findings = pending.filter(([, { event }]) => event.type === 'AnomalyFound');
      try {
        await Promise.all((findings.length > 0 ? findings : pending).map((one) => this.append(one)));
        pauses.reset();
      } catch (error) {
        if (!(error instanceof LedgerUnavailable))
          this.logger.error('a finding is not on record yet', error instanceof Error ? error.stack : String(error));
        await this.changes.until(() => this.isStopped, pauses.next());
      }
    }
  }

  private async append([key, { event, cause }]: readonly [string, Pending]): Promise<void> {
    const { anomalyId } = event.data;
    const id = eventIdFor(event.type, anomalyId);
    // A finding begins its stream, and its explanation is the one event after it.
    const expected = event.type === 'AnomalyExplained' ? 0 : -1;
    try {
      await this.ledger.append(anomalyStreams.of(anomalyId), expected, [{ ...event, id }], causedBy(cause, WATCH.name));
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      // Another instance was first.
      this.state.pending.delete(key);
      return;
    }
    this.state.pending.delete(key);
    if (event.type !== 'AnomalyFound') return;
    const { rule, severity, explainedBy } = event.data;
    this.metrics.ruleFindings.inc({ rule, severity, explained: String(explainedBy !== undefined) });
  }

  private async keep(): Promise<void> {
    this.keepWanted = false;
    if (!this.anchor || this.takenIn < KEEP_AFTER_EVENTS) return;
    try {
      await this.file.keep({ state: this.state, anchor: this.anchor });
      this.takenIn = 0;
    } catch (error) {
      this.logger.warn(`what the rules know is not kept, the next start reads the log: ${String(error)}`);
    }
  }
}
