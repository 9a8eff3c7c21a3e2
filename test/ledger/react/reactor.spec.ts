import { randomUUID } from 'node:crypto';
import {
  eventTypeFilter,
  jsonEvent,
  persistentSubscriptionToAllSettingsFromDefaults,
  START,
} from '@eventstore/db-client';
import { EventStore } from '../../../src/ledger/event-store.ts';
import { LiveFeed } from '../../../src/ledger/live-feed.ts';
import { Handover, type HandoverReport } from '../../../src/ledger/react/handover.ts';
import { earlierGroupName, type GroupPlan, groupName, waitingIn } from '../../../src/ledger/react/plan.ts';
import { type EventType, type Handlers, reactor } from '../../../src/ledger/react/reactor.ts';
import { type ReactorReport, RunningReactor } from '../../../src/ledger/react/running-reactor.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestNode, type TestNode } from '../../support/node.ts';

const OLD = ['RecordingViewed'] as const;
const NEW = ['RecordingViewed', 'RecordingTransferBegan'] as const;

describe('how many events wait in a group', () => {
  const stats = { totalInFlightMessages: 2, readBufferCount: 3, retryBufferCount: 4, liveBufferCount: 1_000n };

  it('leaves out what EventStoreDB keeps of what was dealt with, while a consumer has room', () => {
    expect(waitingIn(stats, [{ availableSlots: 0 }, { availableSlots: 1 }])).toBe(9);
  });

  it('counts it where no consumer has room for more, or none is there', () => {
    expect(waitingIn(stats, [{ availableSlots: 0 }])).toBe(1_009);
    expect(waitingIn(stats, [])).toBe(1_009);
  });
});

describe('the name of a group', () => {
  const named = (name: string, types: readonly string[], version = 1) => groupName({ name, version, types });

  it('follows from its types, in whatever order, and from its version', () => {
    expect(named('g', ['A', 'B'])).toBe(named('g', ['B', 'A']));
    expect(new Set([['A'], ['B'], ['A', 'B'], ['AB']].map((types) => named('g', types))).size).toBe(4);
    expect(named('g', ['A'])).toMatch(/^g-[0-9a-f]{8}$/);
    expect(named('g', ['A'], 2)).toMatch(/^g-v2-[0-9a-f]{8}$/);
  });

  it('is what deployed stores have', () => {
    const types = ['RecordingViewed', 'RecordingTransferBegan', 'RecordingPlayed', 'RecordingQuarantined'];
    expect(named('access-monitor', [...types, 'EgressPrevented', 'ViewReported', 'ProbingDetected'])).toBe(
      'access-monitor-67eac523',
    );
  });

  it('is refused where EventStoreDB could not tell it in an error', () => {
    expect(() => named('gruppe-ä', OLD)).toThrow(/"gruppe-ä-[0-9a-f]{8}": printable ASCII alone/);
  });
});

describe('what a reactor acts on', () => {
  const plan = { name: 'typed', version: 1, maxInFlight: 1 };

  it('is the types of its handlers', () => {
    const { plan: of } = reactor({ ...plan, on: { RecordingViewed: async () => {}, BreachFlagged: async () => {} } });
    expect(of.types).toEqual(['RecordingViewed', 'BreachFlagged']);
  });

  it('is known to the compiler', () => {
    reactor({ ...plan, on: { RecordingViewed: async ({ data }) => void (data.viewerId satisfies string) } });
    // @ts-expect-error: no event of the ledger has such a type
    reactor({ ...plan, on: { RecordingWatched: async () => {} } });
    // @ts-expect-error: the data of a view have no severity
    reactor({ ...plan, on: { RecordingViewed: async ({ data }) => void data.severity } });
    // @ts-expect-error: its plan receives a type that it has no handler for
    reactor({ ...plan, types: NEW, on: { RecordingViewed: async () => {} } });
    // @ts-expect-error: what it does not act on cannot be wanted from before
    reactor({ ...plan, earlier: ['RecordingPlayed'], on: { RecordingViewed: async () => {} } });
  });
});

