import { randomUUID } from 'node:crypto';
import { groupingStream, incidentStreams } from '../../events/categories.ts';
import { BreachFlags } from '../../src/breaches/flags.ts';
import { IncidentIsOver } from '../../src/incidents/errors.ts';
import { Incidents } from '../../src/incidents/incidents.ts';
import type { Cause } from '../../src/ledger/ledger.ts';
import { eventsOf, typesOf } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { storeOf } from '../support/node-of.ts';

/** `INCIDENT_RACES=1000` for a long look. */
const RACES = Number(process.env.INCIDENT_RACES ?? 40);

let one: RunningApp;
let two: RunningApp;
beforeAll(async () => {
  one = await startApp();
  two = await startApp({ env: { STORE_URL: await storeOf(one) } });
});
afterAll(async () => {
  await two.close();
  await one.close();
});

const by = (id: string): Cause => ({ actor: { id, roles: ['on-call'] }, requestId: randomUUID() });
const of = (app: RunningApp) => app.app.get(Incidents);

describe('two instances', () => {
  it('agree on one winner, however often an acknowledgement races a close', async () => {
    for (let race = 0; race < RACES; race++) {
      const incidentId = await of(one).openOperations({ reason: 'race', about: `${race}` }, by('race'));
      await of(two).known(incidentId);
      const outcomes = await Promise.allSettled([
        of(one).acknowledge({ incidentId }, { cause: by('oncall-1') }),
        of(two).acknowledge({ incidentId }, { cause: by('oncall-2') }),
        of(race % 2 ? one : two).close({ incidentId, resolution: 'explained', except: [] }, { cause: by('oncall-3') }),
      ]);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(IncidentIsOver);
      const types = typesOf(await eventsOf(one, incidentStreams.of(incidentId)));
      expect(types.filter((type) => type === 'IncidentAcknowledged')).toHaveLength(1);
      expect(types.filter((type) => type === 'IncidentClosed')).toHaveLength(1);
      // Closed is closed: an acknowledgement that came later says nothing after it.
      expect(types.at(-1)).toBe('IncidentClosed');
    }
  }, 300_000);

  it('make one incident of breaches that they flag at the same time, each breach in it once', async () => {
    const viewerId = `doc-${randomUUID().slice(0, 8)}`;
    const breachIds = Array.from({ length: 30 }, (): string => randomUUID());
    const flag = (app: RunningApp, breachId: string) =>
      app.app.get(BreachFlags).flag(
        {
          ...{ breachId, severity: 'critical', rule: 'viewer-not-participant', appVersion: '1.0.0', viewerId },
          ...{ patientId: `pat-${breachId.slice(0, 8)}`, contentReleased: false },
        },
        by('two-keys'),
      );
    // Each is told by both, as after a redelivery.
    await Promise.all(breachIds.flatMap((breachId) => [flag(one, breachId), flag(two, breachId)]));
    const grouped = async () =>
      (await eventsOf(one, groupingStream.stream)).flatMap(({ type, data }) =>
        type === 'BreachGrouped' && breachIds.includes(data.breachId) ? [data] : [],
      );
    await eventually(async () => (await grouped()).length === breachIds.length, 20_000);
    const incidentIds = [...new Set((await grouped()).map(({ incidentId }) => incidentId))];
    expect(incidentIds).toHaveLength(1);
    const [incidentId] = incidentIds as [string];
    const attached = async () =>
      (await eventsOf(one, incidentStreams.of(incidentId))).flatMap(({ type, data }) =>
        type === 'BreachAttached' ? [data] : [],
      );
    await eventually(async () => (await attached()).length === breachIds.length, 20_000);
    expect((await attached()).map(({ breachId }) => breachId).sort()).toEqual([...breachIds].sort());
    expect((await attached()).filter(({ newViewer }) => newViewer)).toHaveLength(1);
    expect((await attached()).filter(({ newPatient }) => newPatient)).toHaveLength(breachIds.length);
  });
});
