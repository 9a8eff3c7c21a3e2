import { randomUUID } from 'node:crypto';
import { incidentStreams } from '../../events/categories.ts';
import { IncidentBoard } from '../../src/incidents/board.ts';
import { eventsOf, onCall, scene, send, witness } from '../access/scene.ts';
import { Receiver, status } from '../ledger/react/delivery/receiver.ts';
import type { RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { pagedThrough, policyFile, saidOf, startPaging } from './paged.ts';

const yaml = `
groupWindow: 500ms
critical: [{ after: 0ms, page: [primary] }]
loops: 1
review: { page: [primary], quietHours: null }
autoContainment: { kinds: [release], after: 1s, breaches: 3 }
targets:
  primary: { channels: [pagerduty] }
`;

let app: RunningApp;
let pager: Receiver;
beforeAll(async () => {
  pager = await new Receiver().start();
  pager.answer = status(202);
  app = await startPaging({ ...pagedThrough(pager), ESCALATION_POLICY: await policyFile(yaml) });
});
afterAll(async () => {
  await app?.close();
  await pager?.stop();
});

/** A person is reported to have viewed what is not theirs. */
const flagged = async (viewerId = `pat-${randomUUID().slice(0, 8)}`) => {
  const here = await scene(app);
  const { body } = await witness(app, here, viewerId);
  const found = () => app.app.get(IncidentBoard).incidentOf(body.viewId);
  await eventually(() => found() !== undefined);
  return { incidentId: found() as string, viewerId, here };
};
const bodies = () => pager.received.map(({ body }) => body);

describe('breaches of one cause', () => {
  it('are one incident and one page, until a person at the desk takes it on', async () => {
    const { incidentId, viewerId, here } = await flagged();
    for (let n = 0; n < 9; n++) expect((await flagged(viewerId)).incidentId).toBe(incidentId);
    await eventually(() => saidOf(pager, incidentId).length === 1);
    const { status: code } = await send(app, 'POST', `/v1/incidents/${incidentId}/acknowledge`, onCall);
    expect(code).toBe(200);
    await eventually(() => saidOf(pager, incidentId).length === 2);
    expect(saidOf(pager, incidentId)).toEqual(['trigger', 'acknowledge']);
    const events = await eventsOf(app, incidentStreams.of(incidentId));
    expect(events.find(({ type }) => type === 'IncidentAcknowledged')?.data).toMatchObject({
      lapsesAt: expect.any(String),
    });
    const ids = [viewerId, here.patientId, here.consultationId, here.recordingId, here.clinicianId];
    expect(bodies().filter((body) => ids.some((id) => body.includes(id)))).toEqual([]);
    await send(app, 'POST', `/v1/incidents/${incidentId}/close`, { ...onCall, body: { resolution: 'explained' } });
  });

  it('of a release that no person contains halt its playback, on record as done by the policy', async () => {
    const all = [await flagged(), await flagged(), await flagged()];
    const { incidentId } = await eventually(async () => {
      const { body } = await send(app, 'GET', '/v1/incidents?status=open&limit=100', onCall);
      return body.items.find(({ kind }: { kind: string }) => kind === 'release') as { incidentId: string } | undefined;
    });
    const taken = () =>
      eventsOf(app, incidentStreams.of(incidentId)).then((events) =>
        events.filter(({ type }) => type === 'ContainmentTaken'),
      );
    await eventually(async () => (await taken()).length > 0);
    expect(await taken()).toMatchObject([
      {
        data: { scope: 'release', policy: 'escalation', releases: [app.config.appVersion] },
        metadata: { actor: { id: 'policy:escalation' } },
      },
    ]);
    const { body } = await send(app, 'GET', '/v1/playback', onCall);
    expect(JSON.stringify(body)).toContain(app.config.appVersion);
    // It was stopped, and a person has still to know.
    await eventually(() => saidOf(pager, incidentId).length === 1);
    const ids = all.flatMap(({ viewerId, here }) => [viewerId, here.patientId]);
    expect(bodies().filter((text) => ids.some((id) => text.includes(id)))).toEqual([]);
  });
});
