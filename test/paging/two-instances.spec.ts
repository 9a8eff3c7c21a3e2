import { send } from '../access/scene.ts';
import { Receiver, status } from '../ledger/react/delivery/receiver.ts';
import type { RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { storeOf } from '../support/node-of.ts';
import {
  acknowledged,
  engineer,
  incidentEvents,
  open,
  pagedThrough,
  policyFile,
  quick,
  record,
  saidOf,
  startPaging,
  swift,
} from './paged.ts';

const policy = swift.replace(
  'primary: { channels: [pagerduty] }',
  'primary: { channels: [pagerduty], ifFails: [alertmanager] }',
);

let one: RunningApp;
let two: RunningApp;
let pager: Receiver;
let alerts: Receiver;
beforeAll(async () => {
  [pager, alerts] = [await new Receiver().start(), await new Receiver().start()];
  const env = {
    ...pagedThrough(pager),
    ALERTMANAGER_URL: `http://127.0.0.1:${alerts.port}`,
    ESCALATION_POLICY: await policyFile(policy),
  };
  // Half of the time is more than an attempt takes on a busy machine.
  const pace = { ...quick, lateMs: 8_000 };
  one = await startPaging(env, pace);
  two = await startPaging({ ...env, STORE_URL: await storeOf(one) }, pace);
});
beforeEach(() => {
  pager.answer = status(202);
});
afterAll(async () => {
  await two?.close();
  await one?.close();
  await pager?.stop();
  await alerts?.stop();
});

describe('two instances on one store', () => {
  it('take each step once and send each page once between them', async () => {
    const incidents = await Promise.all(Array.from({ length: 12 }, (_, n) => open(n % 2 ? one : two)));
    await eventually(() => incidents.every((incidentId) => saidOf(pager, incidentId).length >= 3), 20_000);
    for (const incidentId of incidents) await record(one, incidentId, acknowledged(incidentId));
    await eventually(() => incidents.every((incidentId) => saidOf(pager, incidentId).includes('acknowledge')), 20_000);
    for (const incidentId of incidents) {
      const events = await incidentEvents(one, incidentId);
      const steps = events.flatMap(({ type, data }) =>
        type === 'IncidentEscalated' ? [`${data.loop}/${data.step}`] : [],
      );
      expect(new Set(steps).size).toBe(steps.length);
    }
    const keys = pager.keys;
    expect(new Set(keys).size).toBe(keys.length);
  }, 60_000);

  it('page through the next channel at the first failure, once, and through the first one still', async () => {
    pager.answer = status(503);
    const incidentId = await open(two);
    const ofIt = () => alerts.received.filter(({ body }) => body.includes(incidentId));
    await eventually(() => ofIt().length === 1);
    pager.answer = status(202);
    await eventually(async () =>
      (await incidentEvents(one, incidentId)).some(
        ({ type, data }) => type === 'PageDelivered' && data.channel === 'pagerduty',
      ),
    );
    await record(one, incidentId, acknowledged(incidentId));
    const events = await incidentEvents(one, incidentId);
    const instead = events.filter(({ type, data }) => type === 'PageFailed' && data.instead);
    const [first] = events.flatMap(({ type, data }) => (type === 'IncidentEscalated' ? data.pages : []));
    expect(instead.filter(({ data }) => 'messageId' in data && data.messageId === first?.pageId)).toHaveLength(1);
    const keys = ofIt().map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  }, 60_000);

  it('show the same', async () => {
    const incidentId = await open(one);
    await eventually(() => saidOf(pager, incidentId).length > 0);
    const isDueAt = async (app: RunningApp) =>
      (await send(app, 'GET', '/v1/escalation', engineer)).body.due.some(
        (one: { incidentId: string }) => one.incidentId === incidentId,
      );
    await eventually(async () => (await isDueAt(one)) && (await isDueAt(two)));
    await record(two, incidentId, acknowledged(incidentId));
    await eventually(async () => !(await isDueAt(one)) && !(await isDueAt(two)));
  });
});
