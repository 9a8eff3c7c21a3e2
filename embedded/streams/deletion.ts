import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Metadata } from '@grpc/grpc-js';
import type { DeleteResult, EventLog, ExpectedVersion } from '../log/event-log.ts';
import { streamName } from '../wire/identifiers.ts';
import { invalidArgument, streamDeleted, wrongExpectedVersion } from '../wire/status-error.ts';
import { expectedVersion } from './expected.ts';
import type { Guard } from './guard.ts';

/** Soft deletion: the stream reads as missing until a client writes to it again. @throws StatusError */
export const deleteStream = async (
  log: EventLog,
  guard: Guard,
  caller: Metadata,
  request: streams.DeleteReq,
): Promise<streams.DeleteResp> => {
  const { stream, expected } = target(guard, caller, request.getOptions());
  const position = outcome(stream, expected, await log.deleteStream(stream, expected));
  return new streams.DeleteResp().setPosition(
    new streams.DeleteResp.Position().setCommitPosition(position).setPreparePosition(position),
  );
};

/** Deletion for good. @throws StatusError */
export const tombstoneStream = async (
  log: EventLog,
  guard: Guard,
  caller: Metadata,
  request: streams.TombstoneReq,
): Promise<streams.TombstoneResp> => {
  const { stream, expected } = target(guard, caller, request.getOptions());
  const position = outcome(stream, expected, await log.tombstone(stream, expected));
  return new streams.TombstoneResp().setPosition(
    new streams.TombstoneResp.Position().setCommitPosition(position).setPreparePosition(position),
  );
};

type Options = streams.DeleteReq.Options | streams.TombstoneReq.Options | undefined;

const target = (guard: Guard, caller: Metadata, options: Options) => {
  if (options === undefined) throw invalidArgument('The request has no options.');
  const stream = streamName(options.getStreamIdentifier());
  guard(caller, 'delete', stream);
  return { stream, expected: expectedVersion(options) };
};

/** Position of the deletion as text. @throws StatusError */
const outcome = (stream: string, expected: ExpectedVersion, result: DeleteResult): string => {
  if (result.ok) return String(result.position);
  if (result.reason === 'stream-deleted') throw streamDeleted(stream);
  throw wrongExpectedVersion(stream, expected, result.current);
};
