import { WrongExpectedRevision } from './errors.ts';

/** An append that takes longer hangs: an instance that cannot write must not be sent commands meanwhile. */
const HANGS_AFTER_MS = 2_000;
/** For how long one failure counts. After that the instance gets another chance: without requests nothing would ever be appended. */
const FAILURE_COUNTS_MS = 10_000;

/** Whether the latest appends went well: a store that is read and followed may still take nothing. */
export class AppendWatch {
  private readonly underWay = new Set<{ readonly since: number }>();
  private failure: { readonly at: number; readonly error: unknown } | undefined;

  /** @param now milliseconds of a clock that never steps */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Watches one append, and gives what it gives. */
  async watch<T>(append: Promise<T>): Promise<T> {
    const one = { since: this.now() };
    this.underWay.add(one);
    try {
      const result = await append;
      this.failure = undefined;
      return result;
    } catch (error) {
      // A store that says another writer was first does take appends.
      this.failure = error instanceof WrongExpectedRevision ? undefined : { at: this.now(), error };
      throw error;
    } finally {
      this.underWay.delete(one);
    }
  }

  /** @throws when appends fail or hang, and none succeeded since */
  assertWorking(): void {
    const now = this.now();
    for (const { since } of this.underWay)
      if (now - since > HANGS_AFTER_MS)
        throw new Error(`an append has been under way for ${Math.round(now - since)} ms`);
    if (this.failure && now - this.failure.at < FAILURE_COUNTS_MS)
      throw new Error('the last append failed', { cause: this.failure.error });
  }
}
