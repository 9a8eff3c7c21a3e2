import { randomUUID } from 'node:crypto';
import { homeStream } from '../../../events/categories.ts';
import type { HomeEvent } from '../../../events/home-events.ts';
import { saltInClear } from '../../keys/event-seals.ts';
import type { EventStore } from '../event-store.ts';
import { lastWord } from '../home.ts';

/** Says it after the last word, so that two who move at once do not both think that theirs holds. @throws WrongExpectedRevision */
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
  await store.append(homeStream.stream, last?.revision ?? -1, [
    { ...event, id: randomUUID(), metadata, salt: saltInClear() },
  ]);
};
