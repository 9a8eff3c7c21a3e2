import { drillStreams } from '../../events/categories.ts';
import { Watcher } from '../../src/rules/watcher.ts';
import { eventsOf, onCall, send } from '../access/scene.ts';
import { Receiver, status } from '../ledger/react/delivery/receiver.ts';
import { pagedThrough, saidOf, startPaging } from '../paging/paged.ts';
import type { RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

const officer = { as: 'officer-1', roles: ['compliance'] } as const;

let app: RunningApp;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await new Receiver().start();
  receiver.answer = status(202);
  app = await startPaging(pagedThrough(receiver));
});
afterAll(async () => {
  await app.close();
  await receiver.stop();
});

const step = (incidentId: string, name: string, body?: object) =>
  send(app, 'POST', `/v1/incidents/${incidentId}/${name}`, { ...onCall, ...(body && { body }) });

describe('a drill with a pager', () => {
  it('passes: it is paged as a test, once, and every id of it stays here', async () => {
    const { drillId } = (await send(app, 'POST', '/v1/drills', { ...onCall, body: {} })).body;
    await send(app, 'POST', `/v1/drills/${drillId}/begin`, officer);
    await eventually(() => receiver.received.length > 0, 20_000);
    const first = receiver.received[0]?.body ?? '';
    const { event_action, dedup_key: incidentId, payload } = JSON.parse(first);
    expect([event_action, payload.class, payload.custom_details.test]).toEqual(['trigger', 'drill', true]);
    expect(payload.summary).toContain('[TEST]');

    await eventually(async () => (await send(app, 'GET', `/v1/drills/${drillId}`, officer)).body.views !== undefined);
    await eventually(async () => {
      const { body } = await send(app, 'GET', `/v1/incidents/${incidentId}`, onCall);
      return body.breaches === 6;
    });
    await step(incidentId, 'acknowledge');
    await step(incidentId, 'contain', { scope: 'viewer' });
    const file = await send(app, 'GET', `/v1/incidents/${incidentId}/file`, officer);
    expect(file.body).toMatchObject({ drill: true, breaches: { total: 6 }, exposure: { people: 0, bytesServed: 0 } });
    for (const clock of file.body.clocks) expect(clock.status).toBe('not-applicable');
    expect((await step(incidentId, 'close', { resolution: 'drill' })).status).toBe(200);

    await eventually(
      async () => (await send(app, 'GET', `/v1/drills/${drillId}`, officer)).body.report !== undefined,
      20_000,
    );
    const { body } = await send(app, 'GET', `/v1/drills/${drillId}`, officer);
    expect(body).toMatchObject({ status: 'passed', report: { reasons: [], incidentId, views: 3, flagged: 3 } });
    for (const figure of ['detectionMs', 'pageMs', 'acknowledgementSeconds', 'containmentSeconds', 'breachFileMs'])
      expect([figure, body.report[figure]]).toEqual([figure, expect.any(Number)]);
    await eventually(() => saidOf(receiver, incidentId).includes('resolve'));
    expect(saidOf(receiver, incidentId)).toEqual(['trigger', 'acknowledge', 'resolve']);
    const ids = (await eventsOf(app, drillStreams.of(drillId))).flatMap(({ type, data }) =>
      type === 'DrillCarriedOut' ? data.views.flatMap((view) => [view.viewId, view.patientId, view.recordingId]) : [],
    );
    for (const sent of receiver.received) for (const id of [drillId, ...ids]) expect(sent.body).not.toContain(id);
  }, 60_000);

  it('is in no register of breaches, and no rule takes it for something that the release did', async () => {
    await eventually(() => app.app.get(Watcher).isCurrent);
    const { body } = await send(app, 'GET', '/v1/incidents/register', officer);
    expect(body.items).toEqual([]);
    const listed = await send(app, 'GET', '/v1/incidents?status=all', onCall);
    expect(listed.body.items).toEqual([expect.objectContaining({ kind: 'drill', resolution: 'drill' })]);
  });
});
