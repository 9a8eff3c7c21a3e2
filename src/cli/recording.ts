import { randomUUID } from 'node:crypto';
import type { AuditorEvent } from '../../events/auditor-events.ts';
import { auditorStreams } from '../../events/categories.ts';
import { type Config, readConfig } from '../config/config.ts';
import { EventSeals, ringOf } from '../keys/event-seals.ts';
import type { EventStore } from '../ledger/event-store.ts';
import { compareIds } from '../ledger/id-mode.ts';
import { Ledger } from '../ledger/ledger.ts';
import { LiveFeed } from '../ledger/live-feed.ts';
import { GivenPersonId } from '../request/person-id.ts';
import { UsageError } from './command.ts';
import { speakOfPeople } from './people.ts';

/** @throws UsageError */
export const auditorGiven = (given: string | undefined): string | undefined => {
  if (given === undefined) return undefined;
  speakOfPeople(readConfig());
  const auditor = GivenPersonId.safeParse(given);
  if (auditor.success) return auditor.data;
  throw new UsageError(`--record is the id of the person who runs this, and ${auditor.error.issues[0]?.message}`);
};

/**
 * Puts what a person did at the command line on record with their other audits. That it was this person is known by the user of the store alone.
 * @throws LedgerUnavailable, why the store takes no event of this user
 */
export const record = async (
  event: Extract<AuditorEvent, { type: 'BacktestRun' | 'RehearsalRun' }>,
  store: EventStore,
  config: Config,
): Promise<void> => {
  // These events have no field to seal, and the key store may be on another machine: their salt is in clear.
  const ids = speakOfPeople(config);
  await compareIds(store, ids);
  const seals = new EventSeals(ringOf(undefined, ids));
  const ledger = new Ledger(store, new LiveFeed(store, () => {}), config.appVersion, seals);
  const { auditorId } = event.data;
  const cause = { actor: { id: auditorId, roles: ['compliance'] }, requestId: randomUUID() };
  await ledger.append(auditorStreams.of(auditorId), 'any', [event], cause);
};
