import {
  AccessDeniedError,
  type EventStoreDBClient,
  MaxAppendSizeExceededError,
  StreamDeletedError,
  UnknownError,
} from '@eventstore/db-client';
import { categoryOf, homeStream } from '../../../events/categories.ts';
import { canBeMarked, marked, unmarked } from './mark.ts';
import {
  NotAtRevision,
  type Position,
  type RawEvent,
  RawWriter,
  readAllRaw,
  readStreamRaw,
  timeOf,
} from './raw-store.ts';

/** Copied: every stream but the system's own, and this store's word on where the ledger lives. The metadata of streams are only counted. */
export const NOT_SYSTEM = { streams: '^(\\$\\$)?[^$]' } as const;

/** Events that may be under way at once; a copy that was killed looks at this many before the last one that arrived. */
const MOST_EVENTS = 2_048;
const MOST_BYTES = 8 * 2 ** 20;
/** One append takes consecutive events of one stream, within what every server takes by default (1 MiB). */
const APPEND_EVENTS = 256;
const APPEND_BYTES = 256 * 1_024;

export type Copied = {
  /** Copied by this run. */
  events: number;
  /** Read once more by the last call, since they were the last to arrive. */
  earlier: number;
  bytes: number;
  /** Arrived after events that stand behind them at the source: an append was refused by itself, and repeated by another run. */
  late: number;
  /** Have no JSON object as metadata, so that their record time is the copy's. */
  unmarked: number;
  /** Streams with metadata of their own ($maxCount, $acl …), which stay behind. */
  readonly streamMetadata: Set<string>;
  /** Of the last event at the source that is there now. */
  position: Position | undefined;
};

export const nothingCopied = (): Copied => ({
  ...{ events: 0, earlier: 0, bytes: 0, late: 0, unmarked: 0 },
  streamMetadata: new Set(),
  position: undefined,
});

/** The target cannot become a copy of the source. Its message says why, and what to do. */
export class CannotMove extends Error {
  override readonly name = 'CannotMove';
}

/** Events neither copied nor compared: the system's own streams, and this store's word on where the ledger lives. */
export const isLeftOut = ({ stream }: Pick<RawEvent, 'stream'>): boolean =>
  stream.startsWith('$') || homeStream.holds(stream);

/** Whether the same may go well in a moment: a store was away, and nothing was refused. */
export const isPassing = (error: unknown): boolean =>
  !(
    error instanceof CannotMove ||
    error instanceof AccessDeniedError ||
    error instanceof MaxAppendSizeExceededError ||
    error instanceof StreamDeletedError ||
    error instanceof UnknownError
  );

/** Looks at one side for what the other has, or has not. */
export const tellsApart = {
  /** Whether the same event stands at its place. */
  has: async (client: EventStoreDBClient, { stream, revision, id }: RawEvent): Promise<boolean> =>
    (await eventAt(client, stream, revision))?.id === id,
  /** The newest event of the ledger that was not copied from anywhere. */
  ownOf: async (client: EventStoreDBClient): Promise<RawEvent | undefined> => {
    for await (const event of backwards(client)) {
      if (isLeftOut(event)) continue;
      if (unmarked(event.metadata).mark) return undefined;
      if (categoryOf(event.stream)) return event;
    }
    return undefined;
  },
};

/** Consecutive events of one stream. */
type Run = { readonly stream: string; readonly first: bigint; readonly events: RawEvent[]; bytes: number };

/** What arrived last: by stream and revision, the id; and between which positions of the source that was. */
type Tail = {
  readonly ids: Map<string, string>;
  readonly first: Position | undefined;
  readonly last: Position | undefined;
};

const placeOf = ({ stream, revision }: Pick<RawEvent, 'stream' | 'revision'>) => `${revision}@${stream}`;

/** The newest event that a copy has to have. */
export const newestOf = async (client: EventStoreDBClient): Promise<RawEvent | undefined> => {
  for await (const event of backwards(client, 10)) if (!isLeftOut(event)) return event;
  return undefined;
};

