import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerReadableStream, sendUnaryData } from '@grpc/grpc-js';
import type { AppendResult, EventLog, ExpectedVersion, ProposedEvent } from '../log/event-log.ts';
import { streamName } from '../wire/identifiers.ts';
import { invalidArgument, maximumAppendSizeExceeded, type StatusError, streamDeleted } from '../wire/status-error.ts';
import { writeFailure } from './append-failures.ts';
import { expectedVersion } from './expected.ts';
import type { Guard } from './guard.ts';
import { proposedEvent, proposedMessage } from './proposed-event.ts';

type Call = ServerReadableStream<streams.AppendReq, streams.AppendResp>;

/** One Append call: options, then events, then the answer when the client says that was all. */
export class AppendCall {
  private target: { stream: string; expected: ExpectedVersion; revision: string | undefined } | undefined;
  private readonly events: ProposedEvent[] = [];
  private bytes = 0;
  private state: 'receiving' | 'appending' | 'answered' = 'receiving';

  constructor(
    private readonly log: EventLog,
    private readonly guard: Guard,
    private readonly maxAppendSize: number,
    private readonly call: Call,
    private readonly callback: sendUnaryData<streams.AppendResp>,
    private readonly over: () => void,
  ) {
    call.on('data', (request: streams.AppendReq) => this.attempt(() => this.receive(request)));
    call.on('end', () => void this.append());
    call.on('cancelled', () => this.finish());
    call.on('error', () => this.finish());
  }

  /** Gives up a call whose events aren't all there; one that is being written is answered by its write. */
  refuse(error: StatusError): void {
    if (this.state === 'receiving') this.answer(error, null);
  }

  private receive(request: streams.AppendReq): void {
    if (this.state !== 'receiving') return;
    const options = request.getOptions();
    const message = request.getProposedMessage();
    if (options !== undefined) {
      const stream = streamName(options.getStreamIdentifier());
      this.guard(this.call.metadata, 'write', stream);
      const revision = options.hasRevision() ? options.getRevision() : undefined;
      this.target = { stream, expected: expectedVersion(options), revision };
    } else if (message !== undefined) {
      if (this.target === undefined) throw invalidArgument('The options come before the events.');
      const event = proposedEvent(proposedMessage(message));
      this.bytes += event.data.length;
      if (this.bytes > this.maxAppendSize) throw maximumAppendSizeExceeded(this.maxAppendSize);
      this.events.push(event);
    } else throw invalidArgument('A message holds options or an event.');
  }

  private async append(): Promise<void> {
    if (this.state !== 'receiving') return;
    this.state = 'appending';
    try {
      if (this.target === undefined) throw invalidArgument('An append needs options.');
      const { stream, expected, revision } = this.target;
      const result = await this.log.append(stream, expected, this.events);
      this.answer(null, response(stream, revision ?? expected, result));
    } catch (error) {
      this.answer(writeFailure(error), null);
    }
  }

  private attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.answer(writeFailure(error), null);
    }
  }

  private answer(error: StatusError | null, value: streams.AppendResp | null): void {
    if (this.state === 'answered') return;
    this.finish();
    this.callback(error, value);
  }

  private finish(): void {
    if (this.state === 'answered') return;
    this.state = 'answered';
    this.over();
  }
}

/** In the words of the caller: a revision, which may be the one that stands for "no stream", is given back as it came. */
type Expected = ExpectedVersion | string;

/** @throws StatusError for a tombstoned stream */
const response = (stream: string, expected: Expected, result: AppendResult): streams.AppendResp => {
  if (result.ok) return new streams.AppendResp().setSuccess(success(result));
  if (result.reason === 'stream-deleted') throw streamDeleted(stream);
  return new streams.AppendResp().setWrongExpectedVersion(wrongExpectedVersion(expected, result.current));
};

const success = ({ lastRevision, position }: Extract<AppendResult, { ok: true }>): streams.AppendResp.Success => {
  const message = new streams.AppendResp.Success();
  if (lastRevision === undefined) message.setNoStream(new shared.Empty());
  else message.setCurrentRevision(String(lastRevision));
  if (position === undefined) return message.setNoPosition(new shared.Empty());
  return message.setPosition(
    new streams.AppendResp.Position().setCommitPosition(String(position)).setPreparePosition(String(position)),
  );
};

const wrongExpectedVersion = (
  expected: Expected,
  current: bigint | 'no_stream',
): streams.AppendResp.WrongExpectedVersion => {
  const message = new streams.AppendResp.WrongExpectedVersion();
  if (current === 'no_stream') message.setCurrentNoStream(new shared.Empty());
  else message.setCurrentRevision(String(current));
  if (expected === 'any') return message.setExpectedAny(new shared.Empty());
  if (expected === 'no_stream') return message.setExpectedNoStream(new shared.Empty());
  if (expected === 'stream_exists') return message.setExpectedStreamExists(new shared.Empty());
  return message.setExpectedRevision(String(expected));
};
