import { type EventStoreDBClient, START } from '@eventstore/db-client';
import { EventStore } from '../../src/ledger/event-store.ts';
import { LiveFeed } from '../../src/ledger/live-feed.ts';
import { PersistentGroup } from '../../src/ledger/react/persistent-group.ts';
import { createGroup, groupName } from '../../src/ledger/react/plan.ts';
import { eventually } from '../support/eventually.ts';
import { startTestNode, type TestNode } from '../support/node.ts';

type Subscribe = 'subscribeToPersistentSubscriptionToAll' | 'subscribeToAll';

/** Calls `then` just before anybody else hears of this event of the next subscriptions; returns how many there were. */
const justBefore = (client: EventStoreDBClient, subscribe: Subscribe, event: string, then: () => void) => {
  const real = client[subscribe].bind(client) as (...args: unknown[]) => NodeJS.EventEmitter;
  let subscriptions = 0;
  Object.assign(client, {
    [subscribe]: (...args: unknown[]) => {
      subscriptions += 1;
      return real(...args).once(event, then);
    },
  });
  return () => subscriptions;
};

describe('a subscription that is told to stop in the moment it is confirmed', () => {
  let node: TestNode;
  let store: EventStore;
  beforeAll(async () => {
    node = await startTestNode();
  });
  beforeEach(() => {
    store = new EventStore(node.connectionString);
  });
  afterEach(() => store.close());
  afterAll(() => node.stop());

  it('ends, and leaves the group', async () => {
    const plan = { name: 'stopped-at-once', version: 1, types: ['Noted'], maxInFlight: 1 };
    const name = groupName(plan);
    const group = new PersistentGroup(
      store,
      { name, maxInFlight: 1, prepare: () => createGroup(store, plan, START) },
      () => Promise.resolve(),
      () => {},
    );
    let stopped: Promise<void> | undefined;
    const subscriptions = justBefore(store.raw, 'subscribeToPersistentSubscriptionToAll', 'confirmation', () => {
      stopped = group.stop();
    });
    group.start();
    await eventually(() => stopped !== undefined);
    await stopped;
    expect(group.connected).toBe(false);
    const connections = async () => (await store.raw.getPersistentSubscriptionToAllInfo(name)).connections;
    await eventually(async () => (await connections()).length === 0);
    expect(subscriptions()).toBe(1);
  });

  it('ends, and is not live', async () => {
    const feed = new LiveFeed(store, () => {});
    let stopped: Promise<void> | undefined;
    const subscriptions = justBefore(store.raw, 'subscribeToAll', 'caughtUp', () => {
      stopped = feed.stop();
    });
    void feed.start();
    await eventually(() => stopped !== undefined);
    await stopped;
    expect(feed.live).toBe(false);
    expect(subscriptions()).toBe(1);
  });
});
