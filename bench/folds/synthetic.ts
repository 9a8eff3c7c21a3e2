import { z } from 'zod';
import type { Category } from '../../events/category.ts';
import type { DomainEvent, Recorded } from '../../events/event.ts';

/*
 * Events of a category, made from its schemas: every type of its catalogue, those that come later too, round after round. Each round is about
 * things of its own (a consultation, a view, a breach …), so that what a fold keeps grows; now and then an event is about an older one, and
 * some types are left out of some rounds, so that not all that is begun is ended.
 */

const FIRST_AT = Date.parse('2036-01-01T00:00:00.000Z');
const STEP_MS = 1_000;
/** Ids and names of which an installation has a few, however long a stream is. */
const FEW: ReadonlySet<string> = new Set([
  'rule',
  'appVersion',
  'channel',
  'instance',
  'clinicianId',
  'readerId',
  'clock',
  'authority',
  'dueAt',
]);
const FEW_OF_EACH = 5;

type Making = { readonly i: number; readonly round: number; readonly at: string };

/** The same for the same words, and nothing that follows from their order. */
const scattered = (...words: readonly (string | number)[]): number => {
  let hash = 2_166_136_261;
  for (const char of words.join('/')) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619);
  return (hash ^ (hash >>> 15)) >>> 0;
};

type Def = z.core.$ZodTypeDef & Record<string, unknown>;
const defOf = (schema: z.core.$ZodType): Def => schema._zod.def as unknown as Def;

const wordsFor = (name: string, { round, at: now }: Making): readonly string[] => {
  const at = FEW.has(name) ? new Date(FIRST_AT + (round % FEW_OF_EACH) * STEP_MS).toISOString() : now;
  const id = `${name}-${FEW.has(name) ? round % FEW_OF_EACH : round}`;
  return [
    at,
    id,
    scattered(id).toString(16).padStart(64, '0'),
    'https://example.org/hook',
    'video/webm',
    'AAAA',
    'A'.repeat(16),
    `${'A'.repeat(75)}=`,
    `v1:key:${'A'.repeat(80)}`,
    'consultation.booked',
  ];
};

const made = (schema: z.core.$ZodType, name: string, making: Making): unknown => {
  const def = defOf(schema);
  const inner = () => def.innerType as z.core.$ZodType;
  const pick = <T>(all: readonly T[]): T => all[scattered(name, making.i) % all.length] as T;
  switch (def.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(def.shape as Record<string, z.core.$ZodType>)
          .map(([field, of]) => [field, made(of, field, making)] as const)
          .filter(([, value]) => value !== undefined),
      );
    case 'string': {
      const word = wordsFor(name, making).find((each) => z.safeParse(schema, each).success);
      if (word === undefined) throw new Error(`no word is known that ${name} may be`);
      return word;
    }
    case 'number':
      return making.i + 2;
    case 'boolean':
      return pick([true, false]);
    case 'enum':
      return pick(Object.values(def.entries as Record<string, string>));
    case 'literal':
      return pick(def.values as readonly unknown[]);
    case 'optional':
      return pick([true, false]) ? made(inner(), name, making) : undefined;
    case 'nullable':
      return pick([true, false]) ? made(inner(), name, making) : null;
    case 'array':
      return [made(def.element as z.core.$ZodType, name, making)];
    case 'tuple':
      return (def.items as readonly z.core.$ZodType[]).map((item) => made(item, name, making));
    case 'record':
      return { one: made(def.valueType as z.core.$ZodType, name, making) };
    case 'union':
      return made(pick(def.options as readonly z.core.$ZodType[]), name, making);
    default:
      throw new Error(`no ${def.type} can be made for ${name}`);
  }
};

/** Of the one whose stream it is. */
const ownerFields = (category: Category): readonly string[] =>
  [
    'patientId',
    'personId',
    'viewerId',
    'breachId',
    'incidentId',
    'drillId',
    'auditorId',
    'mediaSessionId',
    'deliveryId',
    'anomalyId',
    'erasureId',
  ].filter((field) => {
    try {
      return category.streamOf({ type: '', data: { [field]: 'x' } } as never) === category.of('x');
    } catch {
      return false;
    }
  });

/**
 * @param perStream how many rounds are on one stream; all of them by default
 */
export function* synthetic<E extends DomainEvent>(
  category: Category<E>,
  count: number,
  perStream = Number.POSITIVE_INFINITY,
): Generator<Recorded<E>, undefined> {
  const catalogue = Object.entries(category.catalogue);
  const [owner] = category.of('a') === category.of('b') ? [] : ownerFields(category as unknown as Category);
  const revisions = new Map<string, number>();
  let i = 0;
  for (let round = 0; i < count; round++)
    for (const [type, schema] of catalogue) {
      const isLeftOut = round > 0 && scattered(type, round) % 4 === 0;
      if (isLeftOut || i >= count) continue;
      const about = scattered('about', type, round) % 8 === 0 ? Math.floor(round / 2) : round;
      const at = new Date(FIRST_AT + i * STEP_MS).toISOString();
      const data = made(schema as unknown as z.core.$ZodType, type, { i, round: about, at }) as Record<string, unknown>;
      const id = Number.isFinite(perStream) ? `owner-${Math.floor(about / perStream)}` : 'owner-0';
      if (owner !== undefined) data[owner] = id;
      const stream = category.of(id);
      const revision = revisions.get(stream) ?? 0;
      revisions.set(stream, revision + 1);
      yield {
        ...{ type, data, stream, revision, position: BigInt(i), recordedAt: at },
        id: `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`,
        metadata: {
          actor: { id: 'app', roles: ['service'] },
          ...{ $correlationId: 'request', $causationId: 'request', requestId: 'request', appVersion: '1.0.0' },
        },
      } as unknown as Recorded<E>;
      i += 1;
    }
}
