import { z } from 'zod';
import { categories } from '../../events/categories.ts';
import { readMetadata, UnreadableEvent } from '../../events/gate.ts';
import { isSealed, Sealed, sealed, sealedFieldsOf } from '../../events/sealed.ts';

/** Texts of any form that are no person's words and say nothing of a person. */
const NO_FREE_TEXT: Readonly<Record<string, string>> = {
  appVersion: 'a release',
  clientRelease: 'a release',
  releases: 'releases',
  build: 'a release',
  rules: 'names of rules and their versions',
  against: 'names of rules and their versions',
  viewerRoles: 'roles, as the token has them and the first key knows them',
  route: 'the template of a route',
  window: 'a day, or a number',
  key: 'a kind and an id',
  from: 'a store, without a user or a password',
  to: 'a store, without a user or a password',
  versionId: 'as a bucket gives it',
  etag: 'as a bucket gives it',
  url: 'configuration that an officer entered',
  subject: 'ids',
};

type Found = { readonly type: string; readonly field: string };

/** Every text in a schema that may be anything: no id, code, time or hash, whose form is checked. */
const freeTexts = (schema: z.ZodType, field: string): readonly string[] => {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return freeTexts(schema.unwrap() as z.ZodType, field);
  if (schema instanceof z.ZodArray) return freeTexts(schema.element as z.ZodType, field);
  if (schema instanceof z.ZodRecord) return freeTexts(schema.valueType as z.ZodType, field);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((one) => freeTexts(one as z.ZodType, field));
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([name, one]) => freeTexts(one, name));
  const { def } = schema as unknown as { def: { checks?: readonly { _zod: { def: { format?: string } } }[] } };
  const hasForm = (def.checks ?? []).some(({ _zod }) => _zod.def.format !== undefined);
  return schema instanceof z.ZodString && !hasForm ? [field] : [];
};

const marked = categories.flatMap(({ catalogue }) =>
  [...sealedFieldsOf(catalogue)].flatMap(([type, fields]) => fields.map(({ field }) => ({ type, field }))),
);
const isMarked = ({ type, field }: Found) => marked.some((one) => one.type === type && one.field === field);

describe('what of an event is sealed', () => {
  it('is these fields, and no others', () => {
    expect(marked.map(({ type, field }) => `${type}.${field}`).sort()).toEqual([
      ...['ExportDownloaded.recipient', 'ExportRequested.recipient', 'NoteAdded.text', 'PersonFactsStated.facts'],
      ...['RecordingViewed.reason', 'ViewReported.reason'],
    ]);
  });

  it('is every free text of every event, or there is a reason why not', () => {
    const unmarked = categories.flatMap(({ catalogue }) =>
      Object.entries(catalogue).flatMap(([type, schema]) =>
        Object.entries((schema as z.ZodObject).shape as Record<string, z.ZodType>)
          .filter(([field]) => !isMarked({ type, field }))
          .flatMap(([field, one]) => freeTexts(one, field))
          .flatMap((field) => (Object.hasOwn(NO_FREE_TEXT, field) ? [] : [`${type}.${field}`])),
      ),
    );
    expect(unmarked).toEqual([]);
    // The look finds what it is for.
    expect(freeTexts(z.object({ words: z.string().max(5).optional() }), '')).toEqual(['words']);
    expect(freeTexts(z.object({ id: z.string().regex(/^a$/), at: z.iso.datetime() }), '')).toEqual([]);
  });

  it('is never a text that was written in clear, whatever it looks like', () => {
    const text = sealed(z.string().max(100), 'author');
    for (const words of ['erased', 'v1:key:box', JSON.stringify({ sealed: 'erased' }), '[erased]'])
      expect(isSealed(text.parse(words))).toBe(false);
    const box = `v1:key:${'a'.repeat(80)}`;
    expect(isSealed(text.parse({ sealed: box }))).toBe(true);
    for (const other of [{ sealed: 'erased', more: 1 }, { sealed: 'erased?' }, { sealed: 1 }, {}])
      expect(Sealed.safeParse(other).success).toBe(false);
  });
});

describe('the salt in the metadata of an event', () => {
  const metadata = {
    ...{ actor: { id: 'doc-1', roles: [] }, $correlationId: 'r', $causationId: 'r', requestId: 'r', appVersion: '1' },
  };

  it('is told to no reader, and one that is none makes the event unreadable', () => {
    const box = `v1:key:${'a'.repeat(80)}`;
    for (const salt of [undefined, 'A'.repeat(43), { sealed: box }, { sealed: box, of: 'ledger' }])
      expect(readMetadata('Any', { ...metadata, salt })).toEqual(metadata);
    for (const salt of ['', 'A'.repeat(42), 7, {}, { sealed: 'x' }, { sealed: box, of: 'pat-1' }])
      expect(() => readMetadata('Any', { ...metadata, salt })).toThrow(UnreadableEvent);
  });
});
