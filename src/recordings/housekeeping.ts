import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { v5 as uuidv5, v7 as uuidv7 } from 'uuid';
import { housekeepingStream } from '../../events/categories.ts';
import type { HousekeepingEvent } from '../../events/housekeeping-events.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { Rounds } from '../flow/rounds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import type { ObjectStore, StoredObject } from '../objects/object-store.ts';
import { Custody } from './custody.ts';
import { Filings } from './filings.ts';
import { sweepOrphans } from './orphans.ts';
import { keyOwner, type Named } from './recording-key.ts';
import { RECORDING_STORE } from './stores.ts';

const HOUR_MS = 3_600_000;
const FIRST_AFTER_MS = 60_000;

/**
 * S3 dates an object from the start of its upload, so that this must be longer than the longest upload with the append of its
 * event after it: a day is 4 GiB at 50 kB/s.
 */
const GRACE_MS = 24 * HOUR_MS;

/** The reason of erasures that `RECORDING_RETENTION_DAYS` asks for. */
const RETENTION = 'retention';

/** So that an object that is swept again, after a crash between its event and its removal, is recorded once. */
const NAMESPACE = '0d8f6f1e-6a0b-5a53-8a3c-2f4f4c1d7b90';

/** What a round did. */
export type Round = {
  /** Uploads that ended without an object. */
  readonly incomplete: number;
  readonly orphans: number;
  /** Recordings that reached the end of their retention. */
  readonly expired: number;
  /** Objects of recordings erased before, which could not be removed then, and objects in clear of recordings that were sealed since. */
  readonly leftovers: number;
};

/**
 * Keeps the store and the ledger in step: some time after the start and every hour. Every step can be repeated and done by several
 * instances at once. Each object costs one look at its patient's stream, a millisecond or so.
 */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Housekeeping.name);
  private readonly rounds = new Rounds(() => this.round(), { firstAfterMs: FIRST_AFTER_MS, everyMs: HOUR_MS });

  constructor(
    private readonly ledger: Ledger,
    private readonly custody: Custody,
    private readonly clock: Clock,
    @Inject(RECORDING_STORE) private readonly store: ObjectStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  /** Before the ledger and the store are closed. */
  async onApplicationShutdown(): Promise<void> {
    await this.rounds.stop();
  }

  /**
   * One round, now.
   * @returns undefined when the ledger is not there to say what belongs in the store: then nothing is touched
   */
  async round(): Promise<Round | undefined> {
    if (!this.ledger.feed.live) {
      this.logger.warn('the housekeeping was put off: the ledger is not available');
      return undefined;
    }
    const incomplete = await this.step('unfinished uploads', () =>
      this.store.sweepIncomplete(this.before(GRACE_MS), this.rounds.signal),
    );
    const done = { orphans: 0, expired: 0, leftovers: 0 };
    await this.step('stored recordings', () => this.sweep(done));
    const round = { incomplete: incomplete ?? 0, ...done };
    if (Object.values(round).some((count) => count > 0)) this.logger.log(`removed ${JSON.stringify(round)}`);
    return round;
  }

  /** A step that fails is told and does not keep the others from being done; it is tried again in the next round. */
  private async step<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!this.rounds.signal.aborted) this.logger.error(`${what}: ${error}`);
      return undefined;
    }
  }

  private async sweep(done: { orphans: number; expired: number; leftovers: number }): Promise<void> {
    const cause = this.cause();
    const filings = new Filings(this.ledger.store);
    const list = () => this.tended(filings, done, cause);
    const orphans = sweepOrphans({
      store: { list, delete: (key, signal) => this.store.delete(key, signal) },
      isKnown: (key) => isKnown(filings, named(key)),
      graceMs: GRACE_MS,
      now: new Date(this.clock.now()),
      record: (key) => this.record(key, cause),
      signal: this.rounds.signal,
    });
    for await (const key of orphans) {
      done.orphans += 1;
      this.logger.warn(`removed an object that no event spoke of: ${key}`);
    }
  }

  /** Every object of the store, after what has to go was removed. */
  private async *tended(
    filings: Filings,
    done: { expired: number; leftovers: number },
    cause: Cause,
  ): AsyncGenerator<readonly StoredObject[]> {
    const { retentionMs } = this.config.recordings;
    const storedBefore = retentionMs === undefined ? Number.NEGATIVE_INFINITY : this.before(retentionMs).getTime();
    for await (const page of this.store.list(this.rounds.signal)) {
      for (const { key } of page) {
        this.rounds.signal.throwIfAborted();
        const { patientId, recordingId, sealId } = named(key);
        const filing = await filings.of(named(key));
        // Of a recording that was sealed since, the object in clear must not stay.
        if (filing?.erased || (filing?.sealId !== undefined && sealId === undefined)) {
          await this.store.delete(key, this.rounds.signal);
          done.leftovers += 1;
        } else if (filing && filing.storedAt < storedBefore) {
          await this.custody.erase(
            { patientId, recordingId, consultationId: filing.consultationId, reason: RETENTION },
            cause,
          );
          done.expired += 1;
        }
      }
      yield page;
    }
  }

  private async record(key: string, cause: Cause): Promise<void> {
    const { patientId, recordingId, sealId } = named(key);
    const id = uuidv5(`swept:${[patientId, recordingId, sealId].filter(Boolean).join('/')}`, NAMESPACE);
    const swept: HousekeepingEvent & { id: string } = {
      id,
      type: 'RecordingObjectSwept',
      data: { patientId, recordingId },
    };
    await this.ledger.append(housekeepingStream.stream, 'any', [swept], cause);
  }

  private before(ms: number): Date {
    return new Date(this.clock.now() - ms);
  }

  private cause(): Cause {
    return { actor: { id: 'recordings-housekeeping', roles: [] }, requestId: uuidv7() };
  }
}

/** A sealed object that another took the place of, or that no event came to speak of, is not known. */
const isKnown = async (filings: Filings, object: Named): Promise<boolean> => {
  const filing = await filings.of(object);
  return filing !== undefined && (object.sealId === undefined || filing.erased || filing.sealId === object.sealId);
};

/** Stores list nothing else. */
const named = (key: string): Named => {
  const found = keyOwner(key);
  if (!found) throw new TypeError(`not the key of a recording: ${key}`);
  return found;
};
