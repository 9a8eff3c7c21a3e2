import {
  type IServerFeaturesServer,
  ServerFeaturesService,
} from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { ServiceDefinition } from '@grpc/grpc-js';

/** The EventStoreDB whose behaviour this node follows; clients choose what to expect by it. */
const SERVER_VERSION = '24.2.0';

/** What clients look for before they use a call in a certain way, by path in lower case. */
const FEATURES: Readonly<Record<string, readonly string[]>> = {
  '/event_store.client.streams.streams/read': ['position', 'events'],
  '/event_store.client.streams.streams/batchappend': ['deadline_duration'],
  '/event_store.client.projections.projections/create': ['track_emitted_streams'],
};
const PERSISTENT_SUBSCRIPTIONS = '/event_store.client.persistent_subscriptions.persistentsubscriptions/';

/** Lists the calls of the given services the way EventStoreDB 24.2 does (ServerFeatures.cs). */
const supportedMethods = (services: readonly ServiceDefinition[]): features.SupportedMethods => {
  const supported = new features.SupportedMethods().setEventStoreServerVersion(SERVER_VERSION);
  for (const service of services) {
    for (const { path } of Object.values(service)) {
      const lower = path.toLowerCase();
      const [, serviceName = '', methodName = ''] = lower.split('/');
      const method = new features.SupportedMethod().setServiceName(serviceName).setMethodName(methodName);
      method.setFeaturesList([
        ...(FEATURES[lower] ?? (lower.startsWith(PERSISTENT_SUBSCRIPTIONS) ? ['stream', 'all'] : [])),
      ]);
      supported.addMethods(method);
    }
  }
  return supported;
};

export const serverFeatures = (services: readonly ServiceDefinition[]): IServerFeaturesServer => {
  const answer = supportedMethods([...services, ServerFeaturesService]);
  return { getSupportedMethods: (_call, callback) => callback(null, answer) };
};
