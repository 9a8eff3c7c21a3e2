import { DELETED, type EventLog, type StoredEvent, type StreamPage } from '../log/event-log.ts';
import {
  eventResponse,
  firstStreamPositionResponse,
  lastStreamPositionResponse,
  streamNotFoundResponse,
  structuredIdForm,
} from '../wire/read-responses.ts';
import { streamDeleted, unreadable } from '../wire/status-error.ts';
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

/** Sends the events there now, at the pace of the reader. @throws StatusError */
export const sendRead = async (log: EventLog, request: ReadRequest, outbox: Outbox): Promise<void> => {
  const respond = responder(log, request);
  let left = request.count ?? Number.POSITIVE_INFINITY;
  const { next, afterwards } = request.stream === '$all' ? allPages(log, request) : streamPages(log, request, outbox);
  while (left > 0 && !outbox.closed) {
    const page = next(Math.min(PAGE, left));
    if (page === undefined) break;
    for (const event of page) {
      if (outbox.blocked) await outbox.ready();
      if (outbox.closed) return;
      outbox.write(respond(event));
    }
    left -= page.length;
    await nextTurn();
  }
  afterwards?.();
};

/** Nothing comes after the end: a read of $all forwards from there is empty. */
const BEYOND_THE_END = DELETED;

type Pages = {
  /** The next page of at most so many events; undefined when there is no more. */
  readonly next: (max: number) => readonly StoredEvent[] | undefined;
  /** Sends the closing message once all events are sent. */
  readonly afterwards?: () => void;
};

/** How many events EventStoreDB looks at before it says that a stream begins later than where it is read from. */
const FIRST_LOOK = 32;

/** @throws StatusError when read forwards from the end, which EventStoreDB's index refuses */
const streamPages = (log: EventLog, request: ReadRequest, outbox: Outbox): Pages => {
  const { stream, direction, toldPositions, count } = request;
  if (direction === 'forwards' && request.from === 'end') throw unreadable();
  let { from } = request;
  const first = from;
  let last: bigint | undefined;
  // A read ends at the last event there when it began, even when writers are faster than its reader.
  const until = log.lastRevision(stream);
  let over = false;
  const tellFirstPosition = ({ events, last }: StreamPage) => {
    const asked = first === 'start' ? 0n : BigInt(first);
    const begin = events[0]?.revision ?? last + 1n;
    const looked = events.length === 0 ? 1n : BigInt(Math.min(FIRST_LOOK, count ?? FIRST_LOOK));
    if (begin < asked || begin - asked >= looked) outbox.write(firstStreamPositionResponse(begin));
  };
  const next = (max: number) => {
    if (over) return undefined;
    const page = log.readStream(stream, { from, direction, max });
    if (page.status === 'deleted') throw streamDeleted(stream);
    if (page.status === 'not-found') {
      // Only the first page answers so: a stream deleted under a reader simply ends.
      if (from === first) outbox.write(streamNotFoundResponse(stream));
      return undefined;
    }
    if (toldPositions && direction === 'forwards' && from === first) tellFirstPosition(page);
    last = page.last;
    from = page.next;
    over = page.end || (direction === 'forwards' && page.next > until);
    return direction === 'forwards' ? page.events.filter(({ revision }) => revision <= until) : page.events;
  };
  const afterwards = () => {
    if (toldPositions && last !== undefined) outbox.write(lastStreamPositionResponse(last));
  };
  return { next, afterwards };
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
  const next = (max: number) => {
    if (over) return undefined;
    const page = log.readAll({ from, direction, max, ...(filter === undefined ? {} : { filter: filter.matches }) });
    from = page.next;
    over = page.end || (direction === 'forwards' && page.next > until);
    return direction === 'forwards' ? page.events.filter(({ position }) => position <= until) : page.events;
  };
  return { next };
};
