import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type {
  handleUnaryCall,
  Metadata,
  ServerDuplexStream,
  ServerReadableStream,
  ServerWritableStream,
  ServiceDefinition,
  sendUnaryData,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { EventLog } from '../log/event-log.ts';
import { type BatchAppendRequest, batchAppendRequest } from '../wire/batch-append-request.ts';
import { unavailable } from '../wire/status-error.ts';
import { AppendCall } from './append.ts';
import { writeFailure } from './append-failures.ts';
import { BatchAppendCall } from './batch-append.ts';
import { deleteStream, tombstoneStream } from './deletion.ts';
import type { Guard } from './guard.ts';
import { LiveFeed } from './live-feed.ts';
import { Outbox } from './outbox.ts';
import { sendRead } from './read.ts';
import { readRequest } from './read-request.ts';
import { sendSubscription } from './subscription.ts';

const asItIs = (message: Buffer) => message;

/** Reads hand out the bytes as they are stored; what most appends come as is read by hand. */
export const streamsDefinition: ServiceDefinition = {
  ...StreamsService,
  read: { ...StreamsService.read, responseSerialize: asItIs },
  batchAppend: { ...StreamsService.batchAppend, requestDeserialize: batchAppendRequest, responseSerialize: asItIs },
};

export type StreamsOptions = {
  readonly log: EventLog;
  readonly guard: Guard;
  /** Bytes of event data in one append. */
  readonly maxAppendSize: number;
};

/** `event_store.client.streams.Streams` over the log. */
export class Streams {
  private readonly feed: LiveFeed;
  private readonly appends = new Set<AppendCall>();
  private readonly batchAppends = new Set<BatchAppendCall>();
  private readonly readers = new Set<ServerWritableStream<streams.ReadReq, Buffer>>();

  constructor(private readonly options: StreamsOptions) {
    this.feed = new LiveFeed(options.log);
  }

  readonly handlers: UntypedServiceImplementation = {
    read: (call: ServerWritableStream<streams.ReadReq, Buffer>) => void this.read(call),

    append: (
      call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
      callback: sendUnaryData<streams.AppendResp>,
    ) => {
      const { log, guard, maxAppendSize } = this.options;
      const append = new AppendCall(log, guard, maxAppendSize, call, callback, () => this.appends.delete(append));
      this.appends.add(append);
    },

    batchAppend: (call: ServerDuplexStream<BatchAppendRequest, Buffer>) => {
      const { log, guard, maxAppendSize } = this.options;
      const batchAppend = new BatchAppendCall(log, guard, maxAppendSize, call, () =>
        this.batchAppends.delete(batchAppend),
      );
      this.batchAppends.add(batchAppend);
    },

    delete: unary((caller, request: streams.DeleteReq) =>
      deleteStream(this.options.log, this.options.guard, caller, request),
    ),

    tombstone: unary((caller, request: streams.TombstoneReq) =>
      tombstoneStream(this.options.log, this.options.guard, caller, request),
    ),
  };

  /**
   * Ends open writes as EventStoreDB does when it is stopped: Append calls with UNAVAILABLE, BatchAppend calls with
   * CANCELLED. Writes that have reached the log are answered first. Readers are told to go elsewhere.
   */
  shutDown(): void {
    for (const append of this.appends) append.refuse(unavailable('The node is shutting down.'));
    for (const batchAppend of this.batchAppends) batchAppend.shutDown();
    for (const reader of this.readers) reader.emit('error', unavailable('The node is shutting down.'));
    this.feed.close();
  }

  private async read(call: ServerWritableStream<streams.ReadReq, Buffer>): Promise<void> {
    const { log, guard } = this.options;
    this.readers.add(call);
    try {
      const request = readRequest(call.request);
      guard(call.metadata, 'read', request.stream);
      const outbox = new Outbox(call);
      if (request.count === undefined) await sendSubscription(log, this.feed, request, outbox);
      else await sendRead(log, request, outbox);
      call.end();
    } catch (error) {
      call.emit('error', writeFailure(error));
    } finally {
      this.readers.delete(call);
    }
  }
}

const unary =
  <Request, Response>(
    handle: (caller: Metadata, request: Request) => Promise<Response>,
  ): handleUnaryCall<Request, Response> =>
  (call, callback) => {
    Promise.resolve()
      .then(() => handle(call.metadata, call.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(writeFailure(error)),
      );
  };
