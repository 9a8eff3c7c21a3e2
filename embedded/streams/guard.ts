import type { Metadata } from '@grpc/grpc-js';
import { accessDenied } from '../wire/status-error.ts';

export type StreamOperation = 'read' | 'write' | 'delete';

/** Says whether the caller behind a call's metadata may do this to a stream. @throws StatusError when not */
export type Guard = (caller: Metadata, operation: StreamOperation, stream: string) => void;

/** Insecure mode: any caller may do everything, but `$all` is no stream to write to. */
export const openToAll: Guard = (_caller, operation, stream) => {
  if (stream === '$all' && operation !== 'read') throw accessDenied();
};
