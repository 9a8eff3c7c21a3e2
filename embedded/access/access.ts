import { type Metadata, ServerCredentials } from '@grpc/grpc-js';
import { type Guard, openToAll } from '../streams/guard.ts';

/** How callers reach the node, who they are and what they may do. */
export type Access = {
  readonly credentials: ServerCredentials;
  /** Whether clients must use TLS. */
  readonly tls: boolean;
  readonly guard: Guard;
  readonly userOf: (call: { readonly metadata: Metadata }) => string;
};

/** No encryption, no users: for tests and for a node whose socket nobody else can reach. */
export const insecureAccess = (): Access => ({
  credentials: ServerCredentials.createInsecure(),
  tls: false,
  guard: openToAll,
  userOf: () => 'anonymous',
});
