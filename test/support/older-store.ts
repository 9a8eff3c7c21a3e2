import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { open } from 'lmdb';
import { eventFile, idKey, revisionKey, uint64, walFile } from '../../embedded/log/layout.ts';
import { DELETED } from '../../embedded/log/stream-metadata.ts';
import { NO_RUN, WriteAheadLog } from '../../embedded/log/write-ahead-log.ts';
import { encodeRecordedEvent } from '../../embedded/wire/stored-event.ts';

export type OlderEvent = { readonly stream: string; readonly type: string; readonly data: string };

/**
 * Writes a data folder as the node of data format 3 left it: whole messages as records, an index, stream numbers, and
 * the newest events in the write-ahead log alone. Gives the messages in the order of their positions.
 */
export const writeOlderStore = async (
  dir: string,
  events: readonly OlderEvent[],
  unfiled: number,
): Promise<Buffer[]> => {
  await mkdir(dir, { recursive: true });
  const root = open<Buffer, Buffer>({
    path: eventFile(dir),
    noSubdir: true,
    encoding: 'binary',
    keyEncoding: 'binary',
  });
  const database = (name: string) => root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
  const [format, log, index, streams] = ['format', 'log', 'index', 'streams'].map(database);
  if (!format || !log || !index || !streams) throw new Error('A database is missing.');
  const messages: Buffer[] = [];
  const last = new Map<string, { number: bigint; revision: bigint }>();
  const salt = randomBytes(8);
  root.transactionSync(() => {
    for (const [place, { stream, type, data }] of events.entries()) {
      const position = BigInt(place);
      const { number, revision: before } = last.get(stream) ?? { number: position, revision: -1n };
      const revision = type === '$streamDeleted' ? DELETED : before + 1n;
      last.set(stream, { number, revision });
      const id = crypto.randomUUID();
      const message = encodeRecordedEvent(
        { id, type, contentType: 'application/json', data: Buffer.from(data), metadata: Buffer.from('{"by":"test"}') },
        { stream, revision, position, created: 17_900_000_000_000_000n + position },
      );
      messages.push(message);
      if (place >= events.length - unfiled) continue;
      log.putSync(uint64(position), message);
      if (number === position) streams.putSync(Buffer.from(stream), uint64(position));
      index.putSync(revisionKey(number, revision), uint64(position));
      index.putSync(idKey(number, id), uint64(revision));
    }
    format.putSync(Buffer.from('format'), Buffer.from('3'));
    format.putSync(Buffer.from('wal'), Buffer.concat([salt, Buffer.alloc(8)]));
  });
  await root.close();
  WriteAheadLog.create(walFile(dir));
  const wal = WriteAheadLog.open(walFile(dir), salt, NO_RUN);
  const first = events.length - unfiled;
  if (unfiled > 0) await wal.append(BigInt(first), messages.slice(first));
  wal.close();
  return messages;
};

/** Events over a few streams, one of them closed for good, and one that was deleted and came back. */
export const olderEvents = (count: number): OlderEvent[] => [
  ...Array.from({ length: count - 3 }, (_, number) => ({
    stream: `patient-${number % 17}`,
    type: number % 3 === 0 ? 'RecordingViewed' : 'ViewCleared',
    data: JSON.stringify({ viewId: crypto.randomUUID(), number, at: new Date(number * 1_000).toISOString() }),
  })),
  { stream: 'patient-3', type: '$streamDeleted', data: '' },
  { stream: '$$patient-5', type: '$metadata', data: '{"$tb":9223372036854775807}' },
  { stream: 'newest', type: 'Newest', data: 'not JSON' },
];
