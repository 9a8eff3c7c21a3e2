import { MOVED_FROM } from '../../../events/moved-from.ts';
import type { Position } from './raw-store.ts';

/** What a copied event's metadata say of the original. */
export type Mark = {
  /** ISO-8601 UTC, as precise as the store had it (100 ns). */
  readonly recordedAt: string;
  readonly position: Position;
};

const NAME = Buffer.from(`"${MOVED_FROM}":{`);
const MARK = new RegExp(
  `^"\\${MOVED_FROM}":\\{"recordedAt":"([0-9TZ:.-]+)","position":"C:(\\d{1,20})/P:(\\d{1,20})"\\}(\\}\\s*)$`,
);
const COMMA = 0x2c;

/**
 * Metadata with the mark as their last member; every other byte stays what it was.
 * @returns undefined where they are no JSON object, and nothing can be said in them
 */
export const marked = (metadata: Buffer, { recordedAt, position: { commit, prepare } }: Mark): Buffer | undefined => {
  const mark = `"${MOVED_FROM}":{"recordedAt":"${recordedAt}","position":"C:${commit}/P:${prepare}"}`;
  if (metadata.length === 0) return Buffer.from(`{${mark}}`);
  const members = membersOf(metadata);
  if (members === undefined) return undefined;
  const end = metadata.lastIndexOf('}');
  return Buffer.concat([
    metadata.subarray(0, end),
    Buffer.from(members === 0 ? mark : `,${mark}`),
    metadata.subarray(end),
  ]);
};

/** Metadata as they were before they were marked, and the mark; as they are where there is none. */
export const unmarked = (metadata: Buffer): { readonly metadata: Buffer; readonly mark: Mark | undefined } => {
  const at = metadata.lastIndexOf(NAME);
  const [, recordedAt, commit, prepare, rest = ''] = at < 1 ? [] : (MARK.exec(metadata.toString('utf8', at)) ?? []);
  if (recordedAt === undefined || commit === undefined || prepare === undefined) return { metadata, mark: undefined };
  const end = metadata[at - 1] === COMMA ? at - 1 : at;
  return {
    metadata: Buffer.concat([metadata.subarray(0, end), Buffer.from(rest)]),
    mark: { recordedAt, position: { commit: BigInt(commit), prepare: BigInt(prepare) } },
  };
};

export const canBeMarked = (metadata: Buffer): boolean => metadata.length === 0 || membersOf(metadata) !== undefined;

const membersOf = (metadata: Buffer): number | undefined => {
  try {
    const value: unknown = JSON.parse(metadata.toString('utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    for (const _ in value) return 1;
    return 0;
  } catch {
    return undefined;
  }
};
