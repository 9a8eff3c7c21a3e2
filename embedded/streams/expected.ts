import type { ExpectedVersion } from '../log/event-log.ts';
import { expectedRevision, invalidArgument } from '../wire/status-error.ts';

/** The options that append, delete and tombstone share. */
type Options = {
  hasRevision(): boolean;
  getRevision(): string;
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
};

/** @throws StatusError when the caller doesn't say what it expects */
export const expectedVersion = (options: Options): ExpectedVersion => {
  if (options.hasRevision()) return expectedRevision(options.getRevision());
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasAny()) return 'any';
  if (options.hasStreamExists()) return 'stream_exists';
  throw invalidArgument('The expected revision must be given.');
};
