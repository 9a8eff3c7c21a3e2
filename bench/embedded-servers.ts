import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { Server, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js';
import { EventLog } from '../embedded/log/event-log.ts';
import type { NewRecord, Storage } from '../embedded/log/storage.ts';
import { startNode } from '../embedded/server.ts';
import { eventResponse } from '../embedded/wire/read-responses.ts';
import { encodeRecordedEvent, StoredEvent } from '../embedded/wire/stored-event.ts';

/*
 * What the embedded node is measured against, each in a process of its own:
 *   storage-off   the same node, its log kept in memory: what the protocol costs without a disk
 *   ready-made    a server that answers every read with the same bytes, made beforehand: what the client itself can take
 */

class MemoryStorage implements Storage {
  private readonly log: StoredEvent[] = [];
  private readonly numbers = new Map<string, bigint>();
  private readonly streams = new Map<bigint, { positions: bigint[]; revisions: Map<string, bigint> }>();

  lastPosition() {
    return BigInt(this.log.length) - 1n;
  }
  streamNumber(name: string) {
    return this.numbers.get(name);
  }
  ends(number: bigint) {
    return { first: 0n, last: BigInt(this.streams.get(number)?.positions.length ?? 0) - 1n };
  }
  eventOf(number: bigint, revision: bigint) {
    const position = this.streams.get(number)?.positions[Number(revision)];
    return position === undefined ? undefined : this.event(position);
  }
  revisionOf(number: bigint, id: string) {
    return this.streams.get(number)?.revisions.get(id);
  }
  event(position: bigint) {
    return this.log[Number(position)];
  }
  *events(from: bigint) {
    for (let position = Number(from); position < this.log.length; position++) yield this.log[position] as StoredEvent;
  }
  *streamEvents(number: bigint, from: bigint, to: bigint) {
    for (let revision = from; revision <= to; revision++) yield this.eventOf(number, revision) as StoredEvent;
  }
  async commit(records: readonly NewRecord[]) {
    for (const { newStreamName, streamNumber, event, id } of records) {
      if (newStreamName !== undefined) this.numbers.set(newStreamName, streamNumber);
      const stream = this.streams.get(streamNumber) ?? {
        positions: [] as bigint[],
        revisions: new Map<string, bigint>(),
      };
      this.streams.set(streamNumber, stream);
      this.log.push(event);
      stream.positions.push(event.position);
      stream.revisions.set(id, event.revision);
    }
  }
  async close() {}
}

const storageOff = async (): Promise<string> => {
  const { connectionString } = await startNode({ dir: '', log: new EventLog(new MemoryStorage()) });
  return connectionString;
};

const readyMade = async (count: number): Promise<string> => {
  const messages = Array.from({ length: count }, (_, number) => {
    const event = {
      id: crypto.randomUUID(),
      type: 'ConsultationBooked',
      contentType: 'application/json',
      data: Buffer.from(JSON.stringify({ number, filler: 'x'.repeat(300) })),
      metadata: Buffer.from(JSON.stringify({ $correlationId: crypto.randomUUID() })),
    } as const;
    const at = BigInt(number);
    const encoded = encodeRecordedEvent(event, { stream: 'ready', revision: at, position: at, created: at });
    return eventResponse({ event: StoredEvent.of(encoded), link: undefined });
  });
  const server = new Server();
  server.addService(
    { read: { ...StreamsService.read, responseSerialize: (message: Buffer) => message } },
    {
      read: async (call: ServerWritableStream<streams.ReadReq, Buffer>) => {
        for (const message of messages) {
          if (!call.write(message)) await new Promise((resolve) => call.once('drain', resolve));
        }
        call.end();
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return `esdb://127.0.0.1:${port}?tls=false`;
};

const [what, count] = process.argv.slice(2);
const connectionString = what === 'ready-made' ? await readyMade(Number(count)) : await storageOff();
console.log(JSON.stringify({ ready: true, connectionString }));
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
