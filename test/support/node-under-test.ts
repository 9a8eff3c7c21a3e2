import { setTimeout } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { startEmbeddedNode, type TestNode } from './node.ts';

/** `dispose` cancels a client's calls at once, and may then wait for ever for one that was left with something unread. */
const DISPOSED_MS = 5_000;

/** A node and a client: one for all tests of a `describe`, or a new one for each of them. */
export const nodeUnderTest = (
  start: () => Promise<TestNode> = startEmbeddedNode,
  begin: typeof beforeAll | typeof beforeEach = beforeAll,
) => {
  const end = begin === beforeAll ? afterAll : afterEach;
  let node: TestNode;
  let client: EventStoreDBClient;
  const clients: EventStoreDBClient[] = [];
  const connect = (connectionString: string): EventStoreDBClient => {
    const connected = EventStoreDBClient.connectionString(connectionString);
    clients.push(connected);
    return connected;
  };
  begin(async () => {
    node = await start();
    client = connect(node.connectionString);
  });
  end(async () => {
    const disposed = Promise.all(clients.splice(0).map((each) => each.dispose()));
    await Promise.race([disposed, setTimeout(DISPOSED_MS, undefined, { ref: false })]);
    await node.stop();
  });
  return {
    get node() {
      return node;
    },
    get client() {
      return client;
    },
    get connectionString() {
      return node.connectionString;
    },
    /**
     * Another client, perhaps to be found or to behave in another way. It is disposed of with the first, also when its
     * test fails: an open call would keep the whole run from ending.
     */
    another: ({ protocol = 'esdb', option }: { readonly protocol?: string; readonly option?: string } = {}) => {
      const url = node.connectionString.replace(/^[^:]+/, protocol);
      return connect(option === undefined ? url : `${url}${url.includes('?') ? '&' : '?'}${option}`);
    },
  };
};
