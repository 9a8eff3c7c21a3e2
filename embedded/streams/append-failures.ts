import { status } from '@grpc/grpc-js';
import { CommitFailed, CommitTimedOut, CommitUncertain, InvalidAppend, LogClosed, TooBusy } from '../log/errors.ts';
import { invalidArgument, StatusError, unavailable } from '../wire/status-error.ts';

/** What a caller is told when the log can't take a write. Anything unknown is a fault of ours. */
export const writeFailure = (error: unknown): StatusError => {
  if (error instanceof StatusError) return error;
  if (error instanceof InvalidAppend) return invalidArgument(error.message);
  if (error instanceof TooBusy || error instanceof LogClosed || error instanceof CommitUncertain)
    return unavailable(error.message);
  if (error instanceof CommitTimedOut) return new StatusError(status.ABORTED, `Operation timed out: ${error.message}`);
  if (error instanceof CommitFailed) {
    return error.outOfSpace
      ? new StatusError(status.RESOURCE_EXHAUSTED, 'The disk of the event store is full: nothing was stored.')
      : new StatusError(status.INTERNAL, 'The event store could not write to its disk: nothing was stored.');
  }
  return new StatusError(status.UNKNOWN, error instanceof Error ? error.message : 'Unknown error.');
};
