import { DELETED, type EventLog, type StoredEvent } from '../log/event-log.ts';
import { eventResponse, streamNotFoundResponse, structuredIdForm } from '../wire/read-responses.ts';
import { streamDeleted } from '../wire/status-error.ts';
import { asItIs, followLinks } from './links.ts';
import type { Outbox } from './outbox.ts';
import type { ReadRequest } from './read-request.ts';

/** Events looked at before other calls get a turn. */
const PAGE = 200;

/** Lets other work in: a long read that its client keeps up with would never wait for anything else. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** How a request wants an event written. */
export const responder = (log: EventLog, request: ReadRequest): ((event: StoredEvent) => Buffer) => {
  const resolve = request.resolveLinks ? followLinks(log) : asItIs;
  return request.structuredIds
    ? (event) => eventResponse(resolve(event), structuredIdForm)
    : (event) => eventResponse(resolve(event));
};

/** Sends what is there now, at the pace of the reader. @throws StatusError */
export const sendRead = async (log: EventLog, request: ReadRequest, outbox: Outbox): Promise<void> => {
  const respond = responder(log, request);
  let left = request.count ?? Number.POSITIVE_INFINITY;
  const next = request.stream === '$all' ? allPages(log, request) : streamPages(log, request, outbox);
  while (left > 0 && !outbox.closed) {
    const page = next(Math.min(PAGE, left));
    if (page === undefined) return;
    for (const event of page) {
      if (outbox.blocked) await outbox.ready();
      if (outbox.closed) return;
      outbox.write(respond(event));
    }
    left -= page.length;
    await nextTurn();
  }
};

/** Nothing comes after the end: a read forwards from there is empty. */
const BEYOND_THE_END = DELETED;

/** Gives the next page of at most so many events; undefined when there is no more. */
type Pages = (max: number) => readonly StoredEvent[] | undefined;

const streamPages = (log: EventLog, request: ReadRequest, outbox: Outbox): Pages => {
  const { stream, direction } = request;
  let from = direction === 'forwards' && request.from === 'end' ? BEYOND_THE_END : request.from;
  const first = from;
  // A read ends at what was there when it began, even when writers are faster than its reader.
  const until = log.lastRevision(stream);
  let over = false;
  return (max) => {
    if (over) return undefined;
    const page = log.readStream(stream, { from, direction, max });
    if (page.status === 'deleted') throw streamDeleted(stream);
    if (page.status === 'not-found') {
      // Only the first page answers so: a stream deleted under a reader simply ends.
      if (from === first) outbox.write(streamNotFoundResponse(stream));
      return undefined;
    }
    from = page.next;
    over = page.end || (direction === 'forwards' && page.next > until);
    return direction === 'forwards' ? page.events.filter(({ revision }) => revision <= until) : page.events;
  };
};

const allPages = (log: EventLog, request: ReadRequest): Pages => {
  const { direction, filter } = request;
  // Forwards a position is included; backwards it marks where what came before begins, so that the position of the
  // last event read is where to go on.
  let from = request.from;
  if (direction === 'backwards' && from !== 'end') from = (from === 'start' ? 0n : from) - 1n;
  if (direction === 'forwards' && from === 'end') from = BEYOND_THE_END;
  const until = log.lastPosition;
  let over = from !== 'start' && from !== 'end' && from < 0n;
  return (max) => {
    if (over) return undefined;
    const page = log.readAll({ from, direction, max, ...(filter === undefined ? {} : { filter: filter.matches }) });
    from = page.next;
    over = page.end || (direction === 'forwards' && page.next > until);
    return direction === 'forwards' ? page.events.filter(({ position }) => position <= until) : page.events;
  };
};
