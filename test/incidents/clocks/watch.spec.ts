import { incidentStreams } from '../../../events/categories.ts';
import type { IncidentEvent } from '../../../events/incident-events.ts';
import { Clock } from '../../../src/clock.ts';
import { eventsOf, onCall, send } from '../../access/scene.ts';
import { type RunningApp, startApp } from '../../support/app.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestNode, type TestNode } from '../../support/node.ts';
import { incidentOf, say } from '../file/story.ts';

const HOUR_MS = 3_600_000;

/** A clock that the test moves. */
class Later extends Clock {
  static byMs = 0;
  override now(): number {
    return super.now() + Later.byMs;
  }
}

describe('watching the clocks of the law', () => {
  let node: TestNode;
  let here: RunningApp;
  const start = () =>
    startApp({
      env: { STORE_URL: node.connectionString, BREACH_CLOCKS: 'gdpr,ico' },
      override: (builder) => builder.overrideProvider(Clock).useClass(Later),
    });
  beforeAll(async () => {
    node = await startTestNode();
    here = await start();
  }, 60_000);
  afterAll(async () => {
    await here.close();
    await node.stop();
  });

  const ago = (hours: number) => new Date(Date.now() - hours * HOUR_MS).toISOString();
  const aware = async (awareAt: string, drillId?: string): Promise<string> => {
    const incidentId = await incidentOf(here, [], drillId === undefined ? {} : { drillId });
    await say(here, incidentId, { type: 'AwarenessDeclared', data: { incidentId, awareAt, basis: 'test' } });
    return incidentId;
  };
  const ranOut = async (incidentId: string) =>
    (await eventsOf(here, incidentStreams.of(incidentId)))
      .flatMap(({ type, data }) => (type === 'ClockRanOut' ? data.clock : []))
      .sort();
  const told = (incidentId: string, ...clocks: string[]) =>
    eventually(async () => JSON.stringify(await ranOut(incidentId)) === JSON.stringify(clocks));
  const notified = (incidentId: string, authority: string): IncidentEvent => ({
    type: 'AuthorityNotified',
    data: { incidentId, authority, phase: 'initial', at: new Date().toISOString() },
  });

  it('puts it on record that one ran out, when it does, and not of what was met, of a drill or before', async () => {
    const running = await aware(ago(71));
    const met = await aware(ago(71));
    await say(here, met, notified(met, 'cnil'), notified(met, 'ico'));
    const drill = await aware(ago(200), 'drill-1');
    const over = await aware(ago(73));
    await told(over, 'gdpr-33', 'ico-72h');
    // A person is paged for each, by an incident about it.
    const about = await eventually(async () => {
      const { body } = await send(here, 'GET', '/v1/incidents?status=open&severity=critical&limit=100', onCall);
      const found = body.items.filter(({ reason }: { reason?: string }) => reason === 'clock-ran-out');
      return found.length >= 2 && found.map(({ key }: { key: string }) => key).sort();
    });
    expect(about).toEqual([`operations:clock-ran-out:${over}:gdpr-33`, `operations:clock-ran-out:${over}:ico-72h`]);
    expect(await ranOut(running)).toEqual([]);

    Later.byMs = 2 * HOUR_MS;
    // Looked at with the next change of any incident, as at the time for which the watch was set.
    await say(here, over, { type: 'NoteAdded', data: { incidentId: over, noteId: 'n', code: 'case-7' } });

    await told(running, 'gdpr-33', 'ico-72h');
    expect([await ranOut(met), await ranOut(drill)]).toEqual([[], []]);
    const [last] = (await eventsOf(here, incidentStreams.of(running))).slice(-1);
    expect(last?.metadata.actor).toEqual({ id: 'clock-watch', roles: [] });
  });

  it('meets a deadline that passed while no instance was there, once, with two that start', async () => {
    const running = await aware(ago(50));
    const partly = await aware(ago(50));
    await say(here, partly, notified(partly, 'ico'));
    await here.close();
    Later.byMs = 30 * HOUR_MS;
    const [one, other] = await Promise.all([start(), start()]);
    here = one;
    await told(running, 'gdpr-33', 'ico-72h');
    await told(partly, 'gdpr-33');
    await other.close();
    expect(await ranOut(running)).toEqual(['gdpr-33', 'ico-72h']);
  });
});
