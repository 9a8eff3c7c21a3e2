import { DELETED, type EventLog, isVisibleInAll, type StoredEvent } from '../log/event-log.ts';
import { checkpointResponse } from '../wire/read-responses.ts';
import { streamDeleted } from '../wire/status-error.ts';
import type { ReadRequest } from './read-request.ts';

type Page = {
  readonly events: readonly StoredEvent[];
  readonly next: bigint;
  readonly last?: bigint;
  readonly end: boolean;
};

/** Where a subscription stands and what of the log concerns it. */
export interface Source {
  /** The next events after where the subscription stands. */
  page(): Page;
  /** Moves past an event and gives what to send for it: nothing when it was sent before or doesn't match. */
  take(event: StoredEvent): Iterable<Buffer>;
  /** Moves past the events that a page left out because the caller may not see them. */
  pageSent(page: Page): void;
  /** What to send once the end of the log is reached. */
  atEnd(): Iterable<Buffer>;
  /** Whether something was committed after the last page was read. */
  behind(): boolean;
  /** @throws StatusError when the stream, or the event just sent, is a tombstone */
  refuseTombstoned(event?: StoredEvent): void;
}

const PAGE = 200;

type Respond = (event: StoredEvent) => Buffer;

/** One stream, from after a revision on. A stream that isn't there yet is waited for. */
export class StreamSource implements Source {
  private readonly stream: string;
  /** Last revision sent or skipped. */
  private at: bigint;

  constructor(
    private readonly log: EventLog,
    request: ReadRequest,
    private readonly respond: Respond,
  ) {
    this.stream = request.stream;
    this.at = request.from === 'start' ? -1n : request.from === 'end' ? log.lastRevision(this.stream) : request.from;
  }

  page() {
    const page = this.log.readStream(this.stream, { from: this.at + 1n, direction: 'forwards', max: PAGE });
    if (page.status === 'deleted') throw streamDeleted(this.stream);
    return page;
  }

  pageSent({ end, last = this.at }: Page) {
    if (end && last > this.at) this.at = last;
  }

  *take(event: StoredEvent) {
    if (event.revision <= this.at) return;
    this.at = event.revision;
    yield this.respond(event);
  }

  atEnd() {
    return [];
  }

  behind() {
    return this.log.lastRevision(this.stream) > this.at;
  }

  refuseTombstoned(event?: StoredEvent) {
    const isTombstoned =
      event === undefined ? this.log.lastRevision(this.stream) === DELETED : event.revision === DELETED;
    if (isTombstoned) throw streamDeleted(this.stream);
  }
}

/** The whole log, from after a position on, perhaps filtered and with checkpoints that say how far the filter got. */
export class AllSource implements Source {
  /** Last position sent or skipped. */
  private at: bigint;
  /** Before the first checkpoint none: the end of the past is always marked by one, even if nothing lay in it. */
  private checkpointedAt = -1n;
  private considered = 0;

  constructor(
    private readonly log: EventLog,
    private readonly request: ReadRequest,
    private readonly respond: Respond,
  ) {
    this.at = request.from === 'start' ? -1n : request.from === 'end' ? log.lastPosition : request.from;
  }

  page() {
    return this.log.readAll({ from: this.at + 1n, direction: 'forwards', max: PAGE });
  }

  pageSent({ next }: Page) {
    if (next - 1n > this.at) this.at = next - 1n;
  }

  *take(event: StoredEvent) {
    if (event.position <= this.at) return;
    this.at = event.position;
    if (!isVisibleInAll(event)) return;
    const { filter } = this.request;
    if (filter === undefined) {
      yield this.respond(event);
      return;
    }
    if (filter.matches(event)) yield this.respond(event);
    this.considered++;
    if (this.considered % filter.checkpointInterval === 0) yield* this.checkpoint();
  }

  atEnd() {
    return this.request.filter === undefined ? [] : this.checkpoint();
  }

  behind() {
    return this.log.lastPosition > this.at;
  }

  refuseTombstoned() {}

  private *checkpoint() {
    if (this.at <= this.checkpointedAt) return;
    this.checkpointedAt = this.at;
    yield checkpointResponse(this.at);
  }
}
