import { setTimeout as delay } from 'node:timers/promises';
import { MONITOR } from '../access/monitor/monitor-group.ts';
import { OPENER } from '../breaches/opener-group.ts';
import { type Config, readConfig } from '../config/config.ts';
import { pauseAfter } from '../flow/back-off.ts';
import { reasonOf } from '../ledger/client.ts';
import { lastWord } from '../ledger/home.ts';
import { compareEvents } from '../ledger/moving/compare.ts';
import {
  CannotMove,
  type Copied,
  copyEvents,
  firstOf,
  isPassing,
  newestOf,
  nothingCopied,
  tellsApart,
} from '../ledger/moving/copy.ts';
import { type Carried, carryGroup } from '../ledger/moving/group.ts';
import { say } from '../ledger/moving/homes.ts';
import { compareRecordings, copyRecordings, type Filed, nothingFiled, readFiling } from '../recordings/moving.ts';
import {
  openPlace,
  openRecordings,
  type Place,
  placeOf,
  type Recordings,
  reconnect,
  recordingsOf,
} from './migrate-places.ts';
import { duration, grouped, showing } from './progress.ts';

/** An instance that appends in this moment has not heard of the fence yet; it hears within milliseconds. */
const SETTLE_MS = 2_000;
const PAUSES = { firstMs: 500, longestMs: 10_000 };
/** In a row, without an event that got across. */
const MOST_TRIES = 30;
const SHOWN_DIFFERENCES = 50;

/** The options of `migrate`. */
export type MoveOptions = {
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly 'recordings-to'?: string | undefined;
  readonly 'recordings-from'?: string | undefined;
  readonly 'keep-open': boolean;
  readonly 'leave-damaged': boolean;
  readonly verify: boolean;
  readonly reopen: boolean;
  readonly unchecked: boolean;
};

/** @throws ConfigError, CannotMove, and what the stores throw */
export const move = async (options: MoveOptions): Promise<void> => {
  const { to } = options;
  const config = readConfig();
  const open = { places: [] as Place[], recordings: [] as Recordings[] };
  try {
    const place = async (given: string, setting: string, mayBegin: boolean) => {
      const opened = await openPlace(given, setting, mayBegin);
      open.places.push(opened);
      return opened;
    };
    const { from } = options;
    const source = await place(from ?? placeOf(config), from === undefined ? 'STORE_URL' : '--from', false);
    if (to === undefined || options.unchecked) return await reopen(source, undefined, config);
    const target = await place(to, '--to', !options.verify && !options.reopen);
    if (options.reopen) return await reopen(source, target, config);
    const recordingsTo = options['recordings-to'];
    const recordings = recordingsTo === undefined ? undefined : await openRecordings(recordingsTo, config);
    if (recordings) open.recordings.push(recordings);
    const recordingsFrom = options['recordings-from'];
    const kept =
      recordingsFrom === undefined ? await recordingsOf(config) : await openRecordings(recordingsFrom, config);
    open.recordings.push(kept);
    if (options.verify) return await verify(source, target, recordings);
    await new Move({ source, target, kept, recordings, config }, options['leave-damaged']).run(options['keep-open']);
  } finally {
    for (const { store } of open.recordings) store.close();
    for (const each of open.places.reverse()) await each.close();
  }
};

/** Shows how many of the recordings' bytes are done. */
const showingBytes = <T>(
  what: string,
  filed: readonly Filed[],
  work: (progress: (bytes: number) => void) => Promise<T>,
): Promise<T> => {
  const total = filed.reduce((sum, { bytes }) => sum + bytes, 0);
  let bytes = 0;
  const done = () => (total === 0 ? 1 : Math.min(1, bytes / total));
  return showing({ what, done, count: () => bytes, unit: 'bytes' }, () =>
    work((count) => {
      bytes += count;
    }),
  );
};

type Plan = {
  readonly source: Place;
  readonly target: Place;
  readonly kept: Recordings;
  readonly recordings: Recordings | undefined;
  readonly config: Config;
};

/** Whether the target has the source's first event. */
const isCopy = async (source: Place, target: Place): Promise<boolean> => {
  const first = await firstOf(source.store.raw);
  return first !== undefined && (await tellsApart.has(target.store.raw, first));
};

const print = (line: string) => void process.stdout.write(`${line}\n`);
const report = (line: string) => void process.stderr.write(`${line}\n`);

/**
 *   target "arriving" ─▶ events, recordings ─▶ source "moved" (read-only) ─▶ what came meanwhile ─▶ group ─▶ target "arrived"
 *
 * Every step asks both sides how far they are, so that a run that was killed is repeated from the top.
 */
