import { AccessDeniedError, StreamNotFoundError } from '@eventstore/db-client';
import { z } from 'zod';
import type { EventStore } from '../event-store.ts';

/** Where a server keeps its groups. Administrators alone may read it, unless an administrator let others. */
const CONFIGURATION = '$persistentSubscriptionConfig';

/** EventStoreDB joins the prefixes by commas and says `eventtype`; the embedded node keeps a list and says `event-type`. */
const Configuration = z.object({
  entries: z.array(
    z.object({
      stream: z.string(),
      group: z.string(),
      filter: z
        .object({ context: z.string(), type: z.string(), data: z.union([z.string(), z.array(z.string())]) })
        .nullish(),
    }),
  ),
});

/**
 * What a group's filter lets through, by the server's own record: event types in order, joined by `, `; another kind of filter by its name.
 * Undefined where this user may not read the record, or where it is in a form that this release does not know.
 * @throws LedgerUnavailable
 */
export const filterOnRecord = async (store: EventStore, group: string): Promise<string | undefined> => {
  const parsed = Configuration.safeParse(await store.bounded(newest(store), CONFIGURATION));
  const entry = parsed.data?.entries.find((entry) => entry.stream === '$all' && entry.group === group);
  if (!entry) return undefined;
  if (!entry.filter) return 'none (every event)';
  const { context, type, data } = entry.filter;
  const prefixes = typeof data === 'string' ? data.split(',') : data;
  const kind = context.replace('-', '').toLowerCase();
  const what = [...prefixes].sort().join(', ');
  return kind === 'eventtype' && type === 'prefix' ? what : `by ${kind} and ${type}: ${what}`;
};

const newest = async (store: EventStore): Promise<unknown> => {
  let data: unknown;
  try {
    const last = { direction: 'backwards', fromRevision: 'end', maxCount: 1 } as const;
    for await (const { event } of store.raw.readStream(CONFIGURATION, last)) data = event?.data;
  } catch (error) {
    if (!(error instanceof AccessDeniedError || error instanceof StreamNotFoundError)) throw error;
  }
  if (!(data instanceof Uint8Array)) return data;
  try {
    return JSON.parse(new TextDecoder().decode(data));
  } catch {
    return undefined;
  }
};
