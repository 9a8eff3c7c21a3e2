import pb from '@eventstore/db-client/generated/persistent_pb.js';
import type shared from '@eventstore/db-client/generated/shared_pb.js';
import { eventFilter } from '../wire/event-filter.ts';
import { streamName } from '../wire/identifiers.ts';
import { invalidArgument } from '../wire/status-error.ts';
import type { Definition, FilterDefinition } from './definition.ts';
import type { Wanted } from './persistent-subscriptions.ts';
import { type StrategyName, strategyNames } from './strategies.ts';
import type { NackAction } from './subscription.ts';

/** What the generated messages say, in the words of this folder. What isn't said, or not so that it makes sense, is refused. */

const endRevision = '18446744073709551615';
const ticksPerMs = 10_000;

/** Requests that name their stream, or `$all`. */
type Addressed = {
  hasAll(): boolean;
  getStreamIdentifier(): shared.StreamIdentifier | undefined;
};

/** @throws StatusError */
export const streamOf = (options: Addressed): string =>
  options.hasAll() ? '$all' : streamName(options.getStreamIdentifier());

/** @throws StatusError */
export const required = <T>(part: T | undefined, name: string): T => {
  if (part === undefined) throw invalidArgument(`The request has no ${name}.`);
  return part;
};

const filterOf = (options: pb.CreateReq.AllOptions.FilterOptions | undefined): FilterDefinition | undefined => {
  if (options === undefined) return undefined;
  const onType = options.getEventType();
  const expression = required(onType ?? options.getStreamIdentifier(), 'filter expression');
  const filter: FilterDefinition =
    expression.getRegex() === ''
      ? { context: onType ? 'event-type' : 'stream', type: 'prefix', data: expression.getPrefixList() }
      : { context: onType ? 'event-type' : 'stream', type: 'regex', data: [expression.getRegex()] };
  eventFilter(filter.context, expression.getRegex(), filter.data);
  return filter;
};

type StartFrom = Pick<Wanted, 'startFrom' | 'startPosition'>;

const startOfAll = (options: pb.CreateReq.AllOptions | pb.UpdateReq.AllOptions): StartFrom => {
  const position = options.getPosition();
  if (position !== undefined) {
    const [commit, prepare] = [BigInt(position.getCommitPosition()), BigInt(position.getPreparePosition())];
    return { startFrom: { commit, prepare }, startPosition: `C:${commit}/P:${prepare}` };
  }
  if (options.hasStart()) return { startFrom: 'start', startPosition: 'C:0/P:0' };
  if (options.hasEnd()) return { startFrom: 'end', startPosition: 'C:-1/P:-1' };
  throw invalidArgument('The request has no start position.');
};

const startOfStream = (
  options: pb.CreateReq.StreamOptions | pb.UpdateReq.StreamOptions | undefined,
  settings: pb.CreateReq.Settings | pb.UpdateReq.Settings,
): StartFrom => {
  // Clients from before 21.10, and this year's JavaScript client, say it in the settings.
  const revision =
    options === undefined ? settings.getRevision() : options.hasRevision() ? options.getRevision() : undefined;
  if (revision === '0' || options?.hasStart()) return { startFrom: 'start', startPosition: '0' };
  if (revision === endRevision || options?.hasEnd()) return { startFrom: 'end', startPosition: '-1' };
  return { startFrom: BigInt(required(revision, 'start revision')), startPosition: String(revision) };
};

const strategyOf = (named: pb.CreateReq.ConsumerStrategy, text: string): StrategyName => {
  if (text !== '') {
    const strategy = strategyNames.find((name) => name === text);
    if (strategy === undefined) throw invalidArgument(`Consumer strategy ${text} does not exist.`);
    return strategy;
  }
  switch (named) {
    case pb.CreateReq.ConsumerStrategy.DISPATCHTOSINGLE:
      return 'DispatchToSingle';
    case pb.CreateReq.ConsumerStrategy.ROUNDROBIN:
      return 'RoundRobin';
    case pb.CreateReq.ConsumerStrategy.PINNED:
      return 'Pinned';
    default:
      throw invalidArgument(`Consumer strategy ${named} does not exist.`);
  }
};

const settingsOf = (
  settings: pb.CreateReq.Settings | pb.UpdateReq.Settings,
  strategy: StrategyName,
): Omit<Definition, 'stream' | 'group' | 'filter' | 'startAfter' | 'startPosition'> => ({
  resolveLinkTos: settings.getResolveLinks(),
  extraStatistics: settings.getExtraStatistics(),
  messageTimeout: settings.hasMessageTimeoutTicks()
    ? Math.floor(Number(settings.getMessageTimeoutTicks()) / ticksPerMs)
    : settings.getMessageTimeoutMs(),
  maxRetryCount: settings.getMaxRetryCount(),
  checkPointAfter: settings.hasCheckpointAfterTicks()
    ? Math.floor(Number(settings.getCheckpointAfterTicks()) / ticksPerMs)
    : settings.getCheckpointAfterMs(),
  minCheckPointCount: settings.getMinCheckpointCount(),
  maxCheckPointCount: settings.getMaxCheckpointCount(),
  maxSubscriberCount: settings.getMaxSubscriberCount(),
  liveBufferSize: settings.getLiveBufferSize(),
  readBatchSize: settings.getReadBatchSize(),
  historyBufferSize: settings.getHistoryBufferSize(),
  namedConsumerStrategy: strategy,
});

const sourceOf = (
  options: pb.CreateReq.Options | pb.UpdateReq.Options,
  settings: pb.CreateReq.Settings | pb.UpdateReq.Settings,
) => {
  const all = options.getAll();
  if (all !== undefined) return { stream: '$all', ...startOfAll(all) };
  const inStream = options.getStream();
  // The deprecated field names the stream where the options of today don't.
  const stream = streamName(inStream?.getStreamIdentifier() ?? options.getStreamIdentifier());
  return { stream, ...startOfStream(inStream, settings) };
};

/** @throws StatusError */
export const wantedByCreate = (request: pb.CreateReq): Wanted => {
  const options = required(request.getOptions(), 'options');
  const settings = required(options.getSettings(), 'settings');
  return {
    ...sourceOf(options, settings),
    group: options.getGroupName(),
    filter: filterOf(options.getAll()?.getFilter()),
    ...settingsOf(settings, strategyOf(settings.getNamedConsumerStrategy(), settings.getConsumerStrategy())),
  };
};

/** @throws StatusError */
export const wantedByUpdate = (request: pb.UpdateReq): Omit<Wanted, 'filter'> => {
  const options = required(request.getOptions(), 'options');
  const settings = required(options.getSettings(), 'settings');
  return {
    ...sourceOf(options, settings),
    group: options.getGroupName(),
    ...settingsOf(settings, strategyOf(settings.getNamedConsumerStrategy(), '')),
  };
};

export const nackAction = (action: pb.ReadReq.Nack.Action): NackAction => {
  switch (action) {
    case pb.ReadReq.Nack.Action.PARK:
      return 'park';
    case pb.ReadReq.Nack.Action.SKIP:
      return 'skip';
    case pb.ReadReq.Nack.Action.STOP:
      return 'stop';
    default:
      return 'retry';
  }
};
