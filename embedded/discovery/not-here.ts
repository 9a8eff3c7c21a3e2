import {
  type ServiceDefinition,
  type sendUnaryData,
  status,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { StatusError } from '../wire/status-error.ts';

/**
 * Answers every call of a service that this node doesn't have. It is still advertised: a client that doesn't find it
 * in the list of features tries EventStoreDB's HTTP interface instead and fails with an unreadable error.
 */
export const notHere = (definition: ServiceDefinition, reason: string): UntypedServiceImplementation =>
  Object.fromEntries(
    Object.entries(definition).map(([name, { path, responseStream }]) => {
      const error = new StatusError(status.UNIMPLEMENTED, `${path} is not part of the embedded node: ${reason}`);
      const handle = responseStream
        ? (call: { emit(event: 'error', error: Error): boolean }) => call.emit('error', error)
        : (_call: unknown, callback: sendUnaryData<unknown>) => callback(error, null);
      return [name, handle as UntypedHandleCall];
    }),
  );
