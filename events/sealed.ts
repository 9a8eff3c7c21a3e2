import { z } from 'zod';
import type { Catalogue } from './event.ts';
import { Id } from './values.ts';

/**
 * Stored in place of a text that is not kept in clear: the key it is sealed under, and what that key opens. `erased`: the keys of the person
 * it is about were destroyed before it was written, so that it is not kept at all. An object, where a text in clear is a string: nothing that a
 * caller writes is ever taken for one.
 */
export const Sealed = z.strictObject({
  sealed: z.string().regex(/^(?:erased|v1:[A-Za-z0-9_.-]{1,64}:[A-Za-z0-9_-]{38,})$/),
});
export type Sealed = Readonly<z.infer<typeof Sealed>>;

/** Stored where there are no keys left to seal a text under. */
export const ERASED: Sealed = { sealed: 'erased' };

/** A value in clear, or sealed. */
export type Sealable<T> = T | Sealed;

export const isSealed = (value: unknown): value is Sealed =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, 'sealed');

/**
 * Under whose key a value is sealed: of the person that this field of the event names, or of the one who wrote it.
 */
export type Under = 'patientId' | 'personId' | 'auditorId' | 'author';

/** A field of an event's data that is sealed, and under whose key. */
export type SealedField = { readonly field: string; readonly under: Under };

const marks = new WeakMap<z.ZodType, Under>();

/**
 * Marks a field that is free text, or says something of a person that no rule of the folds needs: it is written sealed wherever keys are set.
 * Older events have it in clear.
 */
export const sealed = <S extends z.ZodType>(schema: S, under: Under) => {
  const stored = z.union([Sealed, schema]);
  marks.set(stored, under);
  return stored;
};

/** The fields of an event type that are sealed. */
export const sealedFields = (schema: z.ZodType): readonly SealedField[] =>
  schema instanceof z.ZodObject
    ? Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>).flatMap(([field, value]) => {
        const under = marks.get(value instanceof z.ZodOptional ? (value.unwrap() as z.ZodType) : value);
        return under === undefined ? [] : [{ field, under }];
      })
    : [];

/** By stored type, those of a kind of stream; types without any are left out. */
export const sealedFieldsOf = (catalogue: Catalogue): ReadonlyMap<string, readonly SealedField[]> =>
  new Map(
    Object.entries(catalogue).flatMap(([type, schema]) => {
      const fields = sealedFields(schema);
      return fields.length > 0 ? [[type, fields]] : [];
    }),
  );

/** Whether a text says anything. One that does not is left as it is: that there is nothing is told by it, and decides. */
export const saysSomething = (value: unknown): boolean => typeof value !== 'string' || value.trim() !== '';

/**
 * What a later proof's leaf commits to beside the event, so that a leaf cannot be guessed back: 32 random bytes. In clear without keys; sealed under
 * the key of the one whose stream it is, or (`of`) of this ledger itself where there is no such person, or their key cannot be had.
 */
export const Salt = z.union([
  z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  z.strictObject({ ...Sealed.shape, of: z.literal('ledger').optional() }),
]);
export type Salt = Readonly<z.infer<typeof Salt>>;

/** How an object in the store is sealed (docs/keys.md): what opens it beside the key of the person whose it is. */
export const SealedObject = z.object({
  /** Of the person's key that the object's key is wrapped under. */
  keyId: Id,
  /** The object's key, wrapped, in base64. */
  objectKey: z.string().regex(/^[A-Za-z0-9+/]{16,512}={0,2}$/),
  /** The first 56 bytes of the object in base64: salt and commitment. */
  head: z.string().regex(/^[A-Za-z0-9+/]{75}=$/),
});
export type SealedObject = Readonly<z.infer<typeof SealedObject>>;
