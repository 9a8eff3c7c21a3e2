import type { Logger } from 'pino';
import { type EventLog, METADATA_EVENT } from '../log/event-log.ts';
import { metastreamOf } from '../log/stream-metadata.ts';
import { type Definition, idOf, placeFrom, placeText } from './definition.ts';
import { writeSystemEvent } from './system-event.ts';

export const checkpointStream = (subscriptionId: string): string =>
  `$persistentsubscription-${subscriptionId}-checkpoint`;

/** How far a subscription is done, kept as events of its checkpoint stream. */
export class Checkpoints {
  readonly #log: EventLog;
  readonly #logger: Logger;
  readonly #definition: Definition;
  readonly #stream: string;
  #saved: bigint | undefined;
  #wanted: bigint | undefined;
  #writing: Promise<void> | undefined;

  constructor(log: EventLog, logger: Logger, definition: Definition) {
    this.#log = log;
    this.#logger = logger;
    this.#definition = definition;
    this.#stream = checkpointStream(idOf(definition.stream, definition.group));
    const newest = log.readStream(this.#stream, { from: 'end', direction: 'backwards', max: 1 }).events[0];
    if (newest !== undefined) {
      this.#saved = placeFrom(definition, parsed(newest.data));
      // Starting over delivers events again, which consumers must expect anyway; guessing a place could skip some.
      if (this.#saved === undefined) logger.error({ stream: this.#stream }, 'unreadable checkpoint: starting over');
    }
  }

  /** The last durable checkpoint. */
  get saved(): bigint | undefined {
    return this.#saved;
  }

  /** One write at a time; a checkpoint asked for meanwhile replaces the one waiting. */
  save(at: bigint): void {
    this.#wanted = at;
    this.#writing ??= this.#write();
  }

  /** Resolves when no write is under way. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#wanted !== undefined) {
      const at = this.#wanted;
      this.#wanted = undefined;
      try {
        await writeSystemEvent(
          this.#log,
          this.#stream,
          'SubscriptionCheckpoint',
          JSON.stringify(placeText(this.#definition, at)),
        );
        if (this.#saved === undefined) await this.#keepFew();
        this.#saved = at;
      } catch (error) {
        this.#logger.error({ err: error, stream: this.#stream }, 'could not write a checkpoint');
      }
    }
    // In the same turn as the last look at the waiting checkpoint, or one asked for in between would wait for the next.
    this.#writing = undefined;
  }

  /** Only the newest checkpoint is ever read. Metadata that is there already holds a truncation and must stay. */
  async #keepFew(): Promise<void> {
    const metastream = metastreamOf(this.#stream);
    const { events } = this.#log.readStream(metastream, { from: 'end', direction: 'backwards', max: 1 });
    if (events.length === 0) await writeSystemEvent(this.#log, metastream, METADATA_EVENT, '{"$maxCount":2}');
  }
}

const parsed = (data: Buffer): unknown => {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    return undefined;
  }
};
