import { randomUUID } from 'node:crypto';
import type { AuditorEvent } from '../../events/auditor-events.ts';
import { auditorStreams } from '../../events/categories.ts';
import { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { EventSeals, ringOf } from '../keys/event-seals.ts';
import { openKeys } from '../keys/opened.ts';
import type { EventStore } from '../ledger/event-store.ts';
import { Ledger } from '../ledger/ledger.ts';
import { LiveFeed } from '../ledger/live-feed.ts';
import { GivenPersonId } from '../request/person-id.ts';
import { UsageError } from './command.ts';

/** @throws UsageError */
export const auditorGiven = (given: string | undefined): string | undefined => {
  if (given === undefined) return undefined;
  const auditor = GivenPersonId.safeParse(given);
  if (auditor.success) return auditor.data;
  throw new UsageError(`--record is the id of the person who runs this, and ${auditor.error.issues[0]?.message}`);
};

/**
 * Puts what a person did at the command line on record with their other audits. That it was this person is known by the user of the store alone.
 * @throws LedgerUnavailable, why the store takes no event of this user
 */
export const record = async (
  event: AuditorEvent & { readonly data: { readonly auditorId: string } },
  store: EventStore,
  config: Config,
): Promise<void> => {
  const keys = await openKeys(config, new Clock());
  try {
    const seals = new EventSeals(ringOf(keys));
    const ledger = new Ledger(store, new LiveFeed(store, () => {}), config.appVersion, seals);
    const { auditorId } = event.data;
    const cause = { actor: { id: auditorId, roles: ['compliance'] }, requestId: randomUUID() };
    await ledger.append(auditorStreams.of(auditorId), 'any', [event], cause);
  } finally {
    await keys?.close();
  }
};