describe('a reactor', () => {
  let node: TestNode;
  let store: EventStore;
  let feed: LiveFeed;
  let name: string;
  let patientId: string;
  const reactors: RunningReactor[] = [];
  const handovers: Handover[] = [];
  beforeAll(async () => {
    node = await startTestNode();
    store = new EventStore(node.connectionString);
    feed = new LiveFeed(store, () => {});
    await feed.start();
  });
  afterAll(async () => {
    await feed.stop();
    await store.close();
    await node.stop();
  });
  beforeEach(() => {
    [name, patientId] = [`group-${randomUUID().slice(0, 8)}`, `pat-${randomUUID().slice(0, 8)}`];
  });
  afterEach(async () => {
    for (const handover of handovers.splice(0)) await handover.stop();
    for (const running of reactors.splice(0)) await running.stop();
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

  type More = Partial<Omit<GroupPlan<EventType>, 'types'>> & { readonly refuses?: () => boolean };
  const start = (types: readonly EventType[], { refuses = () => false, ...more }: More = {}) => {
    const seen: string[] = [];
    const reports: ReactorReport[] = [];
    const handle = async (event: { stream: string; type: string; revision: number }) => {
      if (event.stream !== `patient-${patientId}`) return;
      if (refuses()) throw new Error('cannot be acted on');
      seen.push(`${event.type}@${event.revision}`);
    };
    const on = Object.fromEntries(types.map((type) => [type, handle])) as unknown as Handlers<EventType>;
    const made = reactor({ name, version: 1, maxInFlight: 4, ...more, on });
    const running = new RunningReactor(store, feed, made, (what) => reports.push(what));
    reactors.push(running);
    running.start();
    return { running, seen, reports };
  };
  /** What the reactors of this process do beside receiving events. */
  const handingOver = (...running: RunningReactor[]) => {
    const reports: HandoverReport[] = [];
    const handover = new Handover(
      store,
      () => running,
      (what) => reports.push(what),
    );
    handovers.push(handover);
    return { handover, reports };
  };
  const doneAt = async (group: string) =>
    (await store.raw.getPersistentSubscriptionToAllInfo(group)).stats.lastCheckpointedEventPosition?.commit ?? -1n;
  const parkedIn = async (group: string) =>
    Number((await store.raw.getPersistentSubscriptionToAllInfo(group)).stats.parkedMessageCount);
  /** Of what was written last: nobody else writes to this node. */
  const lastPosition = async () => {
    const last = await store.lastPosition();
    return last === 'start' ? -1n : last.commit;
  };
  const caughtUp = (group: string) => eventually(async () => (await doneAt(group)) >= (await lastPosition()));

  describe('of the next release, with one more type, on the same data', () => {
    /** What release 1 leaves: two views handled, and what it does not know of in between and after. */
    const releaseOne = async () => {
      await write('RecordingTransferBegan', 'RecordingViewed', 'RecordingTransferBegan', 'RecordingViewed');
      const one = start(OLD);
      await eventually(() => one.seen.length === 2);
      await caughtUp(one.running.groupName);
      await one.running.stop();
      await write('RecordingTransferBegan', 'RecordingViewed');
      return one;
    };
    const afterwards = [
      'RecordingTransferBegan@4',
      'RecordingViewed@5',
      'RecordingViewed@6',
      'RecordingTransferBegan@7',
    ];

    it('goes on where the one before stood, and handles what that one did not receive', async () => {
      const one = await releaseOne();
      const two = start(NEW);
      await write('RecordingViewed', 'RecordingTransferBegan');
      await eventually(() => two.seen.length >= 4);
      await caughtUp(two.running.groupName);
      expect([...two.seen].sort()).toEqual([...afterwards].sort());
      expect(two.reports).toContainEqual({ kind: 'succeeded', predecessor: one.running.groupName });
      expect(two.running.groupName).not.toBe(one.running.groupName);
    });

    it('handles every event of the new type once, those from before the upgrade too, where it asks for them', async () => {
      const one = await releaseOne();
      const two = start(NEW, { earlier: ['RecordingTransferBegan'] });
      await write('RecordingViewed', 'RecordingTransferBegan');
      const all = [...afterwards, 'RecordingTransferBegan@0', 'RecordingTransferBegan@2'];
      await eventually(() => two.seen.length >= all.length);
      const earlier = earlierGroupName(two.running.reactor.plan);
      await caughtUp(two.running.groupName);
      await caughtUp(earlier);
      expect([...two.seen].sort()).toEqual([...all].sort());
      expect(one.seen).toEqual(['RecordingViewed@1', 'RecordingViewed@3']);

      await two.running.stop();
      const again = start(NEW, { earlier: ['RecordingTransferBegan'] });
      await write('RecordingTransferBegan');
      await eventually(() => again.seen.length > 0);
      expect(again.seen).toEqual(['RecordingTransferBegan@8']);
      const { connections } = await store.raw.getPersistentSubscriptionToAllInfo(earlier);
      expect(connections).toEqual([]);
    });

    it('goes on also where the first release’s group stood, whose name had no types in it', async () => {
      await write('RecordingViewed');
      const settings = persistentSubscriptionToAllSettingsFromDefaults({
        ...{ startFrom: START, checkPointAfter: 100, checkPointLowerBound: 1 },
      });
      await store.raw.createPersistentSubscriptionToAll(name, settings, {
        filter: eventTypeFilter({ prefixes: [...OLD] }),
      });
      const subscription = store.raw.subscribeToPersistentSubscriptionToAll(name);
      for await (const delivery of subscription) {
        await subscription.ack(delivery);
        if (delivery.event?.streamId === `patient-${patientId}`) break;
      }
      await caughtUp(name);
      await write('RecordingTransferBegan');
      const newer = start(NEW);
      await eventually(() => newer.seen.length > 0);
      expect(newer.seen).toEqual(['RecordingTransferBegan@1']);
    });

    it('goes on where a reactor of another name stood, whose work it does now, and leaves that one’s newer groups aside', async () => {
      const one = await releaseOne();
      const other = start(OLD, { version: 2 });
      await eventually(() => other.seen.length === 1);
      await caughtUp(other.running.groupName);
      const heir = start(['RecordingTransferBegan'], { name: `${name}-heir`, succeeds: [{ name, version: 1 }] });
      await eventually(() => heir.seen.length > 0);
      expect(heir.reports).toContainEqual({ kind: 'succeeded', predecessor: one.running.groupName });
      expect(heir.seen).toEqual(['RecordingTransferBegan@4']);
    });

    it('begins anew, or after all that is there, where its next version says so', async () => {
      await releaseOne();
      const anew = start(OLD, { version: 2, from: 'start' });
      const fresh = start(OLD, { version: 3, from: 'end' });
      await eventually(() => anew.seen.length === 3 && fresh.running.available);
      await write('RecordingViewed');
      await eventually(() => anew.seen.length === 4 && fresh.seen.length > 0);
      expect(fresh.seen).toEqual(['RecordingViewed@6']);
    });
  });

  it('begins at the start of the log where there was none, and stays where it is when it is started again', async () => {
    await write('RecordingViewed', 'RecordingTransferBegan');
    const first = start(NEW);
    await eventually(() => first.seen.length === 2);
    await caughtUp(first.running.groupName);
    await first.running.stop();
    await write('RecordingViewed');
    const again = start([...NEW].reverse());
    expect(again.running.groupName).toBe(first.running.groupName);
    await eventually(() => again.seen.length > 0);
    expect(again.seen).toEqual(['RecordingViewed@2']);
  });

  describe('whose group on the store is not what it asks for', () => {
    const makeByHand = (types: readonly string[], more: object = {}) => {
      const settings = persistentSubscriptionToAllSettingsFromDefaults({
        ...{ startFrom: START, consumerStrategyName: 'Pinned' as const, maxRetryCount: 10, messageTimeout: 30_000 },
        ...more,
      });
      const filter = eventTypeFilter({ prefixes: [...types] });
      return store.raw.createPersistentSubscriptionToAll(groupName({ name, version: 1, types: NEW }), settings, {
        filter,
      });
    };

    it.each([
      [
        'by its filter',
        OLD,
        {},
        /its filter is RecordingViewed, not RecordingTransferBegan, RecordingViewed\. Delete the group/,
      ],
      ['by its settings', NEW, { maxRetryCount: 3 }, /maxRetryCount is 3, not 10\. Delete the group/],
    ])('is refused %s, and begins once the group is deleted', async (_, types, more, says) => {
      await makeByHand(types, more);
      await write('RecordingViewed', 'RecordingTransferBegan');
      const { running, seen, reports } = start(NEW);
      await eventually(() => running.why?.includes('Delete the group') === true);
      expect(running.why).toMatch(says);
      expect(running.available).toBe(false);
      await store.raw.deletePersistentSubscriptionToAll(running.groupName);
      await eventually(() => running.available && seen.length === 2);
      expect(reports.filter(({ kind }) => kind === 'refused')).toHaveLength(1);
    });

    it('takes one that was made by hand as it asks', async () => {
      await makeByHand([...NEW].reverse());
      const { running } = start(NEW);
      await eventually(() => running.available);
    });
  });

  describe('whose predecessor has parked events', () => {
    const parkedByReleaseOne = async (types: readonly EventType[] = OLD) => {
      await write('RecordingViewed', 'RecordingViewed');
      let broken = true;
      const one = start(types, { retry: 0, refuses: () => broken });
      const group = one.running.groupName;
      await eventually(() => one.running.available);
      await eventually(async () => (await parkedIn(group)) >= 2);
      await caughtUp(group);
      broken = false;
      return one;
    };

    it('acts on them once, when no older instance runs any more, and the old group keeps the account', async () => {
      const one = await parkedByReleaseOne();
      const two = start(NEW);
      await eventually(() => two.running.available);
      const { handover, reports } = handingOver(two.running);
      await handover.look();
      expect((await two.running.standing()).parked).toBe(2);
      // An instance of the old release is still there.
      expect(reports).toEqual([]);
      await one.running.stop();
      await eventually(async () => {
        await handover.look();
        return reports.some(({ kind }) => kind === 'done');
      });
      expect([...two.seen].sort()).toEqual(['RecordingViewed@0', 'RecordingViewed@1']);
      expect(reports).toEqual([
        { kind: 'begun', group: one.running.groupName, parked: 2 },
        { kind: 'done', group: one.running.groupName, left: 0 },
      ]);
      // As in the next process.
      await handingOver(two.running).handover.look();
      expect((await two.running.standing()).parked).toBe(0);
      expect(two.seen).toHaveLength(2);
    });

    it('counts those that cannot be acted on, and tries them again when it is asked to', async () => {
      const one = await parkedByReleaseOne();
      await one.running.stop();
      let broken = true;
      const two = start(NEW, { refuses: () => broken });
      await eventually(() => two.running.available);
      const { handover, reports } = handingOver(two.running);
      const done = async (times: number) => {
        await handover.look();
        return reports.filter(({ kind }) => kind === 'done').length === times;
      };
      await eventually(() => done(1));
      expect(reports.at(-1)).toEqual({ kind: 'done', group: one.running.groupName, left: 2 });
      await handover.look();
      expect((await two.running.standing()).parked).toBe(2);
      broken = false;
      handover.again(two.running);
      await eventually(() => done(2));
      expect(two.seen).toHaveLength(2);
      expect(reports.at(-1)).toEqual({ kind: 'done', group: one.running.groupName, left: 0 });
    });

    it('leaves those of a type that no reactor acts on where they are', async () => {
      const one = await parkedByReleaseOne();
      await one.running.stop();
      const two = start(['RecordingTransferBegan']);
      await eventually(() => two.running.available);
      const { handover, reports } = handingOver(two.running);
      await eventually(async () => {
        await handover.look();
        return reports.some(({ kind }) => kind === 'done');
      });
      expect(reports.at(-1)).toEqual({ kind: 'done', group: one.running.groupName, left: 2 });
      expect(two.seen).toEqual([]);
    });
  });
});
