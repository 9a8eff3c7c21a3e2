import type { EventLog, StoredEvent } from '../log/event-log.ts';
import type { ResolvedEvent } from '../wire/read-responses.ts';

export type Resolve = (event: StoredEvent) => ResolvedEvent;

export const asItIs: Resolve = (event) => ({ event, link: undefined });

const LINK_TYPE = '$>';
const LINK = /^(\d{1,19})@(.+)$/s;

/** Follows links, events of type `$>` whose data is `revision@stream`. Anything else stays as it is. */
export const followLinks =
  (log: EventLog): Resolve =>
  (event) => {
    const target = event.type === LINK_TYPE ? LINK.exec(event.data.toString('utf8')) : null;
    const [, revision, stream] = target ?? [];
    if (revision === undefined || stream === undefined) return asItIs(event);
    return { event: log.eventAt(stream, BigInt(revision)), link: event };
  };
