import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { streamIdentifier, structuredUuid } from './identifiers.ts';
import { fieldLength, integerLength, MessageWriter } from './protobuf.ts';
import type { StoredEvent } from './stored-event.ts';

/** An event on its way to a reader: what it resolved to, and the link it was found through. */
export type ResolvedEvent = {
  /** Absent when a link's target is gone. */
  readonly event: StoredEvent | undefined;
  readonly link: StoredEvent | undefined;
};

/** The `ReadResp` of one event. The stored bytes go in as they are. */
export const eventResponse = ({ event, link }: ResolvedEvent, encode = storedForm): Buffer => {
  const original = link ?? event;
  if (original === undefined) throw new Error('A response needs an event or a link.');
  const eventBytes = event === undefined ? undefined : encode(event);
  const linkBytes = link === undefined ? undefined : encode(link);
  const resolved = resolvedLength(eventBytes, linkBytes) + integerLength(original.position);
  const writer = new MessageWriter(fieldLength(resolved)).begin(1, resolved);
  return writeResolved(writer, eventBytes, linkBytes).integer(3, original.position).bytes;
};

/** Bytes of what streams and persistent subscriptions alike say of an event: itself, and the link to it. */
export const resolvedLength = (event: Buffer | undefined, link: Buffer | undefined): number =>
  (event === undefined ? 0 : fieldLength(event.length)) + (link === undefined ? 0 : fieldLength(link.length));

export const writeResolved = (
  writer: MessageWriter,
  event: Buffer | undefined,
  link: Buffer | undefined,
): MessageWriter => {
  if (event !== undefined) writer.data(1, event);
  if (link !== undefined) writer.data(2, link);
  return writer;
};

/** Ids as text, as stored. */
const storedForm = (event: StoredEvent): Buffer => event.encoded;

/** Ids as two 64-bit halves: the stored record begins with its id, whose field is replaced. */
export const structuredIdForm = (event: StoredEvent): Buffer => {
  const id = Buffer.from(structuredUuid(event.id).serializeBinary());
  const head = Buffer.from([0x0a, id.length]);
  return Buffer.concat([head, id, event.encoded.subarray(STORED_ID_FIELD_LENGTH)]);
};
const STORED_ID_FIELD_LENGTH = 40;

const response = (fill: (message: streams.ReadResp) => void): Buffer => {
  const message = new streams.ReadResp();
  fill(message);
  return StreamsService.read.responseSerialize(message);
};

export const confirmationResponse = (subscriptionId: string): Buffer =>
  response((message) =>
    message.setConfirmation(new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(subscriptionId)),
  );

export const streamNotFoundResponse = (stream: string): Buffer =>
  response((message) =>
    message.setStreamNotFound(new streams.ReadResp.StreamNotFound().setStreamIdentifier(streamIdentifier(stream))),
  );

export const firstStreamPositionResponse = (revision: bigint): Buffer =>
  response((message) => message.setFirstStreamPosition(String(revision)));

export const lastStreamPositionResponse = (revision: bigint): Buffer =>
  response((message) => message.setLastStreamPosition(String(revision)));

export const checkpointResponse = (position: bigint): Buffer =>
  response((message) =>
    message.setCheckpoint(
      new streams.ReadResp.Checkpoint().setCommitPosition(String(position)).setPreparePosition(String(position)),
    ),
  );

export const caughtUpResponse: Buffer = response((message) => message.setCaughtUp(new streams.ReadResp.CaughtUp()));
