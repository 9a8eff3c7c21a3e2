/** What can be seen of a group at one moment: by the feed, by the server's account, and here. */
export type Sight = {
  /** Milliseconds, of a clock that only runs forwards. */
  readonly at: number;
  /** Position of the newest event of the group's types that this instance's feed has seen; -1 for none. */
  readonly newest: bigint;
  /** All up to there is acknowledged or parked. */
  readonly done: bigint;
  /** How far the server has looked. */
  readonly known: bigint;
  /** Events that the server has not handed out to any consumer. */
  readonly waiting: number;
  /** Events that are with any consumer. */
  readonly handedOut: number;
  /** Events that the server has ever handed out, to any consumer. */
  readonly delivered: bigint;
  /** Events that the server has handed out to this instance; undefined while it does not count it as a consumer. */
  readonly mine: number | undefined;
  /** Events that have arrived here and are not answered yet, and those that ever arrived. */
  readonly here: number;
  readonly arrived: number;
};

/** From the first look that saw a delivery missing. With `LOOK_EVERY_MS` readiness is false at most 13 s after a group fell silent. */
const SILENT_AFTER_MS = 8_000;
export const LOOK_EVERY_MS = 2_500;

/** Which step is missing, if any. */
const missing = ({
  newest,
  done,
  waiting,
  handedOut,
  mine,
  here,
}: Sight): 'seat' | 'arrival' | 'delivery' | undefined => {
  if (mine === undefined) return 'seat';
  if (mine > 0 && here === 0) return 'arrival';
  if (handedOut === 0 && (newest > done || waiting > 0)) return 'delivery';
  return undefined;
};

const words = {
  seat: 'the store does not count this instance among its consumers',
  arrival: 'what the store has handed out to this instance does not arrive',
  delivery: 'events wait and the store hands out none of them',
};

/**
 * Whether a group really delivers, which an open connection does not prove. Nothing is written for it: an event that the feed has seen must be
 * handed out, must arrive where the server says it went, and must move the checkpoint. Where no event comes there is nothing to be late with.
 */
export class Pulse {
  private before: Sight | undefined;
  private missingSince: number | undefined;
  private silent: string | undefined;

  /** Why the group counts as silent; undefined while it delivers. */
  get silence(): string | undefined {
    return this.silent;
  }

  look(sight: Sight): void {
    const { before = sight } = this;
    this.before = sight;
    const what = missing(sight);
    const arrives = sight.arrived > before.arrived;
    const moves = sight.done > before.done || sight.known > before.known || sight.delivered > before.delivered;
    if (what === undefined || arrives) {
      this.missingSince = this.silent = undefined;
      return;
    }
    if (this.missingSince === undefined || (what === 'delivery' && moves && this.silent === undefined))
      this.missingSince = sight.at;
    if (sight.at - this.missingSince >= SILENT_AFTER_MS) this.silent = words[what];
  }

  /** After a time in which nothing could be seen, or nothing was to be delivered here. */
  forget(): void {
    this.before = this.missingSince = this.silent = undefined;
  }
}
