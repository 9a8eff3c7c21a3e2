import { randomUUID } from 'node:crypto';
import {
  eventTypeFilter,
  jsonEvent,
  persistentSubscriptionToAllSettingsFromDefaults,
  START,
} from '@eventstore/db-client';
import type { Recorded } from '../../events/event.ts';
import { EventStore } from '../../src/ledger/event-store.ts';
import { type GroupReport, groupName, PersistentGroup, waitingIn } from '../../src/ledger/persistent-group.ts';
import { eventually } from '../support/eventually.ts';
import { startTestNode, type TestNode } from '../support/node.ts';

const OLD = ['RecordingViewed'];
const NEW = ['RecordingViewed', 'RecordingTransferBegan'];

describe('how many events wait in a group', () => {
  const stats = { totalInFlightMessages: 2, readBufferCount: 3, retryBufferCount: 4, liveBufferCount: 1_000n };

  it('leaves out what EventStoreDB keeps of what was dealt with, while a consumer has room', () => {
    expect(waitingIn(stats, [{ availableSlots: 0 }, { availableSlots: 1 }])).toBe(9);
  });

  it('counts it where nobody has room for more, or nobody is there', () => {
    expect(waitingIn(stats, [{ availableSlots: 0 }])).toBe(1_009);
    expect(waitingIn(stats, [])).toBe(1_009);
  });
});

describe('a group whose types change with a release', () => {
  let node: TestNode;
  let store: EventStore;
  let name: string;
  let patientId: string;
  const groups: PersistentGroup[] = [];
  beforeAll(async () => {
    node = await startTestNode();
    store = new EventStore(node.connectionString);
  });
  afterAll(async () => {
    await store.close();
    await node.stop();
  });
  beforeEach(() => {
    [name, patientId] = [`group-${randomUUID().slice(0, 8)}`, `pat-${randomUUID().slice(0, 8)}`];
  });
  afterEach(async () => {
    for (const group of groups.splice(0)) await group.stop();
  });

  const ids = () => ({ patientId, consultationId: 'con-1', recordingId: 'rec-1', viewerId: 'doc-1' });
  const metadata = {
    ...{ actor: { id: 'doc-1', roles: [] }, requestId: 'r-1', $correlationId: 'r-1', $causationId: 'r-1' },
    appVersion: '1.0.0',
  };
  const write = async (...types: string[]) => {
    const events = types.map((type) => {
      const viewId = `view-${randomUUID().slice(0, 8)}`;
      const data =
        type === 'RecordingViewed'
          ? { ...ids(), viewId, viewerRoles: [], purpose: 'treatment', source: 'mediated' }
          : { ...ids(), viewId, transferId: viewId, range: [0, 9] };
      return jsonEvent({ type, data, metadata });
    });
    await store.raw.appendToStream(`patient-${patientId}`, events);
  };

  const start = (eventTypes: readonly string[]) => {
    const seen: string[] = [];
    const reports: GroupReport[] = [];
    const group = new PersistentGroup(
      store,
      { name, eventTypes, maxInFlight: 4 },
      async (event: Recorded) => {
        if (event.stream === `patient-${patientId}`) seen.push(`${event.type}@${event.revision}`);
      },
      (what) => reports.push(what),
    );
    groups.push(group);
    group.start();
    return { group, seen, reports };
  };
  const checkpointOf = async (group: string) =>
    (await store.raw.getPersistentSubscriptionToAllInfo(group)).stats.lastCheckpointedEventPosition?.commit ?? -1n;
  /** Of what was written last: nobody else writes to this node. */
  const lastPosition = async () => {
    const last = await store.lastPosition();
    return last === 'start' ? -1n : last.commit;
  };

  it('is refused with a name that EventStoreDB could not tell in an error', () => {
    const options = { name: 'gruppe-ä', eventTypes: OLD, maxInFlight: 4 };
    const group = () =>
      new PersistentGroup(
        store,
        options,
        async () => {},
        () => {},
      );
    expect(group).toThrow(/"gruppe-ä-[0-9a-f]{8}": printable ASCII alone/);
  });

  it('goes on where the group of the release before stood, and receives what that one did not', async () => {
    await write('RecordingViewed', 'RecordingViewed');
    const older = start(OLD);
    await eventually(() => older.seen.length === 2);
    await eventually(async () => (await checkpointOf(older.group.name)) >= (await lastPosition()));
    await older.group.stop();
    // Nobody runs; then the next release begins.
    await write('RecordingTransferBegan', 'RecordingViewed');
    const newer = start(NEW);
    await eventually(() => newer.seen.length === 2);
    await write('RecordingViewed', 'RecordingTransferBegan');
    await eventually(() => newer.seen.length === 4);
    expect([...newer.seen].sort()).toEqual(
      ['RecordingTransferBegan@2', 'RecordingViewed@3', 'RecordingViewed@4', 'RecordingTransferBegan@5'].sort(),
    );
    expect(newer.reports).toContainEqual({
      kind: 'succeeded',
      predecessor: older.group.name,
      parked: expect.any(Number),
    });
    expect(newer.group.name).not.toBe(older.group.name);
  });

  it('goes on also where the first release’s group stood, whose name had no types in it', async () => {
    await write('RecordingViewed');
    const settings = persistentSubscriptionToAllSettingsFromDefaults({
      ...{ startFrom: START, checkPointAfter: 100, checkPointLowerBound: 1 },
    });
    await store.raw.createPersistentSubscriptionToAll(name, settings, { filter: eventTypeFilter({ prefixes: OLD }) });
    const subscription = store.raw.subscribeToPersistentSubscriptionToAll(name);
    for await (const delivery of subscription) {
      await subscription.ack(delivery);
      if (delivery.event?.streamId === `patient-${patientId}`) break;
    }
    await eventually(async () => (await checkpointOf(name)) >= (await lastPosition()));
    await write('RecordingTransferBegan');
    const newer = start(NEW);
    await eventually(() => newer.seen.length > 0);
    expect(newer.seen).toEqual(['RecordingTransferBegan@1']);
  });

  it('begins at the start of the log where there was none, and stays where it is when it is started again', async () => {
    await write('RecordingViewed', 'RecordingTransferBegan');
    const first = start(NEW);
    await eventually(() => first.seen.length === 2);
    await eventually(async () => (await checkpointOf(first.group.name)) >= (await lastPosition()));
    await first.group.stop();
    await write('RecordingViewed');
    const again = start([...NEW].reverse());
    expect(again.group.name).toBe(first.group.name);
    await eventually(() => again.seen.length > 0);
    expect(again.seen).toEqual(['RecordingViewed@2']);
  });

  it('is named by its types, in whatever order', () => {
    expect(groupName('g', ['A', 'B'])).toBe(groupName('g', ['B', 'A']));
    expect(new Set([['A'], ['B'], ['A', 'B'], ['AB']].map((types) => groupName('g', types))).size).toBe(4);
    expect(groupName('g', ['A'])).toMatch(/^g-[0-9a-f]{8}$/);
  });
});
