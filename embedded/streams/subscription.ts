import { randomUUID } from 'node:crypto';
import type { EventLog, StoredEvent } from '../log/event-log.ts';
import { caughtUpResponse, confirmationResponse } from '../wire/read-responses.ts';
import type { LiveFeed } from './live-feed.ts';
import type { Outbox } from './outbox.ts';
import { nextTurn, responder } from './read.ts';
import type { ReadRequest } from './read-request.ts';
import { AllSource, type Source, StreamSource } from './subscription-sources.ts';

/** Live events, and their bytes, held for a busy reader; with more it goes back to reading the log at its own pace. */
const HELD_EVENTS = 32;
const HELD_BYTES = 256 * 1024;

/**
 * Sends a subscription until its client leaves.
 *
 *   confirmation → catching up ──(end of the log)──→ caught up → live ──┐
 *                       ↑                                              │
 *                       └──────────(reader too slow for live)──────────┘
 *
 * While catching up, pages of the log go out as fast as the reader takes them. The switch to live happens between two
 * commits, so nothing falls in between. The log is the only unbounded buffer.
 * @throws StatusError when the stream is or gets tombstoned
 */
export const sendSubscription = async (
  log: EventLog,
  feed: LiveFeed,
  request: ReadRequest,
  outbox: Outbox,
): Promise<void> => {
  const source: Source =
    request.stream === '$all'
      ? new AllSource(log, request, responder(log, request))
      : new StreamSource(log, request, responder(log, request));
  source.refuseTombstoned();
  outbox.write(confirmationResponse(randomUUID()));
  while (!outbox.closed) {
    const page = source.page();
    for (const event of page.events) {
      for (const response of source.take(event)) outbox.write(response);
      if (outbox.blocked) await outbox.ready();
      if (outbox.closed) return;
    }
    source.pageSent(page);
    if (page.end && !source.behind()) {
      // No await up to joining the live feed: a commit in between would be missed.
      for (const response of source.atEnd()) outbox.write(response);
      outbox.write(caughtUpResponse);
      await live(source, feed, request.stream, outbox);
      await outbox.ready();
    } else await nextTurn();
  }
};

/** Sends commits as they happen. Resolves when the reader has left or fallen behind; rejects when the stream ends. */
const live = (source: Source, feed: LiveFeed, stream: string, outbox: Outbox): Promise<void> =>
  new Promise((resolve, reject) => {
    let held: StoredEvent[] = [];
    let heldBytes = 0;
    let waiting = false;
    let over = false;

    const leave = () => {
      over = true;
      held = [];
      stopListening();
      outbox.onClose(undefined);
      resolve();
    };
    const send = (event: StoredEvent) => {
      try {
        for (const response of source.take(event)) outbox.write(response);
        source.refuseTombstoned(event);
      } catch (error) {
        reject(error);
        leave();
      }
      if (outbox.blocked) void waitForReader();
    };
    const waitForReader = async () => {
      waiting = true;
      await outbox.ready();
      waiting = false;
      const events = held;
      held = [];
      heldBytes = 0;
      for (const event of events) receive(event);
    };
    const receive = (event: StoredEvent) => {
      if (over) return;
      if (!waiting) {
        send(event);
        return;
      }
      held.push(event);
      heldBytes += event.encoded.length;
      if (held.length > HELD_EVENTS || heldBytes > HELD_BYTES) leave();
    };
    const stopListening = feed.listen(stream, receive);
    outbox.onClose(leave);
  });
