/**
 * The unfinished members of a sequence that only ever grows at its end, with the lowest of them at hand.
 *
 * A checkpoint may never pass an unfinished message, so the lowest one is asked for on every acknowledgement. Messages
 * finish in any order, and one stuck message must not make the others expensive: memory is one set entry per
 * *unfinished* member, and finding the next lowest is amortised O(1), because a Set keeps the order of insertion and
 * its iterator survives additions and removals.
 */
export class Frontier<T> {
  readonly #open = new Set<T>();
  #walk = this.#open.values();
  #lowest: T | undefined;

  /** The member added longest ago that has not been finished. */
  get lowest(): T | undefined {
    return this.#lowest;
  }

  get size(): number {
    return this.#open.size;
  }

  add(member: T): void {
    this.#open.add(member);
    if (this.#lowest !== undefined) return;
    this.#walk = this.#open.values();
    this.#advance();
  }

  finish(member: T): void {
    this.#open.delete(member);
    if (member === this.#lowest) this.#advance();
  }

  #advance(): void {
    const next = this.#walk.next();
    this.#lowest = next.done ? undefined : next.value;
  }
}
