import { randomUUID } from 'node:crypto';
import { jsonEvent } from '@eventstore/db-client';
import { EventStore } from '../../../src/ledger/event-store.ts';
import { copyEvents, nothingCopied } from '../../../src/ledger/moving/copy.ts';
import { carryGroup } from '../../../src/ledger/moving/group.ts';
import { NotYet } from '../../../src/ledger/react/persistent-group.ts';
import { reactor } from '../../../src/ledger/react/reactor.ts';
import { RunningReactor } from '../../../src/ledger/react/running-reactor.ts';
import { eventually } from '../../support/eventually.ts';
import { startEmbeddedNode, type TestNode } from '../../support/node.ts';

const plan = { name: 'mover', version: 1, types: ['RecordingViewed'], maxInFlight: 16, retry: 5 } as const;
const feed = { listen: () => () => {} };
const metadata = {
  ...{ actor: { id: 'doc-1', roles: [] }, requestId: 'r-1', $correlationId: 'r-1', $causationId: 'r-1' },
  appVersion: '1.0.0',
};

describe('a group that is carried to another store', () => {
  let nodes: TestNode[];
  let [source, target]: EventStore[] = [];
  beforeEach(async () => {
    nodes = [await startEmbeddedNode(), await startEmbeddedNode()];
    [source, target] = nodes.map(({ connectionString }) => new EventStore(connectionString));
  });
  afterEach(async () => {
    for (const store of [source, target]) await store?.close();
    for (const node of nodes) await node.stop();
  });

  const view = (n: number) => {
    const ids = { patientId: `pat-${n}`, consultationId: 'con-1', recordingId: 'rec-1', viewerId: 'doc-1' };
    const data = { ...ids, viewId: `view-${n}`, viewerRoles: [], purpose: 'treatment', source: 'mediated' };
    return jsonEvent({ id: randomUUID(), type: 'RecordingViewed', data, metadata });
  };
  const started = (store: EventStore, refuses: (n: number) => Error | undefined) => {
    const done: number[] = [];
    const moved = reactor({
      ...plan,
      on: {
        RecordingViewed: async ({ data: { patientId } }) => {
          const n = Number(patientId.slice(4));
          const error = refuses(n);
          if (error) throw error;
          done.push(n);
        },
      },
    });
    const group = new RunningReactor(store, feed, moved, () => {});
    group.start();
    return { group, done };
  };

  it('goes on where it stood: done stays done, what was out comes again, and what was parked is parked', async () => {
    if (!source || !target) throw new Error('no stores');
    // So that no place is the same number on both sides.
    await target.raw.appendToStream('other-1', [view(0), view(0), view(0)]);
    for (let n = 0; n < 10; n++) await source.raw.appendToStream(`patient-pat-${n}`, view(n));
    const before = started(source, (n) =>
      n === 2 ? new Error('cannot be judged') : n > 5 ? new NotYet('later') : undefined,
    );
    await eventually(async () => before.group.available && (await before.group.standing()).parked === 1);
    await eventually(() => before.done.length === 5);
    await eventually(async () => {
      const { stats } = await (source as EventStore).raw.getPersistentSubscriptionToAllInfo(before.group.groupName);
      return (stats.lastCheckpointedEventPosition?.commit ?? 0n) >= 5n;
    });
    await before.group.stop();

    await copyEvents(source.raw, target.raw, nothingCopied());
    expect(await carryGroup(source, target, plan)).toMatchObject({ name: before.group.groupName, parked: 1 });
    // As after a kill in between.
    expect(await carryGroup(source, target, plan)).toMatchObject({ parked: 1 });

    const after = started(target, () => undefined);
    await eventually(() => [6, 7, 8, 9].every((n) => after.done.includes(n)));
    expect(after.done.filter((n) => n < 5)).toEqual([]);
    expect((await after.group.standing()).parked).toBe(1);
    await after.group.replayParked();
    await eventually(() => after.done.includes(2));
    expect([...new Set(after.done)].length).toBe(after.done.length);
    await after.group.stop();
  }, 60_000);

  it('begins at the start where it never was', async () => {
    if (!source || !target) throw new Error('no stores');
    await source.raw.appendToStream('patient-pat-0', view(0));
    await copyEvents(source.raw, target.raw, nothingCopied());
    expect(await carryGroup(source, target, plan)).toMatchObject({ after: undefined, parked: 0 });
    const after = started(target, () => undefined);
    await eventually(() => after.done.includes(0));
    await after.group.stop();
  }, 60_000);
});
