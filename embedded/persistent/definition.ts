import { z } from 'zod';
import { strategyNames } from './strategies.ts';

const count = z.int().min(0);

const filterSchema = z.object({
  context: z.enum(['event-type', 'stream']),
  type: z.enum(['regex', 'prefix']),
  data: z.array(z.string()).min(1),
});
export type FilterDefinition = z.infer<typeof filterSchema>;

/** One persistent subscription as it is kept in `$persistentSubscriptionConfig`. Times are in milliseconds. */
export const definitionSchema = z.object({
  /** `$all`, or the name of a stream. */
  stream: z.string().min(1),
  group: z.string().min(1),
  filter: filterSchema.optional(),
  resolveLinkTos: z.boolean(),
  extraStatistics: z.boolean(),
  messageTimeout: count,
  maxRetryCount: count,
  /** 0: never by time. */
  checkPointAfter: count,
  minCheckPointCount: count,
  maxCheckPointCount: count,
  /** 0: no limit. */
  maxSubscriberCount: count,
  liveBufferSize: count,
  readBatchSize: count,
  historyBufferSize: count,
  namedConsumerStrategy: z.enum(strategyNames),
  /** As asked for: "0", "-1" (end) or a revision; for `$all` "C:c/P:p". */
  startPosition: z.string(),
  /**
   * The place (revision, or `$all` position) after which the source is read while there is no checkpoint. "From the end"
   * is resolved when the subscription is created: resolved at every start, it would skip events committed while the
   * node was down.
   */
  startAfter: z.string().regex(/^-?\d+$/),
});
export type Definition = z.infer<typeof definitionSchema>;

export const toAll = (definition: Pick<Definition, 'stream'>): boolean => definition.stream === '$all';

export const idOf = (stream: string, group: string): string => `${stream}::${group}`;

/** A place in the subscription's source as text: a revision, or a position of `$all`. */
export const placeText = (definition: Definition, at: bigint): string =>
  toAll(definition) ? `C:${at}/P:${at}` : String(at);

/** The reverse of `placeText`; undefined for anything else. */
export const placeFrom = (definition: Definition, text: unknown): bigint | undefined => {
  if (typeof text !== 'string') return undefined;
  const digits = (toAll(definition) ? /^C:(\d+)\/P:\d+$/ : /^(\d+)$/).exec(text)?.[1];
  return digits === undefined ? undefined : BigInt(digits);
};
