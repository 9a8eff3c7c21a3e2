import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

/** On a schema that does without a value: a body that may be left out. Taken off the document once it is heeded. */
export const MAY_BE_MISSING = 'x-may-be-missing';

/**
 * Turns the schemas of routes into those of the document. A schema with a name (`.meta({ id })`) is described once, under
 * that name, wherever it is used.
 * @throws Error from the converter where two different schemas have one name: one of them would be lost
 */
export const namedSchemas = () => {
  const known = new Map<string, string>();
  const described = (name: string, schema: Json): Json => {
    const form = inOpenApi(schema) as Json;
    const text = JSON.stringify(form);
    if ((known.get(name) ?? text) !== text) throw new Error(`two schemas are named ${name}`);
    known.set(name, text);
    return form;
  };
  return (schema: unknown, { schemaType: io }: { schemaType: 'input' | 'output' }) => {
    if (!(schema instanceof z.ZodType)) return undefined;
    const made: Json = { ...z.toJSONSchema(schema, { target: 'openapi-3.0', io }) };
    const { $schema: _, definitions = {}, ...root } = made;
    const components = Object.fromEntries(
      Object.entries(definitions as Record<string, Json>).map(([name, form]) => [name, described(name, form)]),
    );
    const mayBeMissing = io === 'input' && schema.safeParse(undefined).success && { [MAY_BE_MISSING]: true };
    return { schema: { ...(inOpenApi(root) as Json), ...mayBeMissing }, components };
  };
};

/** References as OpenAPI has them; a reference with nothing beside it stands by itself, and so does one of two equal choices. */
const inOpenApi = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOpenApi);
  if (typeof value !== 'object' || value === null) return value;
  const { allOf, default: _, ...others } = value as { allOf?: unknown; default?: unknown };
  if (isTwice(value)) return inOpenApi(value.anyOf[0]);
  if (Array.isArray(allOf) && allOf.length === 1 && Object.keys(others).length === 0) return inOpenApi(allOf[0]);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === '$ref'
        ? [key, String(inner).replace('#/definitions/', '#/components/schemas/')]
        : [key, inOpenApi(inner)],
    ),
  );
};

/** As the converter writes the items of a pair of numbers. */
const isTwice = (value: object): value is { readonly anyOf: readonly unknown[] } =>
  'anyOf' in value &&
  Object.keys(value).length === 1 &&
  Array.isArray(value.anyOf) &&
  new Set(value.anyOf.map((one) => JSON.stringify(one))).size === 1;
