import type { LedgerEvent } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import { recorded, type StoredEvent, UnreadableEvent } from '../../events/gate.ts';

/** An event that this release cannot read, by its place. */
export type Unreadable = {
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly why: string;
};

/** Each is remembered once; who reads a damaged stream again and again adds nothing. */
const KEPT = 1_000;
const TYPE_NAME = /^[A-Za-z0-9_.]{1,64}$/;

/** The gate, as this instance passes it: what it refuses is kept for the operator on call, however it came to be read. */
export class UnreadableEvents {
  private readonly types = new Map<string, string>();
  /** Hears of each once; must not throw. */
  report: (event: Unreadable) => void = () => {};

  /** @throws UnreadableEvent */
  pass(event: StoredEvent): Recorded<LedgerEvent> {
    try {
      return recorded(event);
    } catch (error) {
      if (error instanceof UnreadableEvent) this.note(event, error.message);
      throw error;
    }
  }

  /** How many there are and of which types, in a word for the health page; undefined while there are none. */
  get word(): string | undefined {
    if (this.types.size === 0) return undefined;
    const types = [...new Set(this.types.values())].sort();
    return `${this.types.size} unreadable: ${types.slice(0, 5).join(', ')}`;
  }

  private note({ streamId: stream, type, ...event }: StoredEvent, why: string): void {
    const place = `${stream}@${event.revision}`;
    if (this.types.has(place) || this.types.size >= KEPT) return;
    this.types.set(place, TYPE_NAME.test(type) ? type : 'a type with a strange name');
    this.report({ stream, revision: Number(event.revision), type, why });
  }
}
