import code from '@eventstore/db-client/generated/code_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { status } from '@grpc/grpc-js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { AppendRefused, AppendResult, ExpectedVersion } from '../log/event-log.ts';
import { streamIdentifier, uuid } from '../wire/identifiers.ts';
import { position } from '../wire/read-responses.ts';
import type { StatusError } from '../wire/status-error.ts';

/** What an answer repeats of the append it answers. */
export type Answered = {
  readonly correlationId: string;
  readonly stream: string | undefined;
  readonly expected: ExpectedVersion | undefined;
};

/** Codes and detail types of EventStoreDB 24.2 (Status.cs); clients tell errors apart by the type. */
const failure = (code: number, message: string, type: string, details: { serializeBinary(): Uint8Array }) => {
  const packed = new any.Any();
  packed.pack(details.serializeBinary(), `event_store.client.${type}`);
  return new statusPb.Status().setCode(code).setMessage(message).setDetails(packed);
};

const { Code } = code;

export const succeeded = (
  answered: Answered,
  { lastRevision, position: at }: Extract<AppendResult, { ok: true }>,
): streams.BatchAppendResp => {
  const success = new streams.BatchAppendResp.Success();
  if (lastRevision === undefined) success.setNoStream(new empty.Empty());
  else success.setCurrentRevision(String(lastRevision));
  if (at === undefined) success.setNoPosition(new empty.Empty());
  else success.setPosition(position(at));
  return answer(answered).setSuccess(success);
};

export const refused = (answered: Answered, refusal: AppendRefused): streams.BatchAppendResp => {
  if (refusal.reason === 'stream-deleted') {
    const details = new shared.StreamDeleted();
    if (answered.stream !== undefined) details.setStreamIdentifier(streamIdentifier(answered.stream));
    return answer(answered).setError(failure(Code.NOT_FOUND, 'Stream deleted.', 'StreamDeleted', details));
  }
  const details = wrongExpectedVersion(answered.expected, refusal.current);
  const message = 'Wrong expected version.';
  return answer(answered).setError(failure(Code.ALREADY_EXISTS, message, 'WrongExpectedVersion', details));
};

export const timedOut = (answered: Answered): streams.BatchAppendResp =>
  answer(answered).setError(failure(Code.DEADLINE_EXCEEDED, 'Timeout', 'Timeout', new shared.Timeout()));

export const tooLarge = (answered: Answered, maxAppendSize: number): streams.BatchAppendResp => {
  const details = new shared.MaximumAppendSizeExceeded().setMaxappendsize(maxAppendSize);
  const message = `Maximum Append Size of ${maxAppendSize} Exceeded.`;
  return answer(answered).setError(failure(Code.INVALID_ARGUMENT, message, 'MaximumAppendSizeExceeded', details));
};

export const failed = (answered: Answered, error: StatusError): streams.BatchAppendResp => {
  const message = error.details;
  if (error.code === status.PERMISSION_DENIED) {
    return answer(answered).setError(
      failure(Code.PERMISSION_DENIED, message, 'AccessDenied', new shared.AccessDenied()),
    );
  }
  if (error.code === status.INVALID_ARGUMENT) {
    const details = new shared.BadRequest().setMessage(message);
    return answer(answered).setError(failure(Code.INVALID_ARGUMENT, message, 'BadRequest', details));
  }
  return answer(answered).setError(failure(error.code, message, 'Unknown', new shared.Unknown()));
};

const answer = ({ correlationId, stream, expected }: Answered): streams.BatchAppendResp => {
  const message = new streams.BatchAppendResp().setCorrelationId(uuid(correlationId));
  // The client reads the name of whatever stream an error is about, so the identifier is there even when unnamed.
  message.setStreamIdentifier(stream === undefined ? new shared.StreamIdentifier() : streamIdentifier(stream));
  if (expected === undefined) return message;
  if (expected === 'any') return message.setAny(new empty.Empty());
  if (expected === 'no_stream') return message.setNoStream(new empty.Empty());
  if (expected === 'stream_exists') return message.setStreamExists(new empty.Empty());
  return message.setStreamPosition(String(expected));
};

const wrongExpectedVersion = (
  expected: ExpectedVersion | undefined,
  current: bigint | 'no_stream',
): shared.WrongExpectedVersion => {
  const message = new shared.WrongExpectedVersion();
  if (current === 'no_stream') message.setCurrentNoStream(new empty.Empty());
  else message.setCurrentStreamRevision(String(current));
  if (expected === undefined || expected === 'any') return message.setExpectedAny(new empty.Empty());
  if (expected === 'no_stream') return message.setExpectedNoStream(new empty.Empty());
  if (expected === 'stream_exists') return message.setExpectedStreamExists(new empty.Empty());
  return message.setExpectedStreamPosition(String(expected));
};
