import { createHash } from 'node:crypto';
import { z } from 'zod';
import { categories, contentStreams } from '../../events/categories.ts';
import { category } from '../../events/category.ts';
import { readMetadata, UnreadableEvent, upcast } from '../../events/gate.ts';

/** As it lies in the store: a RecordingStored of the first release. Stored JSON is never edited, so neither is this. */
const storedRecording = JSON.parse(`{
  "patientId": "pat-1", "consultationId": "con-1", "recordingId": "rec-1", "mediaSessionId": "room-1",
  "sha256": "${'0a'.repeat(32)}", "bytes": 1024, "contentType": "video/webm", "durationSeconds": null
}`);

const known = category('person-', { 'Renamed.v2': z.object({ personId: z.string() }) }, ({ personId }) => personId);
/** Data that a schema takes, made of the schema itself. */
const exampleOf = (schema: z.ZodType, id: string): unknown => {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
  return Object.fromEntries(required.map((name) => [name, valueFor(properties[name] ?? {}, id)]));
};

type JsonSchema = {
  readonly type?: string;
  readonly properties?: Record<string, JsonSchema>;
  readonly required?: string[];
  readonly enum?: unknown[];
  readonly anyOf?: JsonSchema[];
  readonly prefixItems?: JsonSchema[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly format?: string;
  readonly pattern?: string;
};

const valueFor = (schema: JsonSchema, id: string): unknown => {
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return valueFor(schema.anyOf[0] ?? {}, id);
  if (schema.prefixItems) return schema.prefixItems.map((item) => valueFor(item, id));
  if (schema.properties)
    return Object.fromEntries(Object.entries(schema.properties).map(([name, part]) => [name, valueFor(part, id)]));
  if (schema.type === 'object') return {};
  if (schema.type === 'array') return schema.minItems && schema.items ? [valueFor(schema.items, id)] : [];
  if (schema.type === 'integer' || schema.type === 'number') return Math.max(1, schema.minimum ?? 1);
  if (schema.type === 'boolean') return true;
  if (schema.format === 'date-time') return '2026-05-04T09:00:00Z';
  if (schema.format === 'uri') return 'https://backend.example.org/';
  if (schema.pattern?.includes('[a-z]+\\.')) return 'consultation.booked';
  if (schema.pattern?.includes('[0-9a-f]{64}')) return hashOf(id);
  if (schema.pattern?.includes('{75}=')) return Buffer.alloc(56, id).toString('base64');
  if (schema.pattern?.includes('{16,512}')) return Buffer.alloc(60, id).toString('base64');
  if (schema.pattern?.includes('(video|audio)')) return 'video/webm';
  return id;
};

const hashOf = (id: string): string => createHash('sha256').update(id).digest('hex');

const older = {
  Renamed: (data: unknown) => ({ type: 'Renamed.v2', data: { personId: (data as { person: string }).person } }),
};

describe('reading a stored event', () => {
  it('gives its type and checked data', () => {
    expect(upcast('patient-pat-1', 'RecordingStored', storedRecording)).toEqual({
      type: 'RecordingStored',
      data: storedRecording,
    });
  });

  it('brings an older type up to the newer one', () => {
    expect(upcast('person-pat-1', 'Renamed', { person: 'pat-1' }, { category: known, older })).toEqual({
      type: 'Renamed.v2',
      data: { personId: 'pat-1' },
    });
  });

  it.each([
    ['a type no release knows', 'ConsultationBlessed', {}],
    ['a type that is a property of every object', 'constructor', {}],
    ['missing data', 'ConsultationCompleted', { patientId: 'pat-1' }],
    ['no data at all', 'ConsultationCompleted', undefined],
    ['data of the wrong type', 'RecordingStored', { ...storedRecording, bytes: 'many' }],
    ['an id that could name a system stream', 'ConsultationCompleted', { patientId: '$all', consultationId: 'con-1' }],
  ])('refuses %s, and never quotes what was stored', (_, type, data) => {
    expect(() => upcast('patient-pat-1', type, data)).toThrow(UnreadableEvent);
    try {
      upcast('patient-pat-1', type, data);
    } catch (error) {
      expect((error as Error).message).not.toMatch(/pat-1|many|\$all/);
    }
  });

  it('refuses upcasters that run in a circle', () => {
    const circle = { A: () => ({ type: 'B', data: {} }), B: () => ({ type: 'A', data: {} }) };
    expect(() => upcast('person-pat-1', 'A', {}, { category: known, older: circle })).toThrow('circle');
  });

  it('refuses metadata that this ledger did not write', () => {
    expect(() => readMetadata('ConsultationCompleted', { actor: 'somebody' })).toThrow(UnreadableEvent);
  });
});

const ids = ['pat-1', 'doc-1'] as const;

/** For every type of the ledger data that its schema takes, about one person or thing. */
const examples = categories.flatMap(({ catalogue }) =>
  Object.entries(catalogue).flatMap(([type, schema]) => ids.map((id) => ({ type, id, data: exampleOf(schema, id) }))),
);

const readOf = (...stored: Parameters<typeof upcast>): string => {
  try {
    upcast(...stored);
    return 'read';
  } catch (error) {
    return error instanceof UnreadableEvent ? 'refused' : String(error);
  }
};

describe('a stream', () => {
  it('holds the types of its category about the one whose stream it is, and nothing else', () => {
    const taken = new Set<string>();
    const wrong: string[] = [];
    for (const category of categories)
      for (const { type, id, data } of examples)
        for (const owner of ids) {
          const stream = category.of(category === contentStreams ? hashOf(owner) : owner);
          const isOne = Object.hasOwn(category.catalogue, type) && ('stream' in category || id === owner);
          const read = readOf(stream, type, data);
          if (read !== (isOne ? 'read' : 'refused')) wrong.push(`${type} about ${id} in ${stream}: ${read}`);
          if (isOne) taken.add(type);
        }
    expect(wrong).toEqual([]);
    expect(taken.size).toBe(examples.length / ids.length);
  });

  it('of another product holds nothing that the ledger reads', () => {
    for (const stream of [
      'order-1',
      'patient',
      'patients-pat-1',
      '$patient-pat-1',
      'playback-switch-1',
      'ledger-homes',
    ])
      expect(() => upcast(stream, 'PlaybackHalted', { reason: 'drill' })).toThrow(UnreadableEvent);
  });

  it('is told from those of every other category by its name', () => {
    for (const { prefix } of categories)
      expect(categories.filter((other) => other.prefix.startsWith(prefix)).map((other) => other.prefix)).toEqual([
        prefix,
      ]);
  });

  it('shares no type with another category', () => {
    const types = categories.flatMap(({ catalogue }) => Object.keys(catalogue));
    expect(types.length).toBe(new Set(types).size);
  });
});
