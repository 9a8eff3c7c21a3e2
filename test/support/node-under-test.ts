import { EventStoreDBClient } from '@eventstore/db-client';
import { startEmbeddedNode, type TestNode } from './node.ts';

/** A node and a client for the tests of one `describe`. */
export const nodeUnderTest = (start: () => Promise<TestNode> = startEmbeddedNode) => {
  let node: TestNode;
  let client: EventStoreDBClient;
  beforeAll(async () => {
    node = await start();
    client = EventStoreDBClient.connectionString(node.connectionString);
  });
  afterAll(async () => {
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
