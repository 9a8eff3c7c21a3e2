import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { EventLog } from '../log/event-log.ts';
import { type Definition, idOf, placeFrom, placeText } from './definition.ts';

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

  /** One write at a time; what is wanted meanwhile replaces what was wanted before. */
  save(at: bigint): void {
    this.#wanted = at;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
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
        await this.#append(this.#stream, 'SubscriptionCheckpoint', JSON.stringify(placeText(this.#definition, at)));
        if (this.#saved === undefined) await this.#keepFew();
        this.#saved = at;
      } catch (error) {
        this.#logger.error({ err: error, stream: this.#stream }, 'could not write a checkpoint');
      }
    }
  }

  /** Only the newest checkpoint is ever read. Metadata that is there already holds a truncation and must stay. */
  async #keepFew(): Promise<void> {
    const metastream = `$$${this.#stream}`;
    const { events } = this.#log.readStream(metastream, { from: 'end', direction: 'backwards', max: 1 });
    if (events.length === 0) await this.#append(metastream, '$metadata', '{"$maxCount":2}');
  }

  async #append(stream: string, type: string, json: string): Promise<void> {
    const result = await this.#log.append(stream, 'any', [
      {
        id: randomUUID(),
        type,
        contentType: 'application/json',
        data: Buffer.from(json),
        metadata: Buffer.alloc(0),
      },
    ]);
    if (!result.ok) throw new Error(`The log refused: ${result.reason}.`);
  }
}

const parsed = (data: Buffer): unknown => {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    return undefined;
  }
};
