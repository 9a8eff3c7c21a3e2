import { EventStoreDBClient } from '@eventstore/db-client';

/** The fields of the official client (6.2.1) that are mended here; it calls them internal. */
type Internals = {
  handleError: (...args: never[]) => Promise<void>;
  GRPCStreamCreator: (grpc: unknown, name: string, creator: StreamCreator, cache?: unknown) => unknown;
};
type Stream = NodeJS.EventEmitter;
type StreamCreator = (client: unknown) => Stream | Promise<Stream>;

/**
 * The official client, without the two faults by which an absent store ends the process that uses it:
 *
 *   - It renews its channel in a promise that it does not await, so that "Failed to discover after 10 attempts" is an unhandled rejection.
 *   - All clients of a process share one table of appends under way, and a stream that breaks empties it: the answer to another stream's
 *     append is then a TypeError inside the listener. The append was refused already, its outcome unknown.
 */
export const connectClient = (connectionString: string): EventStoreDBClient => {
  const client = EventStoreDBClient.connectionString(gossipSeedsOf(connectionString));
  const internals = client as unknown as Internals;
  const { handleError, GRPCStreamCreator } = internals;
  internals.handleError = (...args) => handleError(...args).catch(() => undefined);
  internals.GRPCStreamCreator = (grpc, name, creator, cache) =>
    GRPCStreamCreator(grpc, name, name === 'appendToStream' ? forgivingLateAnswers(creator) : creator, cache);
  return client;
};

const forgivingLateAnswers =
  (creator: StreamCreator): StreamCreator =>
  async (client) => {
    const stream = await creator(client);
    for (const listener of stream.listeners('data') as ((answer: unknown) => void)[]) {
      stream.off('data', listener);
      stream.on('data', (answer: unknown) => {
        try {
          listener(answer);
        } catch (error) {
          if (!(error instanceof TypeError)) throw error;
        }
      });
    }
    return stream;
  };

/** What the client knows of its server, asked once for each connection. Rejects as long as the client has not got over a failure to ask. */
export const capabilitiesOf = (client: EventStoreDBClient): Promise<unknown> =>
  (client as unknown as { readonly capabilities: Promise<unknown> }).capabilities;

/** With `esdb+discover` and several hosts the client asks the first one for ever; as seeds it asks all of them. */
export const gossipSeedsOf = (connectionString: string): string => {
  const [, rest = ''] = /^esdb\+discover:\/\/(.*)$/s.exec(connectionString.trim()) ?? [];
  const [authority = ''] = rest.split(/[/?]/, 1);
  return authority.includes(',') ? `esdb://${rest}` : connectionString;
};

/** Whether an uncaught error was thrown by the client itself: it is about a connection, and another one can be made. */
export const isOfTheClient = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const thrownAt = error.stack?.split('\n').find((line) => /^\s+at /.test(line)) ?? '';
  return /node_modules\/(@eventstore\/db-client|@grpc\/grpc-js)\//.test(thrownAt);
};

/** What an error says; some of the client's have no name of their own and no message. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { details } = ((error as { _raw?: { details?: unknown } })._raw ?? {}) as { details?: unknown };
  const name = error.name === 'Error' ? error.constructor.name : error.name;
  return `${name}: ${error.message || (typeof details === 'string' && details) || 'the client gives no reason'}`;
};
