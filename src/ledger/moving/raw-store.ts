import { randomUUID } from 'node:crypto';
import type { Duplex, Readable } from 'node:stream';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { unpackToCommandError } from '@eventstore/db-client/dist/streams/appendToStream/unpackError.js';
import { convertToCommandError } from '@eventstore/db-client/dist/utils/CommandError.js';
import { parseUUID } from '@eventstore/db-client/dist/utils/grpcUUID.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import timestamp from 'google-protobuf/google/protobuf/timestamp_pb.js';

export type Position = { readonly commit: bigint; readonly prepare: bigint };

/** An event as it is stored, byte for byte: the official client's own events are parsed JSON, and what it writes is written anew. */
export type RawEvent = {
  readonly id: string;
  readonly stream: string;
  readonly revision: bigint;
  readonly type: string;
  readonly contentType: string;
  /** When the store recorded it: units of 100 ns since 1970. */
  readonly ticks: bigint;
  readonly data: Buffer;
  readonly metadata: Buffer;
  readonly position: Position;
};

/** An event to append; the store gives it place and time. */
export type RawProposal = Pick<RawEvent, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;

/** Whose names or types match, by a regular expression that the server looks at. */
export type RawFilter = { readonly streams: string } | { readonly types: readonly string[] };

/** Another event stands where this one should go, or the one before it is not there. */
export class NotAtRevision extends Error {
  constructor(
    readonly stream: string,
    readonly revision: bigint | 'any',
  ) {
    super(`${stream} does not end before revision ${revision}`);
    this.name = 'NotAtRevision';
  }
}

const APPEND_DEADLINE_MS = 60_000;

/** The part of the official client (6.2.1) used here, which it calls internal: its connection, with its discovery and its credentials. */
type Internals = {
  GRPCStreamCreator<C, S>(grpc: new (...args: never[]) => C, name: string, creator: (client: C) => S): () => Promise<S>;
  callArguments(options: { requiresLeader?: boolean }, callOptions: { deadline: number }): [never, never];
};
type StreamsClient = { read(...args: unknown[]): Readable; batchAppend(...args: unknown[]): Duplex };

const callOf = async <S>(
  client: EventStoreDBClient,
  name: string,
  begin: (grpc: StreamsClient, args: [never, never]) => S,
): Promise<S> => {
  const internals = client as unknown as Internals;
  // From the leader: a follower may be behind what it is asked to vouch for.
  const args = internals.callArguments({ requiresLeader: true }, { deadline: Number.POSITIVE_INFINITY });
  const grpc = streamsGrpc.StreamsClient as unknown as new (...args: never[]) => StreamsClient;
  return internals.GRPCStreamCreator(grpc, name, (of: StreamsClient) => begin(of, args))();
};

export type ReadOptions = {
  readonly from?: Position | 'start' | 'end';
  readonly direction?: 'forwards' | 'backwards';
  readonly filter?: RawFilter;
  readonly max?: number;
};

/** `$all`, inclusive of the event at `from` when read forwards. Links are not followed. @throws what the client throws */
export const readAllRaw = (
  client: EventStoreDBClient,
  { from = 'start', direction = 'forwards', filter, max }: ReadOptions = {},
): AsyncGenerator<RawEvent> => {
  const all = new streams.ReadReq.Options.AllOptions();
  if (from === 'start') all.setStart(new shared.Empty());
  else if (from === 'end') all.setEnd(new shared.Empty());
  else
    all.setPosition(
      new streams.ReadReq.Options.Position()
        .setCommitPosition(String(from.commit))
        .setPreparePosition(String(from.prepare)),
    );
  const options = new streams.ReadReq.Options().setAll(all);
  if (filter) options.setFilter(filterOf(filter));
  else options.setNoFilter(new shared.Empty());
  return read(client, options, direction, max);
};

/** A stream from a revision (or its end); nothing where it is not there. @throws what the client throws */
export const readStreamRaw = (
  client: EventStoreDBClient,
  stream: string,
  {
    from = 0n,
    direction = 'forwards',
    max,
  }: { from?: bigint | 'end'; direction?: 'forwards' | 'backwards'; max?: number } = {},
): AsyncGenerator<RawEvent> => {
  const source = new streams.ReadReq.Options.StreamOptions().setStreamIdentifier(
    new shared.StreamIdentifier().setStreamName(Buffer.from(stream)),
  );
  if (from === 'end') source.setEnd(new shared.Empty());
  else source.setRevision(String(from));
  const options = new streams.ReadReq.Options().setStream(source).setNoFilter(new shared.Empty());
  return read(client, options, direction, max);
};

