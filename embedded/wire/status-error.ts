import { Metadata, status } from '@grpc/grpc-js';
import { DELETED, type ExpectedVersion } from '../log/event-log.ts';

/**
 * An answer other than success: the status, text and trailers that EventStoreDB 24.2 gives (RpcExceptions.cs), from
 * which clients build their typed errors.
 */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly metadata = new Metadata();

  constructor(
    readonly code: status,
    readonly details: string,
    trailers: Readonly<Record<string, string>> = {},
  ) {
    super(details);
    for (const [name, value] of Object.entries(trailers)) this.metadata.set(name, trailerText(value));
  }
}

/** Trailers hold printable ASCII alone; a stream name may hold anything. */
const trailerText = (value: string): string => (/^[\x20-\x7e]*$/.test(value) ? value : encodeURIComponent(value));

export const streamDeleted = (stream: string): StatusError =>
  new StatusError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });

const EXPECTED_NUMBERS = { any: '-2', no_stream: '-1', stream_exists: '-4' } as const;

/** For deletions, soft or for good; an append answers a wrong expected version with a message of its own. */
export const wrongExpectedVersion = (
  stream: string,
  expected: ExpectedVersion,
  current: bigint | 'no_stream',
): StatusError => {
  const expectedNumber = typeof expected === 'bigint' ? expected.toString() : EXPECTED_NUMBERS[expected];
  const actual = current === 'no_stream' ? '-1' : current.toString();
  return new StatusError(
    status.FAILED_PRECONDITION,
    `Delete failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${expectedNumber}, Actual version: ${actual}`,
    {
      exception: 'wrong-expected-version',
      'stream-name': stream,
      'expected-version': expectedNumber,
      'actual-version': actual,
    },
  );
};

export const maximumAppendSizeExceeded = (maximum: number): StatusError =>
  new StatusError(status.INVALID_ARGUMENT, `Maximum Append Size of ${maximum} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(maximum),
  });

export const missingMetadataProperty = (property: string): StatusError =>
  new StatusError(status.INVALID_ARGUMENT, `Required Metadata Property '${property}' is missing`, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });

export const accessDenied = (): StatusError =>
  new StatusError(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });

/** EventStoreDB's words for a read that its index refuses. */
export const unreadable = (): StatusError => new StatusError(status.UNKNOWN, 'Unexpected ReadStreamResult: Error');

export const invalidPosition = (): StatusError =>
  new StatusError(status.INVALID_ARGUMENT, 'Trying to read from an invalid position.');

export const invalidArgument = (details: string): StatusError => new StatusError(status.INVALID_ARGUMENT, details);

export const unavailable = (details: string): StatusError => new StatusError(status.UNAVAILABLE, details);

/** uint64 max: where a revision is expected it says that there is no stream, where one is read from it is the end. */
const NONE = 0xffff_ffff_ffff_ffffn;

export const isNone = (value: bigint | string): boolean => BigInt(value) === NONE;

/** What a writer who names a revision expects. */
export const expectedRevision = (value: bigint | string): ExpectedVersion =>
  isNone(value) ? 'no_stream' : asRevision(value);

/** A revision as EventStoreDB compares it: int64; larger uint64 values are beyond any. */
export const asRevision = (value: bigint | string): bigint => {
  const revision = BigInt(value);
  return revision > DELETED ? DELETED : revision;
};
