import { EventStoreDBClient } from '@eventstore/db-client';
import { startEmbeddedNode, type TestNode } from './node.ts';

/** A node and a client: one for all tests of a `describe`, or a new one for each of them. */
export const nodeUnderTest = (
  start: () => Promise<TestNode> = startEmbeddedNode,
  begin: typeof beforeAll | typeof beforeEach = beforeAll,
) => {
  const end = begin === beforeAll ? afterAll : afterEach;
  let node: TestNode;
  let client: EventStoreDBClient;
  begin(async () => {
    node = await start();
    client = EventStoreDBClient.connectionString(node.connectionString);
  });
  end(async () => {
    await client.dispose();
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
  };
};
