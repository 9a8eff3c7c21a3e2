import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Direction } from '../log/event-log.ts';
import { type EventFilter, eventFilter } from '../wire/event-filter.ts';
import { streamName } from '../wire/identifiers.ts';
import { asRevision, invalidArgument, invalidPosition, isNone } from '../wire/status-error.ts';

/** A revision or a position, or either end. */
export type StartingPoint = 'start' | 'end' | bigint;

export type FilterRequest = {
  readonly matches: EventFilter;
  /** A checkpoint is due after so many events, matching or not. */
  readonly checkpointInterval: number;
};

export type ReadRequest = {
  readonly stream: string;
  readonly from: StartingPoint;
  readonly direction: Direction;
  readonly filter: FilterRequest | undefined;
  readonly resolveLinks: boolean;
  readonly structuredIds: boolean;
  /** How many events at most; undefined for a subscription. */
  readonly count: number | undefined;
  /** Whether the caller understands where a stream begins and ends. */
  readonly toldPositions: boolean;
};

const DEFAULT_WINDOW = 32;

/** Understands a read or refuses it (the combinations of EventStoreDB 24.2, Streams.Read.cs). @throws StatusError */
export const readRequest = (request: streams.ReadReq): ReadRequest => {
  const options = request.getOptions();
  if (options === undefined) throw invalidArgument('A read needs options.');
  const direction =
    options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS ? 'backwards' : 'forwards';
  const isSubscription = options.hasSubscription();
  if (!isSubscription && !options.hasCount()) throw invalidArgument('A read needs a count, or to be a subscription.');
  if (isSubscription && direction === 'backwards') throw invalidArgument('A subscription reads forwards.');
  const source = options.hasAll() ? allSource(options) : streamSource(options);
  return {
    ...source,
    direction,
    resolveLinks: options.getResolveLinks(),
    structuredIds: options.getUuidOption()?.hasStructured() ?? false,
    count: isSubscription ? undefined : Number(options.getCount()),
    toldPositions: (options.getControlOption()?.getCompatibility() ?? 0) >= 1,
  };
};

type Source = Pick<ReadRequest, 'stream' | 'from' | 'filter'>;

const streamSource = (options: streams.ReadReq.Options): Source => {
  const source = options.getStream();
  if (source === undefined) throw invalidArgument('A read needs a stream or $all.');
  if (options.hasFilter()) throw invalidArgument('Only $all can be filtered.');
  const from = source.hasStart()
    ? 'start'
    : source.hasEnd()
      ? 'end'
      : source.hasRevision()
        ? isNone(source.getRevision())
          ? 'end'
          : asRevision(source.getRevision())
        : undefined;
  return { stream: streamName(source.getStreamIdentifier()), from: from ?? 'start', filter: undefined };
};

const allSource = (options: streams.ReadReq.Options): Source => {
  const source = options.getAll();
  const position = source?.getPosition();
  const from =
    position !== undefined
      ? allPosition(BigInt(position.getCommitPosition()), BigInt(position.getPreparePosition()))
      : source?.hasEnd()
        ? 'end'
        : 'start';
  const filter = options.getFilter();
  return { stream: '$all', from, filter: filter === undefined ? undefined : filterRequest(filter) };
};

const LARGEST_POSITION = 0x7fff_ffff_ffff_ffffn;

const allPosition = (commit: bigint, prepare: bigint): StartingPoint => {
  // Both at uint64 max is how some clients write "the end".
  if (commit > LARGEST_POSITION && prepare > LARGEST_POSITION) return 'end';
  if (commit > LARGEST_POSITION || prepare > commit) throw invalidPosition();
  return commit;
};

const filterRequest = (filter: streams.ReadReq.Options.FilterOptions): FilterRequest => {
  const byType = filter.getEventType();
  const expression = byType ?? filter.getStreamIdentifier();
  if (expression === undefined) throw invalidArgument('A filter needs an event type or a stream name to look at.');
  const window = filter.hasMax() ? filter.getMax() : DEFAULT_WINDOW;
  if (window < 1) throw invalidArgument('The search window must be greater than 0.');
  return {
    matches: eventFilter(
      byType === undefined ? 'stream' : 'event-type',
      expression.getRegex(),
      expression.getPrefixList(),
    ),
    checkpointInterval: window * Math.max(1, filter.getCheckpointintervalmultiplier()),
  };
};
