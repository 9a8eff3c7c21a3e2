import { varintLength, writeVarint } from '../wire/protobuf.ts';
import type { ResolvedEvent } from '../wire/read-responses.ts';

/** What goes to a consumer. */
export type Delivery = ResolvedEvent & {
  /** For subscriptions to `$all`: position of the original event. */
  readonly commitPosition: bigint | undefined;
  readonly retries: number;
};

const fieldLength = (bytes: Buffer | undefined): number =>
  bytes === undefined ? 0 : 1 + varintLength(bytes.length) + bytes.length;

/**
 * The `event_store.client.persistent_subscriptions.ReadResp` of one delivery. `RecordedEvent` has the same fields in the
 * persistent subscriptions' messages as in the streams', so the stored bytes go out as they are.
 */
export const encodeDelivery = ({ event, link, commitPosition, retries }: Delivery): Buffer => {
  const inner =
    fieldLength(event?.encoded) +
    fieldLength(link?.encoded) +
    (commitPosition === undefined ? 2 : 1 + varintLength(commitPosition)) +
    1 +
    varintLength(retries);
  const bytes = Buffer.allocUnsafe(1 + varintLength(inner) + inner);
  let at = 0;
  const section = (tag: number, content: Buffer | undefined): void => {
    if (content === undefined) return;
    bytes[at++] = tag;
    at = writeVarint(bytes, content.length, at);
    at += content.copy(bytes, at);
  };
  bytes[at++] = 0x0a;
  at = writeVarint(bytes, inner, at);
  section(0x0a, event?.encoded);
  section(0x12, link?.encoded);
  if (commitPosition === undefined) {
    section(0x22, Buffer.alloc(0));
  } else {
    bytes[at++] = 0x18;
    at = writeVarint(bytes, commitPosition, at);
  }
  bytes[at++] = 0x28;
  writeVarint(bytes, retries, at);
  return bytes;
};