export const firstOf = async (client: EventStoreDBClient): Promise<RawEvent | undefined> => {
  let first: RawEvent | undefined;
  // One page, to its end: a call that is broken off makes the client connect anew.
  for await (const event of readAllRaw(client, { filter: NOT_SYSTEM, max: 100 }))
    if (!isLeftOut(event)) first ??= event;
  return first;
};

/**
 * Copies what the source has and the target has not, in the order of the source's `$all`, each event at its own revision. What arrived is
 * told by the target itself, so that a copy may end at any moment, and the next one continues.
 * @param progress hears of every event that is read
 * @returns whether that was all; false when others were appended meanwhile
 * @throws CannotMove, and what the client throws
 */
export const copyEvents = async (
  source: EventStoreDBClient,
  target: EventStoreDBClient,
  copied: Copied,
  progress: (at: Position) => void = () => {},
): Promise<boolean> => {
  copied.earlier = 0;
  const tail = await arrivedLast(target);
  const known = new Map(tail.ids);
  const writer = await RawWriter.open(target);
  const pipeline = new Pipeline(writer, source, target);
  try {
    for await (const event of readAllRaw(source, { from: tail.first ?? 'start', filter: NOT_SYSTEM })) {
      progress(event.position);
      if (event.stream.startsWith('$$')) copied.streamMetadata.add(event.stream.slice(2));
      if (isLeftOut(event)) continue;
      const id = known.get(placeOf(event));
      if (id !== undefined) {
        if (id !== event.id) throw anotherStore(event);
        known.delete(placeOf(event));
        copied.earlier += 1;
        copied.position = event.position;
        continue;
      }
      const metadata = markedAsCopied(event);
      if (metadata === undefined && (await tellsApart.has(target, event))) copied.earlier += 1;
      else {
        const isLate = tail.last !== undefined && event.position.commit <= tail.last.commit;
        if (!isLate && known.size > 0) throw anotherStore(event);
        if (isLate) copied.late += 1;
        if (metadata === undefined) copied.unmarked += 1;
        await pipeline.send(metadata === undefined ? event : { ...event, metadata });
        copied.events += 1;
        copied.bytes += event.data.length + event.metadata.length;
      }
      copied.position = event.position;
    }
    await pipeline.settled();
    if (known.size > 0) throw anotherStore(placeFrom(known));
    // Asked again, since a read that is broken off may look like one that came to its end.
    return (await newestOf(source))?.position.commit === copied.position?.commit;
  } finally {
    writer.close();
  }
};

const placeFrom = (known: ReadonlyMap<string, string>): Pick<RawEvent, 'stream' | 'revision'> => {
  const [place = ''] = known.keys();
  const at = place.indexOf('@');
  return { revision: BigInt(place.slice(0, at)), stream: place.slice(at + 1) };
};

const anotherStore = ({ stream, revision }: Pick<RawEvent, 'stream' | 'revision'>) =>
  new CannotMove(
    `the target holds a copy of another store: revision ${revision} of ${stream} is not the same on both sides. Name an empty target`,
  );

/** @throws CannotMove where the target has a ledger of its own */
const arrivedLast = async (target: EventStoreDBClient): Promise<Tail> => {
  const ids = new Map<string, string>();
  let [first, last]: [Position | undefined, Position | undefined] = [undefined, undefined];
  let isWhole = true;
  for await (const event of backwards(target)) {
    if (isLeftOut(event)) continue;
    const { mark } = unmarked(event.metadata);
    if (!mark) {
      if (categoryOf(event.stream) && canBeMarked(event.metadata))
        throw new CannotMove(
          `the target is in use: ${event.stream} has an event (revision ${event.revision}) that was not copied from anywhere. Name an empty target`,
        );
      continue;
    }
    ids.set(placeOf(event), event.id);
    const { position } = mark;
    if (!first || position.commit < first.commit) first = position;
    if (!last || position.commit > last.commit) last = position;
    if (ids.size >= 2 * MOST_EVENTS) {
      isWhole = false;
      break;
    }
  }
  return { ids, first: isWhole ? undefined : first, last };
};

