import { LRUCache } from 'lru-cache';
import { StoredEvent } from '../wire/stored-event.ts';
import { DamagedRecord } from './errors.ts';
import type { Database } from './lmdb.ts';
import {
  type CutEvent,
  cutEvent,
  type KnownShape,
  kindOfShape,
  knownShape,
  type NameField,
  nameField,
  pack,
  SHAPELESS,
  sealed,
  Unreadable,
  USUAL_COUNT,
  unsealed,
} from './packed-record.ts';
import { decodeShape, encodeShape, segmentsOf } from './shape.ts';
import { Unpacker } from './unpacker.ts';

/** What a record says of its place. */
export type Place = {
  readonly streamNumber: number;
  readonly revision: bigint;
  /** Position of the record before it in the log, -1 when it is the first. */
  readonly before: number;
};

export type Unpacked = Place & { readonly event: StoredEvent };

/** An event on its way into the event file. */
export type ToPack = { readonly event: StoredEvent; readonly streamNumber: number; readonly before: number };

/** So many events of a batch have to be alike for their shape to be kept, and so many holes' values to be usual. */
const MIN_ALIKE = 4;
/** Each is read at the first checkpoint, and kept in memory. */
const MAX_SHAPES = 1_000;
const NAMES_KEPT = 20_000;
/** A longer value is hardly usual. */
const LONGEST_USUAL = 64;

const key = (number: bigint | number): Buffer => {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
};

/**
 * Packs events for the event file and unpacks them, with the shapes and the names of streams that the file keeps once
 * for all records. Everything is under a checksum that covers its key too: a damaged record is never given.
 */
export class Records {
  private readonly unpacker = new Unpacker();
  private readonly shapes = new Map<number, KnownShape>([[0, SHAPELESS]]);
  private readonly names = new LRUCache<number, NameField>({ max: NAMES_KEPT });
  /** Numbers of the shapes by their kinds; undefined until something is to be packed. */
  private numbers: Map<number, number> | undefined;

  constructor(
    private readonly file: string,
    private readonly stored: {
      readonly shapes: Database<Buffer, Buffer>;
      readonly names: Database<Buffer, Buffer>;
    },
  ) {}

  /** @param record may lie in memory that the next look-up writes over @throws DamagedRecord */
  unpack(position: bigint, record: Buffer): Unpacked {
    const { unpacker } = this;
    try {
      unpacker.open(Number(position), record);
      const { streamNumber, revision, before } = unpacker;
      let shape = this.shapes.get(unpacker.shape);
      let name = this.names.get(streamNumber);
      if (shape === undefined || name === undefined) {
        unpacker.own();
        shape = this.shape(unpacker.shape);
        name = this.name(streamNumber);
      }
      const event = StoredEvent.at(revision, position, unpacker.message(shape, name));
      return { streamNumber, revision, before, event };
    } catch (error) {
      throw this.damage(position, error);
    }
  }

  /** What a record says of its place, without making its message. @throws DamagedRecord */
  placeOf(position: bigint, record: Buffer): Place {
    try {
      this.unpacker.open(Number(position), record);
      const { streamNumber, revision, before } = this.unpacker;
      return { streamNumber, revision, before };
    } catch (error) {
      throw this.damage(position, error);
    }
  }

  /**
   * Packs events that will lie in the log one after the other. Shapes that they need and the file doesn't have yet are
   * given too; call `keep` once they are stored.
   */
  pack(events: readonly ToPack[]): { records: Buffer[]; drafted: KnownShape[] } {
    const cuts = events.map(({ event }) => cutEvent(event));
    const drafted = this.draftShapes(cuts);
    const byKind = new Map(drafted.map((shape) => [kindOfShape(shape), shape]));
    const records = events.map(({ streamNumber, before }, index) => {
      const parts = cuts[index] as CutEvent;
      const shape = byKind.get(parts.kind) ?? this.shape(this.numbersByKind().get(parts.kind) ?? 0);
      const name = this.named(streamNumber, parts.event);
      return (
        this.packed(parts, streamNumber, before, shape, name) ?? this.packedPlainly(parts, streamNumber, before, name)
      );
    });
    return { records, drafted };
  }

  /**
   * Undefined when the event read back differs from the one packed, as when two shapes are taken for one. What can't be
   * read back would be lost for good, and reading costs less than the disk does.
   */
  private packed(
    cuts: CutEvent,
    streamNumber: number,
    before: number,
    shape: KnownShape,
    name: NameField,
  ): Buffer | undefined {
    const { encoded } = cuts.event;
    const position = Number(cuts.event.position);
    const record = pack(cuts, streamNumber, before, shape, name);
    try {
      this.unpacker.begin(position, record);
      return this.unpacker.message(shape, name).equals(encoded) ? record : undefined;
    } catch (error) {
      if (error instanceof Unreadable || error instanceof RangeError) return undefined;
      throw error;
    }
  }

  private packedPlainly(cuts: CutEvent, streamNumber: number, before: number, name: NameField): Buffer {
    const record = this.packed(cuts, streamNumber, before, SHAPELESS, name);
    if (record === undefined) throw new Error(`The event at position ${cuts.event.position} can't be packed as it is.`);
    return record;
  }

