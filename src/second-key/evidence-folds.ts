import { LRUCache } from 'lru-cache';
import type { Evidence } from '../../projections/evidence.ts';
import { EvidenceUnavailable } from './errors.ts';
import { type Believable, Unbelievable } from './raw-event.ts';

/** A stream as far as it was taken in, in place. */
export type Taken = { revision: number };

type Entry<S> = { readonly state: S; refusal?: Unbelievable };

export type EvidenceFold<S extends Taken> = {
  readonly initial: () => S;
  readonly takeIn: (state: S, event: Evidence<Believable>) => void;
};

/** Reads a stream's events from a revision on; rejects with Unbelievable or EvidenceUnavailable. */
export type ReadEvidence = (stream: string, from: number) => AsyncIterable<Evidence<Believable>>;

const KEPT = 10_000;

/** The second key's own folds of one kind of stream, kept current by its own subscription. They share nothing with `LiveFolds`. */
export class EvidenceFolds<S extends Taken> {
  private readonly entries = new LRUCache<string, Entry<S>>({ maxSize: KEPT, sizeCalculation: () => 1 });
  private readonly loading = new Map<string, Promise<Entry<S>>>();
  /** Events that came while a stream was being read, and may be newer than those read. */
  private readonly meanwhile = new Map<string, Evidence<Believable>[]>();

  constructor(
    private readonly fold: EvidenceFold<S>,
    private readonly read: ReadEvidence,
    private readonly isLive: () => boolean,
  ) {}

  /**
   * @param minRevision never answer from less
   * @throws EvidenceUnavailable, also for a stream that holds an event that is not believed
   */
  async get(stream: string, minRevision = -1): Promise<S> {
    const known = this.entries.get(stream);
    const entry = known ?? (await this.load(stream));
    if ((known && !this.isLive()) || entry.state.revision < minRevision) await this.catchUp(stream, entry);
    return this.trusted(entry, minRevision);
  }

  /** The stream with everything the store has of it. @throws EvidenceUnavailable */
  async refreshed(stream: string): Promise<S> {
    const known = this.entries.get(stream);
    const entry = known ?? (await this.load(stream));
    if (known) await this.catchUp(stream, entry);
    return this.trusted(entry, -1);
  }

  /** The fold at hand, without asking; undefined where it cannot be relied on. */
  peek(stream: string): S | undefined {
    const entry = this.isLive() ? this.entries.peek(stream) : undefined;
    return entry?.refusal ? undefined : entry?.state;
  }

  arrived(event: Evidence<Believable>): void {
    const entry = this.entries.peek(event.stream);
    if (entry) this.apply(event.stream, entry, event);
    else this.meanwhile.get(event.stream)?.push(event);
  }

  /** From now on the stream is refused, until an operator has checked it and the application is restarted. */
  refuse(refusal: Unbelievable): void {
    this.entries.set(refusal.stream, { state: this.fold.initial(), refusal });
  }

  /** The subscription was lost: events may have been missed, so every stream is read anew. */
  forget(): void {
    this.entries.clear();
  }

  private trusted({ state, refusal }: Entry<S>, minRevision: number): S {
    if (refusal) throw new EvidenceUnavailable(refusal.message, { cause: refusal });
    if (state.revision < minRevision)
      throw new EvidenceUnavailable(`revision ${minRevision} is not there, only ${state.revision}`);
    return state;
  }

  private load(stream: string): Promise<Entry<S>> {
    const already = this.loading.get(stream);
    if (already) return already;
    const loaded = this.loadOnce(stream).finally(() => {
      this.loading.delete(stream);
      this.meanwhile.delete(stream);
    });
    this.meanwhile.set(stream, []);
    this.loading.set(stream, loaded);
    return loaded;
  }

  private async loadOnce(stream: string): Promise<Entry<S>> {
    const entry: Entry<S> = { state: this.fold.initial() };
    const followed = this.isLive();
    await this.catchUp(stream, entry);
    for (const event of this.meanwhile.get(stream) ?? []) this.apply(stream, entry, event);
    // A stream read while no subscription follows the store is used once.
    if (followed && this.isLive()) this.entries.set(stream, entry);
    return entry;
  }

  private async catchUp(stream: string, entry: Entry<S>): Promise<void> {
    try {
      for await (const event of this.read(stream, entry.state.revision + 1)) this.apply(stream, entry, event);
    } catch (error) {
      if (!(error instanceof Unbelievable)) throw error;
      entry.refusal = error;
    }
  }

  /** After a gap the fold is not kept: the next question reads the stream anew. */
  private apply(stream: string, entry: Entry<S>, event: Evidence<Believable>): void {
    const { state } = entry;
    if (event.revision <= state.revision) return;
    if (event.revision === state.revision + 1) this.fold.takeIn(state, event);
    else this.entries.delete(stream);
  }
}
