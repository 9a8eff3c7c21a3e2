import pb from '@eventstore/db-client/generated/persistent_pb.js';
import { placeText } from './definition.ts';
import type { ConsumerReport, GroupReport } from './group.ts';

/** A group's report as the message `getInfo` and `list` answer with. */
export const subscriptionInfo = (report: GroupReport): pb.SubscriptionInfo => {
  const { definition, figures, counts, consumers } = report;
  const place = (at: bigint | undefined): string => (at === undefined || at < 0n ? '' : placeText(definition, at));
  const info = new pb.SubscriptionInfo();
  info.setEventSource(definition.stream);
  info.setGroupName(definition.group);
  info.setStatus(report.status);
  info.setConnectionsList(consumers.map(connectionInfo));
  info.setAveragePerSecond(figures.perSecond);
  info.setTotalItems(String(figures.total));
  info.setCountSinceLastMeasurement(String(figures.sinceLast));
  info.setLastCheckpointedEventPosition(place(report.checkpointed));
  info.setLastKnownEventPosition(place(report.lastKnown));
  info.setResolveLinkTos(definition.resolveLinkTos);
  info.setStartFrom(definition.startPosition);
  info.setMessageTimeoutMilliseconds(definition.messageTimeout);
  info.setExtraStatistics(definition.extraStatistics);
  info.setMaxRetryCount(definition.maxRetryCount);
  info.setLiveBufferSize(definition.liveBufferSize);
  info.setBufferSize(definition.historyBufferSize);
  info.setReadBatchSize(definition.readBatchSize);
  info.setCheckPointAfterMilliseconds(definition.checkPointAfter);
  info.setMinCheckPointCount(definition.minCheckPointCount);
  info.setMaxCheckPointCount(definition.maxCheckPointCount);
  info.setReadBufferCount(counts.readBuffer);
  info.setLiveBufferCount(String(counts.liveBuffer));
  info.setRetryBufferCount(counts.retryBuffer);
  info.setTotalInFlightMessages(counts.inFlight);
  info.setOutstandingMessagesCount(counts.outstanding);
  info.setNamedConsumerStrategy(definition.namedConsumerStrategy);
  info.setMaxSubscriberCount(definition.maxSubscriberCount);
  info.setParkedMessageCount(String(report.parked));
  return info;
};

const connectionInfo = (consumer: ConsumerReport): pb.SubscriptionInfo.ConnectionInfo => {
  const connection = new pb.SubscriptionInfo.ConnectionInfo();
  connection.setFrom(consumer.from);
  connection.setUsername(consumer.username);
  connection.setAverageItemsPerSecond(consumer.figures.perSecond);
  connection.setTotalItems(String(consumer.figures.total));
  connection.setCountSinceLastMeasurement(String(consumer.figures.sinceLast));
  connection.setAvailableSlots(consumer.availableSlots);
  connection.setInFlightMessages(consumer.inFlight);
  connection.setConnectionName(consumer.connectionName);
  for (const [key, ms] of consumer.observed) {
    const measurement = new pb.SubscriptionInfo.Measurement();
    measurement.setKey(key);
    measurement.setValue(String(ms));
    connection.addObservedMeasurements(measurement);
  }
  return connection;
};