  /** Stores shapes; within a transaction. */
  putShapes(drafted: readonly KnownShape[]): void {
    for (const shape of drafted) {
      void this.stored.shapes.put(key(shape.number), sealed(BigInt(shape.number), encodeShape(shape)));
    }
  }

  /** The transaction that stored them is on disk. */
  keep(drafted: readonly KnownShape[]): void {
    for (const shape of drafted) {
      this.shapes.set(shape.number, shape);
      this.numbersByKind().set(kindOfShape(shape), shape.number);
    }
  }

  /** Stores the name of a stream; within a transaction. */
  putName(streamNumber: bigint, name: string): void {
    void this.stored.names.put(key(streamNumber), sealed(streamNumber, Buffer.from(name)));
  }

  /** Name of a stream; undefined when there is none of this number. @throws DamagedRecord */
  nameOf(streamNumber: bigint): string | undefined {
    try {
      return this.storedName(streamNumber);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      throw new DamagedRecord(this.file, `the name of stream number ${streamNumber}: ${error.message}`);
    }
  }

  private storedName(streamNumber: bigint): string | undefined {
    const stored = this.stored.names.getBinary(key(streamNumber));
    return stored === undefined ? undefined : unsealed(streamNumber, stored).toString();
  }

  /** A stream's number is its own as soon as its first event is durable, which it is before it comes here. */
  private named(streamNumber: number, event: StoredEvent): NameField {
    let name = this.names.get(streamNumber);
    if (name === undefined) {
      name = nameField(event.stream);
      this.names.set(streamNumber, name);
    }
    return name;
  }

  private name(streamNumber: number): NameField {
    let name = this.names.get(streamNumber);
    if (name === undefined) {
      const text = this.storedName(BigInt(streamNumber));
      if (text === undefined) throw new Unreadable(`its stream, number ${streamNumber}, has no name`);
      name = nameField(text);
      this.names.set(streamNumber, name);
    }
    return name;
  }

  private shape(number: number): KnownShape {
    let shape = this.shapes.get(number);
    if (shape === undefined) {
      const stored = this.stored.shapes.getBinary(key(number));
      if (stored === undefined) throw new Unreadable(`its shape, number ${number}, is missing`);
      shape = knownShape(number, decodeShape(unsealed(BigInt(number), stored)));
      this.shapes.set(number, shape);
    }
    return shape;
  }

  private numbersByKind(): Map<number, number> {
    if (this.numbers === undefined) {
      this.numbers = new Map();
      for (const stored of this.stored.shapes.getKeys()) {
        const number = Number(stored.readBigUInt64BE());
        try {
          this.numbers.set(kindOfShape(this.shape(number)), number);
        } catch (error) {
          // A damaged shape is no shape for new events; those that have it say so when they are read.
          if (!(error instanceof Unreadable)) throw error;
        }
      }
    }
    return this.numbers;
  }

  private draftShapes(cuts: readonly CutEvent[]): KnownShape[] {
    const numbers = this.numbersByKind();
    const alike = new Map<number, CutEvent[]>();
    for (const one of cuts) {
      if (numbers.has(one.kind)) continue;
      const others = alike.get(one.kind);
      if (others === undefined) alike.set(one.kind, [one]);
      else others.push(one);
    }
    let last = 0;
    for (const stored of this.stored.shapes.getKeys({ reverse: true, limit: 1 }))
      last = Number(stored.readBigUInt64BE());
    const drafted: KnownShape[] = [];
    for (const events of alike.values()) {
      const [first] = events;
      if (first === undefined || events.length < MIN_ALIKE || last >= MAX_SHAPES) continue;
      const { type, contentType, encoded } = first.event;
      const { metadataStart, metadataEnd, dataStart, dataEnd } = first.event.fields;
      drafted.push(
        knownShape(++last, {
          type,
          contentType,
          metadata: segmentsOf(encoded, metadataStart, metadataEnd, first.metadata),
          data: segmentsOf(encoded, dataStart, dataEnd, first.data),
          usual: [...usualValues(events, 'metadata'), ...usualValues(events, 'data')],
        }),
      );
    }
    return drafted;
  }

  private damage(position: bigint, error: unknown): unknown {
    if (error instanceof Unreadable || error instanceof RangeError)
      return new DamagedRecord(this.file, `the event at position ${position} can't be read, ${error.message}`);
    return error;
  }
}

/** For each hole the values that at least MIN_ALIKE of the events have there. */
const usualValues = (events: readonly CutEvent[], part: 'metadata' | 'data'): Buffer[][] => {
  const holes = (events[0]?.[part].holes.length ?? 0) / 2;
  return Array.from({ length: holes }, (_, hole) => {
    const counts = new Map<string, number>();
    for (const { event, [part]: cuts } of events) {
      const [start = 0, end = 0] = cuts.holes.slice(2 * hole);
      if (end - start > LONGEST_USUAL) continue;
      const text = event.encoded.latin1Slice(start, end);
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    const most = [...counts].filter(([, count]) => count >= MIN_ALIKE).sort(([, a], [, b]) => b - a);
    return most.slice(0, USUAL_COUNT).map(([text]) => Buffer.from(text, 'latin1'));
  });
};