class Move {
  private readonly copied = nothingCopied();
  private readonly filing = nothingFiled();
  /** Their objects were seen at the target by this run; while the source is read-only, only the others are checked. */
  private readonly done = new Set<string>();

  constructor(
    private readonly plan: Plan,
    private readonly leaveDamaged: boolean,
  ) {}

  async run(keepOpen: boolean): Promise<void> {
    const { source, target } = this.plan;
    const { appVersion } = this.plan.config;
    const [left, arrived] = [await lastWord(source.store), await lastWord(target.store)];
    // Hosts have many names and an embedded node's port is another one each time: the events there tell more.
    if (left?.type === 'LedgerMoved' && left.data.to !== target.name && !(await isCopy(source, target)))
      throw new CannotMove(`${source.name} has moved to ${left.data.to} already`);
    if (left?.type === 'LedgerArriving')
      throw new CannotMove(`${source.name} is no whole ledger: it has not arrived there from ${left.data.from} yet`);
    if (left?.type === 'LedgerMoved' && arrived?.type === 'LedgerArrived') return this.again();
    await this.events('copying events');
    if (arrived?.type !== 'LedgerArriving') await this.arriving();
    await this.recordings();
    if (keepOpen) {
      this.told();
      return print(`${source.name} stays writable; run it again without --keep-open to move`);
    }

    const fencedAt = performance.now();
    if (left?.type !== 'LedgerMoved')
      await say(source.store, { type: 'LedgerMoved', data: { to: target.name } }, appVersion);
    report(`${source.name} is read-only from now on`);
    do {
      if (!source.isOurs) await delay(SETTLE_MS);
    } while ((await this.events('copying what came meanwhile')) > 0 && !source.isOurs);
    await this.recordings();
    const groups: Carried[] = [];
    for (const plan of [MONITOR, OPENER]) groups.push(await carryGroup(source.store, target.store, plan));
    await say(target.store, { type: 'LedgerArrived', data: { from: source.name } }, appVersion);
    this.told();
    for (const group of groups)
      print(
        `group ${group.name} continues ${group.after ? 'after its last acknowledged event' : 'from the start'}, with ${grouped(group.parked)} parked`,
      );
    print(`read-only for ${duration((performance.now() - fencedAt) / 1_000)} until the ledger had arrived`);
    print(`the ledger lives in ${target.name} now; ${source.name} is kept, and read-only`);
  }

  /** @returns how many came across */
  private async events(what: string): Promise<number> {
    const { source, target } = this.plan;
    const { copied } = this;
    const before = copied.events;
    const [from, end] = [copied.position?.commit ?? 0n, (await newestOf(source.store.raw))?.position.commit ?? 0n];
    let at = from;
    const done = () => (end > from ? Math.min(1, Number(at - from) / Number(end - from)) : 1);
    const step = { what, done, count: () => copied.events - before, unit: 'events' };
    await showing(step, async () => {
      let failures = 0;
      for (;;) {
        const reached = copied.events;
        try {
          const isAll = await copyEvents(source.store.raw, target.store.raw, copied, ({ commit }) => {
            at = commit;
          });
          if (isAll || at >= end) return;
        } catch (error) {
          failures = copied.events > reached ? 1 : failures + 1;
          if (!isPassing(error) || failures > MOST_TRIES) throw error;
          const pause = pauseAfter(failures, PAUSES);
          report(`${reasonOf(error)}; trying again in ${duration(pause / 1_000)}`);
          await delay(pause);
          for (const { store } of [source, target]) reconnect(store, 'a store was away');
        }
      }
    });
    return copied.events - before;
  }

  private async recordings(): Promise<void> {
    const { source, kept, recordings } = this.plan;
    const filed = [...(await readFiling(source.store, this.filing)).values()].filter(({ key }) => !this.done.has(key));
    if (!recordings || recordings.name === kept.name || filed.length === 0) return;
    const moved = await showingBytes('copying recordings', filed, (progress) =>
      copyRecordings(filed, kept.store, recordings.store, progress),
    );
    for (const problem of moved.problems) report(problem);
    for (const { key } of filed) this.done.add(key);
    if (moved.problems.length > 0 && !this.leaveDamaged)
      throw new CannotMove(
        `${moved.problems.length} of ${filed.length} recordings could not be copied; restore them, or finish without them with --leave-damaged`,
      );
    print(
      `recordings: ${grouped(moved.copied)} copied to ${recordings.name}, ${grouped(moved.earlier)} were there, ${grouped(moved.problems.length)} left`,
    );
  }

