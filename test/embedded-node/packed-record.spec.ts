import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { DamagedRecord } from '../../embedded/log/errors.ts';
import { type EventFile, openEventFile } from '../../embedded/log/layout.ts';
import { DELETED } from '../../embedded/log/stream-metadata.ts';
import {
  encodeRecordedEvent,
  type Placement,
  type ProposedEvent,
  StoredEvent,
} from '../../embedded/wire/stored-event.ts';

const viewed = (number: number): ProposedEvent => ({
  id: crypto.randomUUID(),
  type: 'RecordingViewed',
  contentType: 'application/json',
  data: Buffer.from(
    JSON.stringify({
      patientId: 'pat-02742a56',
      viewId: crypto.randomUUID(),
      viewerRoles: ['patient'],
      purpose: 'patient-request',
      number,
      ratio: -1.5e3,
      digest: 'ab'.repeat(32),
      expiresAt: new Date(1_800_000_000_000 + number).toISOString(),
      reason: 'Ä "quoted" \\ \n',
    }),
  ),
  metadata: Buffer.from(JSON.stringify({ $correlationId: crypto.randomUUID(), actor: { id: 'pat-02742a56' } })),
});

const hex = (bytes: Buffer) => bytes.toString('hex');

const NAMES = ['patient-pat-02742a56', 's', 'patient-ä', '-', 'a-b-c', '$$x'];

const placed = (number: number): Placement => ({
  stream: 'patient-pat-02742a56',
  revision: BigInt(number),
  position: BigInt(number),
  created: 17_956_720_000_000_123n,
});

describe('packing events for the event file', () => {
  let dir: string;
  let file: EventFile;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'packed-'));
    file = openEventFile(join(dir, 'events.mdb'), 'write');
  });
  afterEach(async () => {
    await file.environment.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** Packs events of one stream and stores what they share. */
  const packed = (events: readonly Buffer[], name = 'patient-pat-02742a56'): Buffer[] => {
    const streamNumber = NAMES.indexOf(name);
    const { records, drafted } = file.records.pack(
      events.map((encoded, place) => ({ event: StoredEvent.of(encoded), streamNumber, before: place - 1 })),
    );
    file.environment.transactionSync(() => {
      file.records.putShapes(drafted);
      file.records.putName(BigInt(streamNumber), name);
    });
    file.records.keep(drafted);
    return records;
  };
  const unpacked = (records: readonly Buffer[]) =>
    records.map((record, place) => file.records.unpack(BigInt(place), record).event.encoded);

  it('gives back what went in, in less than a third of the room', () => {
    const events = Array.from({ length: 20 }, (_, number) => encodeRecordedEvent(viewed(number), placed(number)));
    const records = packed(events);
    expect(unpacked(records)).toEqual(events);
    const bytes = (all: readonly Buffer[]) => all.reduce((sum, { length }) => sum + length, 0);
    expect(bytes(records)).toBeLessThan(bytes(events) / 3);
  });

  it('gives back whatever went in, JSON or not', () => {
    const text = fc.oneof(
      fc.json(),
      fc.string({ unit: 'binary' }),
      fc.uuid(),
      fc.date({ noInvalidDate: true }).map((date) => `{"at":"${date.toISOString()}","n":0.${date.getTime()}}`),
      fc.constantFrom(
        '',
        '{',
        '"',
        '{"a',
        '{"a":"\\',
        '[1,"',
        '{"a":"b"}x',
        '{"\u0000":1}',
        '[-',
        `["${'f'.repeat(63)}"]`,
      ),
    );
    const bytes = fc.oneof(
      text.map((value) => Buffer.from(value)),
      fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value)),
    );
    const event = fc.record({
      id: fc.uuid(),
      type: fc.string({ unit: 'binary', maxLength: 40 }),
      contentType: fc.constantFrom('application/json' as const, 'application/octet-stream' as const),
      data: bytes,
      metadata: bytes,
    });
    const place = fc.record({
      revision: fc.oneof(fc.bigInt(0n, 2n ** 40n), fc.constant(DELETED)),
      created: fc.oneof(fc.bigInt(0n, 2n ** 57n), fc.bigInt(0n, 99_999n)),
      stream: fc.constantFrom(...NAMES),
    });
    fc.assert(
      fc.property(event, place, fc.integer({ min: 1, max: 6 }), (proposed, at, alike) => {
        const events = Array.from({ length: alike }, (_, number) =>
          encodeRecordedEvent(proposed, { ...at, position: BigInt(number) }),
        );
        const { stream } = at;
        const whole = packed(events, stream);
        // As text: byte for byte is how Jest compares buffers, and takes longer than all the rest.
        expect(unpackedAnew(whole).map(hex)).toEqual(events.map(hex));
      }),
      { numRuns: 200 },
    );
  });

  /** With nothing kept in memory. */
  const unpackedAnew = (records: readonly Buffer[]): Buffer[] => {
    const other = openEventFile(join(dir, 'events.mdb'), 'read');
    try {
      return records.map((record, place) => other.records.unpack(BigInt(place), record).event.encoded);
    } finally {
      void other.environment.close();
    }
  };

  it('notices every flipped bit, and a record in the place of another', () => {
    const [first, second] = packed([0, 1, 2, 3].map((number) => encodeRecordedEvent(viewed(number), placed(number))));
    if (first === undefined || second === undefined) throw new Error('Nothing was packed.');
    expect(() => file.records.unpack(0n, second)).toThrow(DamagedRecord);
    for (let bit = 0; bit < first.length * 8; bit++) {
      const flipped = Buffer.from(first);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => file.records.unpack(0n, flipped)).toThrow(
        /position 0 can't be read, its checksum is wrong.*restore a backup/s,
      );
    }
    for (let length = 0; length < first.length; length++) {
      expect(() => file.records.unpack(0n, first.subarray(0, length))).toThrow(DamagedRecord);
    }
  });
});
