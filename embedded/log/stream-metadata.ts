/** Those who may do something to a stream: role or user names. */
type Roles = readonly string[];

/** What a stream's metadata event says, reduced to what the log and access control act on. */
export type StreamMetadata = {
  readonly maxCount?: bigint;
  /** Seconds. */
  readonly maxAge?: bigint;
  /** Events below this revision are hidden; `DELETED` hides all: the stream is soft-deleted. */
  readonly truncateBefore?: bigint;
  readonly acl?: {
    readonly r?: Roles;
    readonly w?: Roles;
    readonly d?: Roles;
    readonly mr?: Roles;
    readonly mw?: Roles;
  };
};

/** int64 max: the revision of a tombstone, and the `$tb` of a soft-deleted stream. */
export const DELETED = 9_223_372_036_854_775_807n;

export const METADATA_EVENT = '$metadata';

export const isMetastream = (stream: string): boolean => stream.startsWith('$$');
export const metastreamOf = (stream: string): string => `$$${stream}`;
export const originalOf = (metastream: string): string => metastream.slice(2);

/** A metadata stream keeps its last event only. */
export const METASTREAM_METADATA: StreamMetadata = { maxCount: 1n };

const NO_METADATA: StreamMetadata = {};

/** JSON with integers beyond 2^53 kept exactly, as bigint: JSON.parse would round int64 max to another number. */
const parseExact = (json: string): unknown => {
  const marker = '\u0000exact:';
  const marked = json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    /^-?\d{16,}$/.test(token) ? JSON.stringify(marker + token) : token,
  );
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(marker) ? BigInt(value.slice(marker.length)) : value,
  );
};

const writeExact = (value: unknown): string => {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(writeExact).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${writeExact(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
};

const parseObject = (data: Buffer): Record<string, unknown> | undefined => {
  try {
    const value = parseExact(data.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch (error) {
    // EventStoreDB reads metadata that isn't JSON as no metadata; any client may store such bytes.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

const integer = (value: unknown): bigint | undefined =>
  typeof value === 'bigint' ? value : typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : undefined;

const positive = (value: unknown): bigint | undefined => {
  const number = integer(value);
  return number !== undefined && number > 0n ? number : undefined;
};

const roles = (value: unknown): Roles | undefined => {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((role): role is string => typeof role === 'string') : undefined;
};

/**
 * Reads a metadata event's data. What can't be understood counts as absent, non-positive limits too
 * (EventStoreDB 24.2, StreamMetadata.cs).
 */
export const parseStreamMetadata = (data: Buffer): StreamMetadata => {
  const json = parseObject(data);
  if (json === undefined) return NO_METADATA;
  const truncateBefore = integer(json.$tb);
  const acl = json.$acl;
  return {
    maxCount: positive(json.$maxCount),
    maxAge: positive(json.$maxAge),
    truncateBefore: truncateBefore !== undefined && truncateBefore >= 0n ? truncateBefore : undefined,
    acl:
      typeof acl === 'object' && acl !== null && !Array.isArray(acl)
        ? parseAcl(acl as Record<string, unknown>)
        : undefined,
  };
};

const parseAcl = (acl: Record<string, unknown>): StreamMetadata['acl'] => ({
  r: roles(acl.$r),
  w: roles(acl.$w),
  d: roles(acl.$d),
  mr: roles(acl.$mr),
  mw: roles(acl.$mw),
});

/** The same metadata with another `$tb`: how a soft-deleted stream comes back to life. */
export const withTruncateBefore = (data: Buffer, truncateBefore: bigint): Buffer =>
  Buffer.from(writeExact({ ...parseObject(data), $tb: truncateBefore }));

/** The metadata that soft deletion leaves: everything else is lost, as in EventStoreDB. */
export const softDeleted = (): Buffer => Buffer.from(writeExact({ $tb: DELETED }));
