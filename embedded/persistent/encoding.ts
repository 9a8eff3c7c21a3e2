import { fieldLength, integerLength, MessageWriter } from '../wire/protobuf.ts';
import { type ResolvedEvent, resolvedLength, writeResolved } from '../wire/read-responses.ts';

/** What goes to a consumer. */
export type Delivery = ResolvedEvent & {
  /** For subscriptions to `$all`: position of the original event. */
  readonly commitPosition: bigint | undefined;
  readonly retries: number;
};

/**
 * The `event_store.client.persistent_subscriptions.ReadResp` of one delivery. `RecordedEvent` has the same fields in the
 * persistent subscriptions' messages as in the streams', so the stored bytes go out as they are.
 */
export const encodeDelivery = ({ event, link, commitPosition, retries }: Delivery): Buffer => {
  const resolved =
    resolvedLength(event?.encoded, link?.encoded) +
    (commitPosition === undefined ? fieldLength(0) : integerLength(commitPosition)) +
    integerLength(retries);
  const writer = new MessageWriter(fieldLength(resolved)).begin(1, resolved);
  writeResolved(writer, event?.encoded, link?.encoded);
  if (commitPosition === undefined) writer.begin(4, 0);
  else writer.integer(3, commitPosition);
  return writer.integer(5, retries).bytes;
};
