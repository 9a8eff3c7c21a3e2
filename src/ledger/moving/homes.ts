import { randomUUID } from 'node:crypto';
import type { Recorded } from '../../events/event.ts';
import type { HomeEvent } from '../../events/home-events.ts';
import { HOME_STREAM } from '../../events/streams.ts';
import type { EventStore } from '../event-store.ts';

/** What a store says of where the ledger lives; undefined where it never had to. @throws LedgerUnavailable, UnreadableEvent */
export const lastWord = async (store: EventStore): Promise<Recorded<HomeEvent> | undefined> => {
  for await (const event of store.readBackwards(HOME_STREAM, 'end', 1)) return event as Recorded<HomeEvent>;
  return undefined;
};

/** Says it after what was said last, so that two who move at once do not both think that theirs holds. @throws WrongExpectedRevision */
export const say = async (store: EventStore, event: HomeEvent, appVersion: string): Promise<void> => {
  const last = await lastWord(store);
  const requestId = randomUUID();
  const metadata = {
    actor: { id: 'ledger-migrate', roles: [] },
    $correlationId: requestId,
    $causationId: requestId,
    requestId,
    appVersion,
  };
  await store.append(HOME_STREAM, last?.revision ?? -1, [{ ...event, id: randomUUID(), metadata }]);
};
