import { setTimeout as delay } from 'node:timers/promises';
import { homeStream, type LedgerEvent } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import { UnreadableEvent } from '../../events/gate.ts';
import type { HomeEvent } from '../../events/home-events.ts';
import type { EventStore } from './event-store.ts';

export type HomeReport = { readonly kind: 'here' } | { readonly kind: 'elsewhere'; readonly why: string };

/** What a store says of where the ledger lives; undefined where it never had to. @throws LedgerUnavailable, UnreadableEvent */
export const lastWord = async (store: EventStore): Promise<Recorded<HomeEvent> | undefined> => {
  for await (const event of store.readBackwards(homeStream.stream, 'end', 1)) return event;
  return undefined;
};

const AGAIN_AFTER_MS = 250;
const NOT_KNOWN = 'it is not known yet whether the ledger lives in this store';

/**
 * Keeps a store from being written that the ledger has left, or has not arrived in. Its word is an event that every instance follows, so
 * that it holds with any server and any user: access lists do not bind administrators, and an insecure node has none.
 */
export class Home {
  private revision = -1;

  /** @param report must not throw */
  constructor(
    private readonly store: EventStore,
    private readonly report: (what: HomeReport) => void,
  ) {
    store.readOnly = NOT_KNOWN;
  }

  /** Reads the store's last word: events that came while this instance did not follow it are not delivered any more. */
  async look(): Promise<void> {
    for (;;) {
      try {
        const last = await lastWord(this.store);
        if (last) return this.take(last);
        if (this.store.readOnly === NOT_KNOWN) this.store.readOnly = undefined;
        return;
      } catch (error) {
        if (error instanceof UnreadableEvent)
          return this.say(`this store's word on where the ledger lives: ${error.message}`);
        // An instance that lost the store looks again once it follows it.
        if (this.store.outage !== undefined) return;
        await delay(AGAIN_AFTER_MS, undefined, { ref: false });
      }
    }
  }

  take(event: Recorded<LedgerEvent>): void {
    if (!homeStream.includes(event) || event.revision <= this.revision) return;
    this.revision = event.revision;
    this.say(reasonIn(event));
  }

  private say(why: string | undefined): void {
    if (why === this.store.readOnly) return;
    this.store.readOnly = why;
    this.report(why === undefined ? { kind: 'here' } : { kind: 'elsewhere', why });
  }
}

const reasonIn = ({ type, data }: HomeEvent): string | undefined => {
  switch (type) {
    case 'LedgerMoved':
      return `the ledger has moved to ${data.to}; name that store in the settings`;
    case 'LedgerArriving':
      return `the ledger has not arrived from ${data.from} yet; let "ledger migrate" come to its end`;
    case 'LedgerArrived':
    case 'LedgerReopened':
      return undefined;
  }
};
