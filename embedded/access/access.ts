import { type Metadata, ServerCredentials, type ServerInterceptor } from '@grpc/grpc-js';
import { type Guard, openToAll } from '../streams/guard.ts';

/** Where the node listens. */
export type Endpoint = { readonly host: string; readonly port: number };

/** How callers connect. */
export type Published = {
  /** Without credentials. */
  readonly connectionString: string;
  /** JSON, for the node's owner alone: `{connectionString}`, credentials included. */
  readonly credentialsFile?: string;
};

/** How callers reach the node, who they are and what they may do. */
export type Access = {
  readonly credentials: ServerCredentials;
  /** Looks at every call before it is handled. */
  readonly interceptors: ServerInterceptor[];
  readonly guard: Guard;
  /** Creating, changing, deleting and replaying persistent subscriptions. @throws StatusError */
  readonly mayManageSubscriptions: (caller: Metadata) => void;
  /** Asking about persistent subscriptions. @throws StatusError */
  readonly mayInspectSubscriptions: (caller: Metadata) => void;
  readonly userOf: (call: { readonly metadata: Metadata }) => string;
  /** To be called once the node listens. */
  readonly publish: (endpoint: Endpoint) => Published;
};

/** `host:port` as it stands in an address. */
export const authority = ({ host, port }: Endpoint): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** No encryption, no users: for tests and for a node whose socket no other process can reach. */
export const insecureAccess = (): Access => ({
  credentials: ServerCredentials.createInsecure(),
  interceptors: [],
  guard: openToAll,
  mayManageSubscriptions: () => {},
  mayInspectSubscriptions: () => {},
  userOf: () => 'anonymous',
  publish: (endpoint) => ({ connectionString: `esdb://${authority(endpoint)}?tls=false` }),
});