async function* read(
  client: EventStoreDBClient,
  options: InstanceType<typeof streams.ReadReq.Options>,
  direction: 'forwards' | 'backwards',
  max = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<RawEvent> {
  const { FORWARDS, BACKWARDS } = streams.ReadReq.Options.ReadDirection;
  options
    .setReadDirection(direction === 'forwards' ? FORWARDS : BACKWARDS)
    .setCount(String(max))
    .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
  const request = new streams.ReadReq().setOptions(options);
  const call = await callOf(client, 'readRaw', (grpc, args) => grpc.read(request, ...args));
  let ended = false;
  try {
    for await (const answer of call as AsyncIterable<InstanceType<typeof streams.ReadResp>>) {
      const event = answer.getEvent()?.getEvent();
      if (event) yield rawOf(event);
    }
    ended = true;
  } catch (error) {
    ended = true;
    throw convertToCommandError(error as never);
  } finally {
    // Left with something unread it would be waited for when the client is closed.
    if (!ended) (call as unknown as { cancel(): void }).cancel();
  }
}

const filterOf = (filter: RawFilter) => {
  const expression = new streams.ReadReq.Options.FilterOptions.Expression();
  const options = new streams.ReadReq.Options.FilterOptions().setMax(1_000).setCheckpointintervalmultiplier(1);
  return 'streams' in filter
    ? options.setStreamIdentifier(expression.setRegex(filter.streams))
    : options.setEventType(expression.setPrefixList([...filter.types]));
};

const rawOf = (event: InstanceType<typeof streams.ReadResp.ReadEvent.RecordedEvent>): RawEvent => {
  const system = event.getMetadataMap();
  return {
    id: parseUUID(event.getId()) ?? '',
    stream: Buffer.from(event.getStreamIdentifier()?.getStreamName_asU8() ?? '').toString('utf8'),
    revision: BigInt(event.getStreamRevision()),
    type: system.get('type') ?? '',
    contentType: system.get('content-type') ?? 'application/octet-stream',
    ticks: BigInt(system.get('created') ?? 0),
    data: bufferOf(event.getData_asU8()),
    metadata: bufferOf(event.getCustomMetadata_asU8()),
    position: { commit: BigInt(event.getCommitPosition()), prepare: BigInt(event.getPreparePosition()) },
  };
};

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** ISO-8601 UTC with all seven digits that the store has. */
export const timeOf = (ticks: bigint): string =>
  `${new Date(Number(ticks / 10_000n)).toISOString().slice(0, 20)}${String(ticks % 10_000_000n).padStart(7, '0')}Z`;

type Waiting = {
  readonly stream: string;
  readonly revision: bigint | 'any';
  readonly done: () => void;
  readonly failed: (why: unknown) => void;
};

/**
 * Appends over one call, whose messages the server takes in order: an event sent later is never stored earlier, so that many may be under way
 * at once and `$all` still has them in the order in which they were sent.
 */
export class RawWriter {
  private readonly waiting = new Map<string, Waiting>();
  private broken: unknown;

  private constructor(private readonly call: Duplex) {
    call.on('data', (answer: InstanceType<typeof streams.BatchAppendResp>) => this.answered(answer));
    call.on('error', (error) => this.end(convertToCommandError(error as never)));
    call.on('end', () => this.end(new Error('the server ended the call')));
  }

  static async open(client: EventStoreDBClient): Promise<RawWriter> {
    return new RawWriter(await callOf(client, 'appendRaw', (grpc, args) => grpc.batchAppend(...args)));
  }

  /**
   * Appends all or none, the first at `revision` exactly, or wherever the stream ends.
   * @returns when they are stored
   * @throws NotAtRevision, and what the client throws
   */
  append(stream: string, revision: bigint | 'any', events: readonly RawProposal[]): Promise<void> {
    if (this.broken !== undefined) return Promise.reject(this.broken);
    const correlationId = randomUUID();
    const options = new streams.BatchAppendReq.Options()
      .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)))
      .setDeadline(timestamp.Timestamp.fromDate(new Date(Date.now() + APPEND_DEADLINE_MS)) as never);
    if (revision === 'any') options.setAny(new shared.Empty() as never);
    else if (revision === 0n) options.setNoStream(new shared.Empty() as never);
    else options.setStreamPosition(String(revision - 1n));
    const request = new streams.BatchAppendReq()
      .setCorrelationId(new shared.UUID().setString(correlationId))
      .setOptions(options)
      .setIsFinal(true)
      .setProposedMessagesList(events.map(messageOf));
    return new Promise((done, failed) => {
      this.waiting.set(correlationId, { stream, revision, done, failed });
      this.call.write(request);
    });
  }

  /** Resolves when the connection takes more. */
  async drained(): Promise<void> {
    while (this.call.writableNeedDrain && this.broken === undefined)
      await new Promise<void>((resolve) => {
        const go = () => {
          this.call.off('drain', go).off('close', go).off('error', go);
          resolve();
        };
        this.call.once('drain', go).once('close', go).once('error', go);
      });
  }

  /** Ends the call; appends not answered are refused. */
  close(): void {
    this.end(new Error('the writer was closed'));
    this.call.end();
  }

  private answered(answer: InstanceType<typeof streams.BatchAppendResp>): void {
    const id = parseUUID(answer.getCorrelationId()) ?? '';
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    this.waiting.delete(id);
    const { stream, revision, done, failed } = waiting;
    const error = answer.getError();
    if (!error) done();
    else if (error.getDetails()?.getTypeName() === 'event_store.client.WrongExpectedVersion')
      failed(new NotAtRevision(stream, revision));
    else failed(unpackToCommandError(error, stream));
  }

  private end(why: unknown): void {
    this.broken ??= why;
    for (const { failed } of this.waiting.values()) failed(this.broken);
    this.waiting.clear();
  }
}

const messageOf = ({ id, type, contentType, data, metadata }: RawProposal) => {
  const message = new streams.BatchAppendReq.ProposedMessage()
    .setId(new shared.UUID().setString(id))
    .setData(data)
    .setCustomMetadata(metadata);
  message.getMetadataMap().set('type', type).set('content-type', contentType);
  return message;
};
