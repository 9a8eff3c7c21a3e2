import { randomUUID } from 'node:crypto';
import { breachStreams } from '../../events/categories.ts';
import { AccessMonitor } from '../../src/access/monitor/monitor.ts';
import { Refusals } from '../../src/access/views/refusals.ts';
import { EventStore } from '../../src/ledger/event-store.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { startTestNode, type TestNode } from '../support/node.ts';
import { breachesOf, type Scene, scene, verdictsOn, view, witness } from './scene.ts';

type Position = Awaited<ReturnType<EventStore['lastPosition']>>;

/** Ids that the store holds more than once, in whatever stream, among all that was written since. */
const heldTwice = async (app: RunningApp, since: Position): Promise<string[]> => {
  const seen = new Set<string>();
  const twice: string[] = [];
  for await (const { event } of app.app.get(EventStore).raw.readAll({ fromPosition: since })) {
    if (!event || event.streamId.startsWith('$')) continue;
    if (seen.has(event.id)) twice.push(`${event.type} on ${event.streamId}`);
    seen.add(event.id);
  }
  return twice;
};

const apps: RunningApp[] = [];
const [one, other] = [() => apps[0] as RunningApp, () => apps[1] as RunningApp];

describe('on a store that remembers no ids, as after a change of leader', () => {
  let node: TestNode;
  let since: Position;
  beforeAll(async () => {
    node = await startTestNode();
    for (let i = 0; i < 2; i++) apps.push(await startApp({ env: { STORE_URL: node.connectionString } }));
    since = await one().app.get(EventStore).lastPosition();
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await node.stop();
  });

  const monitorOf = ({ app }: RunningApp) => app.get(AccessMonitor);

  const judgedAgain = async (here: Scene) => {
    await one().app.get(EventStore).raw.deletePersistentSubscriptionToAll(monitorOf(one()).groupName);
    // The group is made anew from the start, and is done with what was there when a later view is judged.
    await eventually(async () => (await view(one(), here, here.patientId)).status === 201);
  };

  it('keeps one verdict of each view and one note of each transfer, however often they are delivered', async () => {
    const here = await scene(one());
    for (const viewer of [here.patientId, here.clinicianId]) await view(one(), here, viewer);
    await witness(one(), here, 'pat-stranger');
    const emergency = { purpose: 'emergency', reason: 'unconscious, no history', roles: ['clinician'] as const };
    await view(one(), here, 'doc-emergency', emergency);
    await eventually(async () => (await breachesOf(one(), here)).length >= 2);
    await judgedAgain(here);
    await judgedAgain(here);
    expect(await heldTwice(one(), since)).toEqual([]);
    expect(await verdictsOn(one(), 'pat-stranger')).toHaveLength(1);
  });

  it('keeps one verdict of each of a person’s views that come at once, through two instances', async () => {
    const scenes = await Promise.all(Array.from({ length: 30 }, () => scene(one())));
    const viewer = `svc-${randomUUID().slice(0, 8)}`;
    await Promise.all(scenes.map((here, i) => witness(i % 2 ? one() : other(), here, viewer)));
    const verdicts = await eventually(async () => {
      const found = await verdictsOn(one(), viewer);
      return found.length >= scenes.length ? found : undefined;
    });
    expect(new Set(verdicts.map(({ data }) => (data as { viewId: string }).viewId)).size).toBe(scenes.length);
    expect(await heldTwice(one(), since)).toEqual([]);
  });

  it('keeps one refusal of each view, caller and reason, whichever instance refuses it', async () => {
    const here = await scene(one());
    const { viewId } = (await view(one(), here, here.patientId)).body;
    for (const app of [one(), other(), one(), other()]) {
      await app.call(`/v1/views/${viewId}/content`, { as: 'pat-stranger', roles: ['patient'] });
      await eventually(() => app.app.get(Refusals).idle);
    }
    expect(await heldTwice(one(), since)).toEqual([]);
  });

  it('appends a fact once that two instances tell at the same time, and again later', async () => {
    const id = randomUUID();
    const breachId = randomUUID();
    const cause = { actor: { id: 'pager', roles: [] }, requestId: id };
    const event = { id, type: 'OnCallNotified' as const, data: { breachId, channel: 'socket' } };
    const tell = (app: RunningApp) => app.app.get(Ledger).appendOnce(breachStreams.of(breachId), event, cause);
    await Promise.all([one(), other(), one(), other()].map(tell));
    expect(await tell(other())).toBe(false);
    expect(await heldTwice(one(), since)).toEqual([]);
  });
});
