import { randomUUID } from 'node:crypto';
import { type EventLog, METADATA_EVENT } from '../log/event-log.ts';
import { metastreamOf } from '../log/stream-metadata.ts';
import type { StoredEvent } from '../wire/stored-event.ts';
import { writeSystemEvent } from './system-event.ts';

/** How many links one page of a replay reads. */
const pageSize = 100;

/**
 * The messages a subscription gave up on: links in `$persistentsubscription-<id>-parked`, replayed on request and then
 * truncated away (`$tb`) once they are done.
 */
export class Parked {
  readonly #log: EventLog;
  readonly #stream: string;
  /** Revisions of the next link to be parked and of the next to be replayed. */
  #end: bigint;
  #next: bigint;

  constructor(log: EventLog, subscriptionId: string) {
    this.#log = log;
    this.#stream = parkedStream(subscriptionId);
    const page = log.readStream(this.#stream, { from: 'start', direction: 'forwards', max: 1 });
    this.#end = page.last + 1n;
    this.#next = page.events[0]?.revision ?? this.#end;
  }

  get count(): bigint {
    return this.#end - this.#next;
  }

  /** Resolves once the link is durable. `resolved` is what the consumer saw: a link to it, not to another link. */
  async park(original: StoredEvent, resolved: StoredEvent | undefined, reason: string): Promise<void> {
    const target = resolved === undefined ? original.data : Buffer.from(`${resolved.revision}@${resolved.stream}`);
    const about = { added: new Date().toISOString(), reason, subscriptionEventNumber: Number(original.revision) };
    const result = await this.#log.append(this.#stream, 'any', [
      {
        id: randomUUID(),
        type: '$>',
        contentType: 'application/octet-stream',
        data: target,
        metadata: Buffer.from(JSON.stringify(about)),
      },
    ]);
    if (!result.ok) throw new Error(`The parked stream refused a message: ${result.reason}.`);
    if (result.lastRevision !== undefined && result.lastRevision >= this.#end) this.#end = result.lastRevision + 1n;
  }

  /** The next page of links to replay, up to but not including revision `stopAt`; empty when there are no more. */
  take(stopAt: bigint): StoredEvent[] {
    const limit = stopAt < this.#end ? stopAt : this.#end;
    if (this.#next >= limit) return [];
    const { events } = this.#log.readStream(this.#stream, { from: this.#next, direction: 'forwards', max: pageSize });
    const links = events.filter((link) => link.revision < limit);
    const last = links.at(-1);
    this.#next = last === undefined ? limit : last.revision + 1n;
    return links;
  }

  get end(): bigint {
    return this.#end;
  }

  /** Hides the links before this revision for good. */
  async truncate(before: bigint): Promise<void> {
    // Not JSON.stringify: a revision may be beyond what a number holds.
    await writeSystemEvent(this.#log, metastreamOf(this.#stream), METADATA_EVENT, `{"$tb":${before}}`);
  }
}

export const parkedStream = (subscriptionId: string): string => `$persistentsubscription-${subscriptionId}-parked`;
