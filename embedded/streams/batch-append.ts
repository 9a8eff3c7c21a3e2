import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import type { EventLog, ExpectedVersion, ProposedEvent } from '../log/event-log.ts';
import type { BatchAppendOptions, BatchAppendRequest, ProposedMessage } from '../wire/batch-append-request.ts';
import { named, notAUuid } from '../wire/identifiers.ts';
import { invalidArgument, StatusError } from '../wire/status-error.ts';
import { isUuid } from '../wire/stored-event.ts';
import { writeFailure } from './append-failures.ts';
import { type Answered, failed, refused, succeeded, timedOut, tooLarge } from './batch-append-responses.ts';
import type { Guard } from './guard.ts';
import { proposedEvent } from './proposed-event.ts';

type Call = ServerDuplexStream<BatchAppendRequest, Buffer>;

/** Bytes of one call that may wait for the disk; beyond, the call isn't read any further. */
const UNWRITTEN_BYTES = 16 * 1024 * 1024;
/** How often appends that outlived their deadline are looked for. */
const SWEEP_MS = 100;
/** The longest a caller is left without an answer, whatever deadline it gives. */
const LONGEST_WAIT_MS = 60_000;

/** One append, told from the others on the call by its correlation id. */
type Batch = Answered & {
  readonly events: ProposedEvent[];
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  bytes: number;
  /** Every append is answered once; chunks that come after the answer are passed over. */
  answered: boolean;
};

/**
 * One BatchAppend call: a long-lived conversation in which many appends, each in one chunk or several, are under way
 * at once. Appends are handed to the log in the order in which they became complete, so each stream keeps its order.
 */
export class BatchAppendCall {
  private readonly receiving = new Map<string, Batch>();
  private readonly writing = new Set<Batch>();
  private unwritten = 0;
  private halfClosed = false;
  private closing: StatusError | undefined;
  private over = false;
  private sweeping: NodeJS.Timeout | undefined;

  constructor(
    private readonly log: EventLog,
    private readonly guard: Guard,
    private readonly maxAppendSize: number,
    private readonly call: Call,
    private readonly finished: () => void,
  ) {
    call.on('data', (request: BatchAppendRequest) => this.receive(request));
    call.on('end', () => {
      this.halfClosed = true;
      this.endIfDone();
    });
    call.on('drain', () => this.readOnIfMay());
    call.on('cancelled', () => this.finish());
    call.on('error', () => this.finish());
  }

  /** Takes nothing more; appends being written are answered, then the call ends as cancelled. */
  shutDown(): void {
    this.closing = new StatusError(status.CANCELLED, 'The node is shutting down.');
    this.endIfDone();
  }

  private receive({ correlationId, options, messages, isFinal }: BatchAppendRequest): void {
    if (this.over || this.closing !== undefined) return;
    if (!isUuid(correlationId)) {
      // Without the id the client can't tell which append is answered.
      this.finish();
      this.call.emit('error', notAUuid());
      return;
    }
    const batch = this.receiving.get(correlationId) ?? this.begin(correlationId, options);
    if (!batch.answered) this.add(batch, messages);
    if (!isFinal) return;
    this.receiving.delete(correlationId);
    if (!batch.answered) void this.write(batch);
  }

  private begin(correlationId: string, options: BatchAppendOptions | undefined): Batch {
    let stream: string | undefined;
    let expected: ExpectedVersion | undefined;
    let problem: unknown;
    try {
      if (options === undefined) throw invalidArgument('The first chunk of an append holds its options.');
      stream = named(options.stream);
      this.guard(this.call.metadata, 'write', stream);
      expected = options.expected;
      if (expected === undefined) throw invalidArgument('The expected stream position must be given.');
    } catch (error) {
      problem = error;
    }
    const deadline = Math.min(options?.deadline ?? Number.POSITIVE_INFINITY, Date.now() + LONGEST_WAIT_MS);
    const batch: Batch = { correlationId, stream, expected, deadline, events: [], bytes: 0, answered: false };
    this.receiving.set(correlationId, batch);
    if (problem !== undefined) this.answer(batch, failed(batch, writeFailure(problem)));
    else if (deadline <= Date.now()) this.answer(batch, timedOut(batch));
    return batch;
  }

  private add(batch: Batch, messages: readonly ProposedMessage[]): void {
    try {
      for (const message of messages) {
        const event = proposedEvent(message);
        batch.bytes += event.data.length;
        if (batch.bytes > this.maxAppendSize) {
          this.answer(batch, tooLarge(batch, this.maxAppendSize));
          return;
        }
        batch.events.push(event);
      }
    } catch (error) {
      this.answer(batch, failed(batch, writeFailure(error)));
    }
  }

  private async write(batch: Batch): Promise<void> {
    const { correlationId, stream, expected } = batch;
    if (stream === undefined || expected === undefined) return;
    this.writing.add(batch);
    this.unwritten += batch.bytes;
    this.readOnIfMay();
    this.sweeping ??= setInterval(() => this.sweep(), SWEEP_MS);
    try {
      const result = await this.log.append(stream, expected, batch.events);
      this.answer(batch, result.ok ? succeeded({ correlationId, stream, expected }, result) : refused(batch, result));
    } catch (error) {
      this.answer(batch, failed(batch, writeFailure(error)));
    }
    this.writing.delete(batch);
    this.unwritten -= batch.bytes;
    this.readOnIfMay();
    this.endIfDone();
  }

  /** The client's promise hangs until it is answered, so a disk that hangs must not keep it waiting for ever. */
  private sweep(): void {
    const now = Date.now();
    for (const batch of this.writing) if (batch.deadline <= now) this.answer(batch, timedOut(batch));
    if (this.writing.size === 0) this.stopSweeping();
  }

  private answer(batch: Batch, response: Buffer): void {
    if (batch.answered) return;
    batch.answered = true;
    if (this.over) return;
    this.call.write(response);
    this.readOnIfMay();
  }

  /** Holds back a client that sends faster than the disk writes, or than it takes its answers. */
  private readOnIfMay(): void {
    const may = this.unwritten <= UNWRITTEN_BYTES && !this.call.writableNeedDrain;
    if (may === this.call.isPaused()) may ? this.call.resume() : this.call.pause();
  }

  private endIfDone(): void {
    if (this.over || this.writing.size > 0) return;
    if (this.closing !== undefined) {
      this.finish();
      this.call.emit('error', this.closing);
    } else if (this.halfClosed) {
      this.finish();
      this.call.end();
    }
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    this.stopSweeping();
    this.finished();
  }

  private stopSweeping(): void {
    clearInterval(this.sweeping);
    this.sweeping = undefined;
  }
}
