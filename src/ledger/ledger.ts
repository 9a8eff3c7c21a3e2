import { hash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Category, Stream } from '../../events/category.ts';
import type { Appended, DomainEvent, EventMetadata, Recorded } from '../../events/event.ts';
import { saysNothingIsThere } from '../errors.ts';
import type { EventSeals } from '../keys/event-seals.ts';
import {
  CommitTimedOut,
  IdempotencyKeyReused,
  LedgerContention,
  mayBeThere,
  RevisionMismatch,
  WrongExpectedRevision,
} from './errors.ts';
import type { EventStore, ExpectedRevision, NewEvent } from './event-store.ts';
import { type Fold, type FoldCounter, type Folded, LiveFolds } from './folds.ts';
import type { LiveFeed } from './live-feed.ts';

/** Who asks for a change and in answer to what; becomes the metadata of every event it leads to. */
export type Cause = {
  /** `clientId`: the app that the caller's token was issued to. */
  readonly actor: { readonly id: string; readonly roles: readonly string[]; readonly clientId?: string };
  readonly requestId: string;
  /** Defaults to the request. */
  readonly correlationId?: string;
  /** The event or request this follows from; defaults to the request. */
  readonly causationId?: string;
  /** `X-Client-Release`. */
  readonly clientRelease?: string;
  /** What the second key read in the raw request, where it lets a viewer in or keeps one out. Asked for when it is on disk whose the ids are. */
  readonly intent?: () => string;
  /** The caller's Idempotency-Key and what it came with. */
  readonly idempotency?: { readonly key: string; readonly request: unknown };
};

/** Why the ledger changes where an event is acted on: in answer to that event, as the one that acts. */
export const causedBy = ({ id, metadata }: Pick<Recorded, 'id' | 'metadata'>, actorId: string): Cause => ({
  actor: { id: actorId, roles: [] },
  requestId: metadata.requestId,
  correlationId: metadata.$correlationId,
  causationId: id,
});

/** What a command did: the stream after it and the events it appended (none, if there was nothing to change). */
export type Handled<S, E extends DomainEvent> = {
  readonly stream: string;
  readonly revision: number;
  readonly state: S;
  readonly events: readonly Appended<E>[];
  /** The same command came before; this is its first outcome. */
  readonly repeated: boolean;
};

/**
 * An instance that loses a conflict needs two round trips for the next try and a busy winner only one, so that a loser may lose until the
 * winner's queue is empty: some milliseconds. More conflicts in a row than this are contention.
 */
const MAX_ATTEMPTS = 50;

/** More than the clocks of the store and of this machine may ever be apart while it serves. */
const CLOCKS_APART_MS = 300_000;

/** A store that leaves one append after the other without an answer is away. */
const MAX_TIMED_OUT = 2;

/**
 * Looks up, and appends where it is not there, until it is: another writer that appends the same, or something else, at the same time makes it
 * look again.
 * @throws LedgerContention, and what `attempt` throws for another reason
 */
export const lookingUp = async <T>(stream: string, attempt: (again: boolean) => Promise<T>): Promise<T> => {
  let timedOut = 0;
  for (let tries = 0; tries < MAX_ATTEMPTS; tries++)
    try {
      return await attempt(tries > 0);
    } catch (error) {
      if (!mayBeThere(error)) throw error;
      if (error instanceof CommitTimedOut && ++timedOut > MAX_TIMED_OUT) throw error;
    }
  throw new LedgerContention(stream);
};

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

const outcomeOf = <T>(work: () => T): Outcome<T> => {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
};

const sha256 = (text: string) => hash('sha256', text, 'hex');

/** The event-sourced record: streams are folded, commands are decided on the fold and appended at its revision. */
export class Ledger {
  private readonly allFolds: LiveFolds<never, never>[] = [];

  constructor(
    readonly store: EventStore,
    readonly feed: LiveFeed,
    readonly appVersion: string,
    private readonly seals: EventSeals,
    private readonly countFold: FoldCounter = () => {},
  ) {}

