import { z } from 'zod';
import { drillIdIn } from '../../events/drill-events.ts';
import { Id } from '../../events/values.ts';

/**
 * Ids of people and services come from issuers, and issuers write them as they like: `auth0|5f7c…`, `ann@example.org`, `urn:uuid:…`. The ledger keeps ids
 * of one shape alone (`Id`), so that none can name a system stream, a path or a link. An id of another shape is kept encoded, and is shown as it was issued:
 *
 *     auth0|5f7c8ec7   is kept as   _.auth0.7C5f7c8ec7
 *
 * `_.` marks an encoded id; after it letters, digits, `_` and `-` stand for themselves, and every other character is `.` and its two hexadecimal digits.
 * No issued id begins with `_.`, so that each person has one id on either side.
 */
const MARK = '_.';
/** ASCII that is neither white space nor quotes anything: what mail addresses, URNs, URLs and `provider|id` are written in. */
const ISSUED = /^[!#-;=?-[\]^_a-z|~]{1,64}$/;
const RULE = 'must be 1 to 64 ASCII characters, and none of them a space or one of " < > \\ ` { }';

/**
 * With `PATIENT_ID_MODE=pseudonym` an id is kept as a random one, and a file beside the keys says which: see `src/keys/id-file.ts`. A process is of one
 * ledger, so that the mapping is the process's own: schemas, which are made before any setting is read, look at it when an id comes.
 */
export interface IdMapping {
  /** @param issued an id that may be one */
  keptOf(issued: string): string;
  /** Undefined for a person who was forgotten. @throws KeysUnavailable for a pseudonym that is not known */
  issuedOf(kept: string): string | undefined;
}

let mapping: IdMapping | undefined;

/** From here on ids are mapped; with undefined, encoded as above. */
export const mapIdsBy = (by: IdMapping | undefined): void => {
  mapping = by;
};

/** A random id of the ledger. No encoded id begins so: after `.` come two hexadecimal digits there. */
const PSEUDONYM = /^_\.\.p[A-Za-z0-9_-]{22}$/;

export const isPseudonym = (kept: string): boolean => PSEUDONYM.test(kept);

const TOO_LONG =
  'has more than 64 characters once it is encoded for the ledger: have your issuer put a shorter id into a claim, and name it in JWT_SUBJECT_CLAIM';

/** An id as it was issued, as answers show it. */
export const PersonId = z.string().regex(ISSUED, RULE);

/** The id of a person or service in a request or a token, as it was issued; parsed, it is the id that the ledger keeps. */
export const GivenPersonId = PersonId.refine((issued) => !issued.startsWith(MARK), {
  abort: true,
  error: 'must not begin with `_.`, which marks ids in the ledger’s own encoding: give the id as it was issued',
})
  .refine((issued) => !issued.startsWith('$'), { abort: true, error: 'must not begin with `$`' })
  .refine((issued) => !issued.split('/').some((part) => part === '.' || part === '..'), {
    abort: true,
    error: 'must not be or contain the path `.` or `..`',
  })
  .transform((issued, context): string => {
    const kept = Id.safeParse(mapping ? mappedBy(mapping, issued) : keptAs(issued));
    if (kept.success) return kept.data;
    context.addIssue({ code: 'custom', message: TOO_LONG });
    return z.NEVER;
  });

/** The synthetic people of drills are the ledger's own, and no one's pseudonym. */
const mappedBy = (by: IdMapping, issued: string): string =>
  drillIdIn(issued) === undefined ? by.keptOf(issued) : issued;

const keptAs = (issued: string): string =>
  Id.safeParse(issued).success ? issued : `${MARK}${issued.replace(/[^A-Za-z0-9_-]/g, escaped)}`;

const escaped = (character: string): string => `.${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** The id that the ledger keeps for one that comes from somewhere else than a request: from an issuer, a file. */
export const keptIfMapped = (issued: string): string => (mapping ? mappedBy(mapping, issued) : issued);

/** The id as it was issued, of an id that the ledger keeps. A text that is no encoded id stays as it is, and so does the id of a person who was forgotten. */
export const asIssued = (kept: string): string =>
  isPseudonym(kept) ? (mapping?.issuedOf(kept) ?? kept) : decodedId(kept);

const decodedId = (kept: string): string => {
  if (!kept.startsWith(MARK)) return kept;
  const issued = kept
    .slice(MARK.length)
    .replace(/\.([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return issued !== '' && keptAs(issued) === kept ? issued : kept;
};

/**
 * The value as it may leave: every string in it that is an id of the ledger's own making becomes the id as it was issued, keys of objects too. What has none
 * is returned itself, and nothing is changed in place.
 */
export const shown = <T>(value: T): T => withIds(value, alsoInKeys(asIssued));

/** The same, but that pseudonyms stay: for a text that is to be the same for ever, also when it is forgotten whose they are. */
export const shownForGood = <T>(value: T): T => withIds(value, alsoInKeys(decodedId));

const IN_A_KEY = /^((?:viewer|patient):)(_\..+)$/;

/** The key of an incident's group holds an id as well: `viewer:…`. */
const alsoInKeys =
  (idOf: (kept: string) => string) =>
  (text: string): string => {
    if (!text.includes(':_.')) return idOf(text);
    const [, kind = '', kept] = IN_A_KEY.exec(text) ?? [];
    return kept === undefined ? idOf(text) : `${kind}${idOf(kept)}`;
  };

const withIds = <T>(value: T, idOf: (kept: string) => string): T => {
  if (typeof value === 'string') return idOf(value) as T;
  // Nearly nothing has one, and rows of an export go through here by the hundred thousand: a copy is made at the first change alone.
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    for (const [i, one] of value.entries()) {
      const after = withIds(one as unknown, idOf);
      if (after === one) continue;
      copy ??= [...value];
      copy[i] = after;
    }
    return (copy ?? value) as T;
  }
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  let copy: Record<string, unknown> | undefined;
  let isRenamed = false;
  for (const name in fields) {
    isRenamed ||= idOf(name) !== name;
    const after = withIds(fields[name], idOf);
    if (after === fields[name]) continue;
    copy ??= { ...fields };
    copy[name] = after;
  }
  return (isRenamed ? renamed(copy ?? fields, idOf) : (copy ?? value)) as T;
};

/** A record of fields, and no value of a class; of whichever realm's `Object`. */
const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

const renamed = (fields: Readonly<Record<string, unknown>>, idOf: (kept: string) => string) =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [idOf(name), field]));
