import { Receiver, status } from '../ledger/react/delivery/receiver.ts';
import type { RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import {
  acknowledged,
  closed,
  incidentEvents,
  open,
  pagedThrough,
  policyFile,
  record,
  saidOf,
  startPaging,
  swift,
} from './paged.ts';

let app: RunningApp;
let pager: Receiver;
beforeAll(async () => {
  pager = await new Receiver().start();
  app = await startPaging({ ...pagedThrough(pager), ESCALATION_POLICY: await policyFile(swift) });
});
beforeEach(() => {
  pager.answer = status(202);
});
afterAll(async () => {
  await app.close();
  await pager.stop();
});

describe('an incident', () => {
  it('is paged, step by step, until it is acknowledged, and its receiver hears of that and of the end', async () => {
    const incidentId = await open(app);
    await eventually(() => saidOf(pager, incidentId).length === 2);
    await record(app, incidentId, acknowledged(incidentId));
    await eventually(() => saidOf(pager, incidentId).length === 3);
    await record(app, incidentId, closed(incidentId));
    await eventually(() => saidOf(pager, incidentId).length === 4);
    expect(saidOf(pager, incidentId)).toEqual(['trigger', 'trigger', 'acknowledge', 'resolve']);
    console.log(
      (await incidentEvents(app, incidentId)).map(({ type, data }) => `${type} ${JSON.stringify(data)}`).join('\n'),
    );
  });
});