  /** Live folds of all streams of a category. */
  folds<S, E extends DomainEvent>(category: Category<E>, fold: Fold<S, E>, max?: number): LiveFolds<S, E> {
    const folds = new LiveFolds<S, E>(this.store, this.feed, category, fold, { max, count: this.countFold });
    this.allFolds.push(folds as unknown as LiveFolds<never, never>);
    return folds;
  }

  /**
   * Folds a stream, decides, appends at the revision decided on; if another writer was first, reads on and decides again.
   * The same caller and Idempotency-Key give the first outcome again and append nothing.
   * That nothing is there (`saysNothingIsThere`) goes before all else: neither a revision nor a known key is compared for a caller who may
   * not know of what the stream holds.
   *
   * @param decide pure; throws a DomainError to refuse, returns no events when there is nothing to change
   * @param options.ifMatch the stream revision the caller saw
   * @throws what decide throws, KeysUnavailable, LedgerUnavailable, LedgerContention, RevisionMismatch, IdempotencyKeyReused
   */
  async handle<S, E extends DomainEvent>(
    folds: LiveFolds<S, E>,
    stream: Stream<E>,
    decide: (state: S, revision: number) => readonly E[],
    cause: Cause,
    { ifMatch }: { ifMatch?: number | undefined } = {},
  ): Promise<Handled<S, E>> {
    const metadata = this.metadata(cause);
    return folds.inTurn(stream, async () => {
      let folded = await folds.known(stream);
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        if (ifMatch !== undefined && folded.revision !== ifMatch) folded = await folds.refresh(stream);
        const { revision, state } = folded;
        const decided = outcomeOf(() => decide(state, revision));
        if ('error' in decided && saysNothingIsThere(decided.error)) throw decided.error;
        const repeated = await this.repeated(folds, stream, folded, metadata, cause.idempotency);
        if (repeated) return repeated;
        if (ifMatch !== undefined && revision !== ifMatch) throw new RevisionMismatch(ifMatch, revision);
        if ('error' in decided) throw decided.error;
        if (decided.value.length === 0) return { stream, revision, state, events: [], repeated: false };
        const events = await this.stamp(stream, decided.value, cause);
        try {
          await this.store.append(stream, revision, events);
        } catch (error) {
          if (!(error instanceof WrongExpectedRevision)) throw error;
          folded = await folds.refresh(stream);
          continue;
        }
        const appended = events.map(({ salt: _, ...event }, i) => ({
          ...(event as unknown as NewEvent<E>),
          stream,
          revision: revision + 1 + i,
        }));
        this.tellFolds(stream, appended);
        return {
          stream,
          revision: revision + appended.length,
          state: appended.reduce(folds.fold.evolve, state),
          events: appended,
          repeated: false,
        };
      }
      throw new LedgerContention(stream);
    });
  }

  /**
   * The first outcome of a command that was done before, if it was: for callers that prepare something before they handle.
   * @throws IdempotencyKeyReused
   */
  async earlier<S, E extends DomainEvent>(
    folds: LiveFolds<S, E>,
    stream: Stream<E>,
    cause: Cause,
  ): Promise<Handled<S, E> | undefined> {
    if (!cause.idempotency) return undefined;
    return this.repeated(folds, stream, await folds.get(stream), this.metadata(cause), cause.idempotency);
  }

  /**
   * Appends facts that this service does not decide on (reports of others, verdicts). At `any` revision it must not be tried again: see
   * `appendOnce`.
   * @throws LedgerUnavailable; WrongExpectedRevision where a revision is expected
   */
  async append<E extends DomainEvent>(
    stream: Stream<E>,
    expected: ExpectedRevision,
    events: readonly (E & { id?: string })[],
    cause: Cause,
  ): Promise<number> {
    return this.store.append(stream, expected, await this.stamp(stream, events, cause));
  }

  /**
   * Appends facts with a cause each, all or none.
   * @throws LedgerUnavailable; WrongExpectedRevision
   */
  async appendEach<E extends DomainEvent>(
    stream: Stream<E>,
    expected: ExpectedRevision,
    facts: readonly { readonly event: E & { id?: string }; readonly cause: Cause }[],
  ): Promise<number> {
    const stamped = await Promise.all(facts.map(({ event, cause }) => this.stamp(stream, [event], cause)));
    return this.store.append(stream, expected, stamped.flat());
  }

  /**
   * Appends a fact that is to be there once, however often it is told, by however many instances. The stream itself is asked whether it has
   * the id: a store that has restarted, or has a new leader, knows no ids of before.
   * @param since what the stream held before any writer can have appended it: nothing older is looked at
   * @returns false where it was there
   * @throws LedgerUnavailable, LedgerContention
   */
  async appendOnce<E extends DomainEvent>(
    stream: Stream<E>,
    event: E & { readonly id: string },
    cause: Cause,
    { revision: oldest = -1, at: earliest = 0 }: { readonly revision?: number; readonly at?: number } = {},
  ): Promise<boolean> {
    const stamped = await this.stamp(stream, [event], cause);
    return lookingUp(stream, async () => {
      let end = -1;
      for await (const { id, revision, at } of this.store.placesBackwards(stream)) {
        if (end === -1) end = revision;
        if (id === event.id) return false;
        if (revision <= oldest || at < earliest - CLOCKS_APART_MS) break;
      }
      await this.store.append(stream, end, stamped);
      return true;
    });
  }

  /** The metadata that a cause gives its events. */
  metadata({ actor, requestId, correlationId, causationId, clientRelease, intent, idempotency }: Cause): EventMetadata {
    return {
      actor: { id: actor.id, roles: [...actor.roles] },
      $correlationId: correlationId ?? requestId,
      $causationId: causationId ?? requestId,
      requestId,
      appVersion: this.appVersion,
      ...(clientRelease !== undefined && { clientRelease }),
      ...(actor.clientId !== undefined && { clientId: actor.clientId }),
      ...(intent && { intent: intent() }),
      ...(idempotency && {
        idempotencyKey: sha256(JSON.stringify([actor.id, idempotency.key])),
        // With the key, which is nowhere stored: a short text could be guessed from a hash of it alone.
        requestHash: sha256(JSON.stringify([idempotency.key, idempotency.request])),
      }),
    };
  }

  /** Every fold of the stream, not only the one decided on: a command's answer is looked at by others before it leaves. */
  private tellFolds(stream: string, appended: readonly Appended[]): void {
    for (const folds of this.allFolds)
      if (folds.category.holds(stream)) folds.appended(stream, appended as readonly Appended<never>[]);
  }

  private async repeated<S, E extends DomainEvent>(
    folds: LiveFolds<S, E>,
    stream: Stream<E>,
    { commands }: Folded<S>,
    { idempotencyKey, requestHash }: EventMetadata,
    idempotency: Cause['idempotency'],
  ): Promise<Handled<S, E> | undefined> {
    const known = idempotencyKey ? commands.get(idempotencyKey) : undefined;
    if (!known) return undefined;
    // Commands of older releases have the hash of the request alone.
    if (known.requestHash !== requestHash && known.requestHash !== sha256(JSON.stringify(idempotency?.request)))
      throw new IdempotencyKeyReused();
    const then = await folds.asOf(stream, known.last);
    return {
      stream,
      revision: known.last,
      state: then.state,
      events: then.events.filter(({ metadata }) => metadata.idempotencyKey === idempotencyKey),
      repeated: true,
    };
  }

  /** Decided events as they are stored: the one place where their texts are sealed. */
  private async stamp<E extends DomainEvent>(
    stream: Stream<E>,
    events: readonly (E & { id?: string })[],
    cause: Cause,
  ): Promise<NewEvent<E>[]> {
    await this.seals.keepIds(stream, events, cause.actor.id);
    const metadata = this.metadata(cause);
    return Promise.all(
      events.map((event) => this.seals.seal(stream, { ...event, id: event.id ?? uuidv7(), metadata })),
    );
  }
}
