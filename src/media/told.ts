import { createHash } from 'node:crypto';
import { BucketKey, type MediaEvent, type RecorderFile } from '../../events/media-events.ts';
import { Id } from '../../events/values.ts';
import { GivenPersonId } from '../request/person-id.ts';

/** What a media server told, in the ledger's words. */
export type Told = Extract<MediaEvent, { type: 'ProviderEventReceived' }>['data'];

export const isId = (text: string): boolean => Id.safeParse(text).success;

/**
 * Whom a server says a participant is, as the ledger keeps ids of issuers. A name that can be no id (one with spaces, one too long) is never
 * kept: a digest of it tells one such person from another, and takes part in nothing.
 */
export const personOf = (identity: string): string => {
  const given = GivenPersonId.safeParse(identity);
  return given.success ? given.data : `unknown-${createHash('sha256').update(identity).digest('hex').slice(0, 32)}`;
};

/**
 * A part of a session, as ids are derived from it. A session's own id may have slashes and so may the part's: escaped, no two sessions have a
 * part of one name. Ids of letters, digits, `_`, `.` and `-` are as they were before others were accepted.
 */
export const partOf = (mediaSessionId: string, part: string): string => `${encodeURIComponent(mediaSessionId)}/${part}`;

/** A file that a recorder names; undefined where its key is none that may be claimed. */
export const fileOf = ({ key, ...file }: RecorderFile): RecorderFile | undefined =>
  BucketKey.safeParse(key).success ? { key, ...file } : undefined;
