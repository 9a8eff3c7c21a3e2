import { createHash } from 'node:crypto';
import { BucketKey, type MediaEvent, type RecorderFile } from '../../events/media-events.ts';
import { Id } from '../../events/values.ts';

/** What a media server told, in the ledger's words. */
export type Told = Extract<MediaEvent, { type: 'ProviderEventReceived' }>['data'];

export const isId = (text: string): boolean => Id.safeParse(text).success;

/**
 * Whom a server says a participant is. A name that is no id (a phone number, an address) is never kept: a digest of it tells one such person
 * from another, and takes part in nothing.
 */
export const personOf = (identity: string): string =>
  isId(identity) ? identity : `unknown-${createHash('sha256').update(identity).digest('hex').slice(0, 32)}`;

/** A file that a recorder names; undefined where its key is none that may be claimed. */
export const fileOf = ({ key, ...file }: RecorderFile): RecorderFile | undefined =>
  BucketKey.safeParse(key).success ? { key, ...file } : undefined;