/** `$all` without the system's events, newest first, page by page. */
export async function* backwards(client: EventStoreDBClient, max = 1_000): AsyncGenerator<RawEvent> {
  let from: Position | 'end' = 'end';
  for (;;) {
    const page: RawEvent[] = [];
    for await (const event of readAllRaw(client, { from, direction: 'backwards', filter: NOT_SYSTEM, max }))
      page.push(event);
    yield* page;
    const oldest = page.at(-1);
    if (!oldest || page.length < max) return;
    from = oldest.position;
  }
}

/**
 * An event's metadata with where it came from. An event that was moved before keeps its first time.
 * @returns undefined where nothing can be said in them
 */
const markedAsCopied = (event: RawEvent): Buffer | undefined => {
  const { metadata, mark } = unmarked(event.metadata);
  return marked(metadata, { recordedAt: mark?.recordedAt ?? timeOf(event.ticks), position: event.position });
};

/** Appends many at once, within bounds; the first failure is thrown by whatever is asked next. */
class Pipeline {
  private run: Run | undefined;
  private events = 0;
  private bytes = 0;
  private readonly failures: unknown[] = [];
  /** Called when an append under way has ended. */
  private wake: () => void = () => {};

  constructor(
    private readonly writer: RawWriter,
    private readonly source: EventStoreDBClient,
    private readonly target: EventStoreDBClient,
  ) {}

  async send(event: RawEvent): Promise<void> {
    const { stream, revision } = event;
    const bytes = event.data.length + event.metadata.length;
    const { run } = this;
    const isNext =
      run?.stream === stream &&
      run.first + BigInt(run.events.length) === revision &&
      run.events.length < APPEND_EVENTS &&
      run.bytes + bytes < APPEND_BYTES;
    if (!isNext) this.flush();
    this.run ??= { stream, first: revision, events: [], bytes: 0 };
    this.run.events.push(event);
    this.run.bytes += bytes;
    if (this.events >= MOST_EVENTS || this.bytes >= MOST_BYTES) await this.until(MOST_EVENTS / 2, MOST_BYTES / 2);
    if (this.failures.length > 0) throw this.failures[0];
  }

  async settled(): Promise<void> {
    this.flush();
    await this.until(0, 0);
    if (this.failures.length > 0) throw this.failures[0];
  }

  private async until(events: number, bytes: number): Promise<void> {
    while (this.events > events || this.bytes > bytes)
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
  }

  private flush(): void {
    const { run } = this;
    if (!run) return;
    this.run = undefined;
    this.events += run.events.length;
    this.bytes += run.bytes;
    void this.append(run);
  }

  private async append({ stream, first, events, bytes }: Run): Promise<void> {
    try {
      await this.writer.append(stream, first, events);
    } catch (error) {
      await this.settle(error, events).catch((final: unknown) => this.failures.push(final));
    }
    this.events -= events.length;
    this.bytes -= bytes;
    this.wake();
  }

  /** A refusal may only say that the events are there: an answer that got lost, or another run of this copy. */
  private async settle(error: unknown, events: readonly RawEvent[]): Promise<void> {
    const [first] = events;
    if (!(error instanceof NotAtRevision) || !first || this.failures.length > 0) throw error;
    const there: RawEvent[] = [];
    for await (const event of readStreamRaw(this.target, first.stream, { from: first.revision, max: events.length }))
      there.push(event);
    if (there.length === events.length && there.every(({ id }, i) => id === events[i]?.id)) return;
    if (first.revision > 0n && there.length === 0 && !(await eventAt(this.source, first.stream, first.revision - 1n)))
      throw new CannotMove(
        `revision ${first.revision} is the first that the source still has of ${first.stream}: the ones before it were truncated, and an append cannot leave them out. ` +
          'The ledger never truncates a stream of its own; restore the source from a backup that has them',
      );
    throw new CannotMove(
      `${first.stream} is another one at the target: revision ${first.revision} of the source does not fit there. Name an empty target`,
    );
  }
}

const eventAt = async (client: EventStoreDBClient, stream: string, revision: bigint): Promise<RawEvent | undefined> => {
  let found: RawEvent | undefined;
  // To its end: a call that is broken off makes the client connect anew.
  for await (const event of readStreamRaw(client, stream, { from: revision, max: 1 }))
    if (event.revision === revision) found = event;
  return found;
};