  /** All steps were done before: recordings may still have to be copied. */
  private async again(): Promise<void> {
    const { source, target } = this.plan;
    const newest = await newestOf(source.store.raw);
    if (newest && !(await tellsApart.has(target.store.raw, newest)))
      throw new CannotMove(
        `${source.name} has events that ${target.name} has not (revision ${newest.revision} of ${newest.stream}); see --verify, and --reopen`,
      );
    await this.recordings();
    print(`the ledger lives in ${target.name} already; ${source.name} is read-only`);
  }

  private async arriving(): Promise<void> {
    const { source, target, config } = this.plan;
    await say(target.store, { type: 'LedgerArriving', data: { from: source.name } }, config.appVersion);
  }

  private told(): void {
    const { events, earlier, late, unmarked, streamMetadata }: Copied = this.copied;
    const { recordings, kept } = this.plan;
    print(
      `events: ${grouped(events)} copied, ${grouped(earlier)} compared again; the system's own streams were left out`,
    );
    if (late > 0) print(`${grouped(late)} of them stand later in $all than at the source; their streams are in order`);
    if (unmarked > 0) print(`${grouped(unmarked)} have no JSON metadata: their record time is the copy's`);
    if (streamMetadata.size > 0)
      print(
        `${grouped(streamMetadata.size)} streams have metadata of their own, which stay behind: ${[...streamMetadata].slice(0, 3).join(', ')} …`,
      );
    const { size } = this.filing.filed;
    if (!recordings && size > 0)
      print(`${grouped(size)} recordings stay in ${kept.name}; name --recordings-to to copy them`);
  }
}

const verify = async (source: Place, target: Place, recordings: Recordings | undefined): Promise<void> => {
  const end = (await newestOf(source.store.raw))?.position.commit ?? 0n;
  let [at, events] = [0n, 0];
  const compared = await showing(
    {
      what: 'comparing events',
      done: () => (end > 0n ? Math.min(1, Number(at) / Number(end)) : 1),
      count: () => events,
      unit: 'events',
    },
    () =>
      compareEvents(source.store.raw, target.store.raw, ({ commit }) => {
        at = commit;
        events += 1;
      }),
  );
  print(
    `events: ${grouped(compared.equal)} are equal, ${grouped(compared.further)} were written at ${target.name} since`,
  );
  if (compared.late > 0) print(`${grouped(compared.late)} of them stand later in $all than at the source`);
  const differences = [...compared.differences];
  if (recordings) {
    const filed = [...(await readFiling(source.store, nothingFiled())).values()];
    const { equal, problems } = await showingBytes('comparing recordings', filed, (progress) =>
      compareRecordings(filed, recordings.store, progress),
    );
    print(`recordings: ${grouped(equal)} of ${grouped(filed.length)} at ${recordings.name} are what the ledger says`);
    differences.push(...problems);
  }
  for (const difference of differences.slice(0, SHOWN_DIFFERENCES)) print(difference);
  if (differences.length > SHOWN_DIFFERENCES) print(`and ${grouped(differences.length - SHOWN_DIFFERENCES)} more`);
  if (differences.length > 0) throw new Error(`${source.name} and ${target.name} differ in ${differences.length}`);
  print(`${source.name} and ${target.name} are the same`);
};

/** Events written at the target would be lost to the source: then the way back is a move back. */
const reopen = async (source: Place, target: Place | undefined, { appVersion }: Config): Promise<void> => {
  const left = await lastWord(source.store);
  if (left?.type !== 'LedgerMoved') throw new CannotMove(`${source.name} has not moved anywhere`);
  if (target) {
    if (left.data.to !== target.name && !(await isCopy(source, target)))
      throw new CannotMove(`${source.name} has moved to ${left.data.to}, not to ${target.name}`);
    // First, so that nothing is written there while it is looked at.
    const arrived = await lastWord(target.store);
    if (arrived?.type !== 'LedgerMoved')
      await say(target.store, { type: 'LedgerMoved', data: { to: source.name } }, appVersion);
    if (!target.isOurs) await delay(SETTLE_MS);
    const own = await tellsApart.ownOf(target.store.raw);
    if (own !== undefined) {
      await say(target.store, { type: 'LedgerReopened', data: {} }, appVersion);
      throw new CannotMove(
        `${target.name} was written since (revision ${own.revision} of ${own.stream}): ${source.name} does not have that. Move back: --from ${target.name} --to an empty store`,
      );
    }
  }
  await say(source.store, { type: 'LedgerReopened', data: {} }, appVersion);
  print(`the ledger lives in ${source.name} again${target ? `; ${target.name} is read-only` : ''}`);
};
