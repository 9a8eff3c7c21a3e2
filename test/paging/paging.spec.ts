import { createHmac, randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { IncidentEvent } from '../../events/incident-events.ts';
import { Escalator } from '../../src/paging/escalator.ts';
import { Pager } from '../../src/paging/pager.ts';
import { send } from '../access/scene.ts';
import { type Received, Receiver, status } from '../ledger/react/delivery/receiver.ts';
import type { RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { Mailbox } from './mailbox.ts';
import {
  acknowledged,
  closed,
  engineer,
  incidentEvents,
  now,
  open,
  pagedThrough,
  policyFile,
  ROUTING_KEY,
  record,
  saidOf,
  startPaging,
} from './paged.ts';

const HOOK_SECRETS = ['the-secret-of-the-subscription', 'the-secret-of-before-the-rotation'] as const;
const PAGE_SECRETS = [1, 2].map((n) => `whsec_${Buffer.alloc(32, n).toString('base64')}`);

const everything = `
groupWindow: 0ms
critical:
  - { after: 0ms, page: [primary] }
  - { after: 150ms, page: [secondary, lead] }
loops: 2
repeatAfter: 20s
review: { page: [primary], quietHours: null }
autoContainment: { kinds: [release], after: 1s, breaches: 3 }
targets:
  primary: { channels: [pagerduty, alertmanager, webhook], schedule: rota }
  secondary: { channels: [alertmanager] }
  lead: { channels: [email], mail: [lead@example.org] }
schedules:
  rota: { timeZone: Europe/Berlin, from: 2020-01-06T09:00, people: [anna, ben] }
`;

let app: RunningApp;
let pagerduty: Receiver;
let alertmanager: Receiver;
let hook: Receiver;
let heart: Receiver;
let mailbox: Mailbox;
beforeAll(async () => {
  [pagerduty, alertmanager, hook, heart] = (await Promise.all(
    Array.from({ length: 4 }, () => new Receiver().start()),
  )) as [Receiver, Receiver, Receiver, Receiver];
  mailbox = await new Mailbox().start();
  app = await startPaging({
    ...pagedThrough(pagerduty),
    ESCALATION_POLICY: await policyFile(everything),
    ALERTMANAGER_URL: `http://127.0.0.1:${alertmanager.port}`,
    PAGE_WEBHOOK_URL: `http://127.0.0.1:${hook.port}/pages`,
    PAGE_WEBHOOK_SECRET: PAGE_SECRETS.join(','),
    PAGE_SMTP_URL: mailbox.url,
    PAGE_MAIL_FROM: 'ledger@example.org',
    PAGE_MAIL_TO: 'desk@example.org',
    PAGE_LINK: 'https://desk.example.org/incidents/{incidentId}',
    PAGING_HEARTBEAT_URL: `http://127.0.0.1:${heart.port}/beat`,
    PAGERDUTY_WEBHOOK_SECRET: HOOK_SECRETS.join(','),
  });
});
afterAll(async () => {
  await app?.close();
  for (const receiver of [pagerduty, alertmanager, hook, heart]) await receiver?.stop();
  await mailbox?.stop();
});

const said = (incidentId: string) => saidOf(pagerduty, incidentId);
const bodiesOf = (receiver: Receiver, incidentId: string) =>
  receiver.received.map(({ body }) => body).filter((body) => body.includes(incidentId));
const typesOf = async (incidentId: string) => (await incidentEvents(app, incidentId)).map(({ type }) => type);

describe('an incident', () => {
  it('is paged through every channel, whose receivers hear of its acknowledgement and its end', async () => {
    const incidentId = await open(app);
    await eventually(() => mailbox.received.some(({ text }) => text.includes(incidentId)));
    await eventually(() => bodiesOf(alertmanager, incidentId).length === 2 && bodiesOf(hook, incidentId).length === 1);
    await record(app, incidentId, acknowledged(incidentId));
    await eventually(() => said(incidentId).length === 2 && bodiesOf(hook, incidentId).length === 2);
    await record(app, incidentId, closed(incidentId));
    await eventually(() => said(incidentId).length === 3 && bodiesOf(alertmanager, incidentId).length === 3);
    await eventually(() => mailbox.received.filter(({ text }) => text.includes(incidentId)).length === 3);
    await eventually(() => bodiesOf(hook, incidentId).length === 3);

    expect(said(incidentId)).toEqual(['trigger', 'acknowledge', 'resolve']);
    const [trigger] = bodiesOf(pagerduty, incidentId).map((body) => JSON.parse(body));
    expect(trigger).toMatchObject({
      ...{ routing_key: ROUTING_KEY, event_action: 'trigger', dedup_key: incidentId, client: 'consultation-ledger' },
      links: [{ href: `https://desk.example.org/incidents/${incidentId}`, text: 'Incident' }],
      payload: {
        ...{
          summary: 'Critical incident (viewer): 1 breach, 1 viewer, 1 person',
          severity: 'critical',
          class: 'viewer',
        },
        custom_details: { breaches: 1, viewers: 1, people: 1, step: 1, round: 1, test: false },
      },
    });

    const alerts = bodiesOf(alertmanager, incidentId).map((body) => JSON.parse(body));
    expect(alerts.map((all) => all.map(({ labels }: { labels: { target: string } }) => labels.target))).toEqual([
      ['primary'],
      ['secondary'],
      ['primary', 'secondary'],
    ]);
    // Resolved under the labels that it was raised with.
    expect(alerts[2][0].labels).toEqual(alerts[0][0].labels);
    expect(Date.parse(alerts[2][0].endsAt)).toBeLessThanOrEqual(Date.now());
    expect(Date.parse(alerts[0][0].endsAt)).toBeGreaterThan(Date.now() + 86_400_000);
    expect(alertmanager.received.every(({ path }) => path === '/api/v2/alerts')).toBe(true);

    const events = hook.received.filter(({ body }) => body.includes(incidentId));
    for (const { body, headers } of events)
      for (const secret of PAGE_SECRETS) new Webhook(secret).verify(body, headers as Record<string, string>);
    expect(events.map(({ body }) => JSON.parse(body))).toMatchObject(
      ['incident.page', 'incident.acknowledged', 'incident.closed'].map((type) => ({
        ...{ specversion: '1.0', source: 'urn:consultation-ledger', type, subject: incidentId },
        data: { incidentId, breaches: 1 },
      })),
    );
    expect(events[0]?.headers['content-type']).toBe('application/cloudevents+json');

    const mails = mailbox.received.filter(({ text }) => text.includes(incidentId));
    expect(mails.every(({ to }) => to.join() === 'lead@example.org')).toBe(true);
    expect(mails[0]?.text).toContain('Subject: Critical incident (viewer)');
  });

  it('leaves with no id of a patient, a viewer, a consultation or a recording, in any byte', () => {
    const requests = [pagerduty, alertmanager, hook, heart].flatMap(({ received }) => received);
    const bytes = [
      ...requests.map((one: Received) => JSON.stringify(one)),
      ...mailbox.received.map((one) => JSON.stringify(one)),
    ];
    expect(requests.length).toBeGreaterThan(5);
    expect(mailbox.received.length).toBeGreaterThan(2);
    expect(bytes.filter((text) => /dr-secret|pat-secret|rec-secret|breach-/.test(text))).toEqual([]);
  });

  it('that is merged into another before its first page pages no person', async () => {
    const merged: IncidentEvent = { type: 'IncidentMerged', data: { incidentId: 'merged-1', into: 'other' } };
    await record(
      app,
      'merged-1',
      {
        type: 'IncidentOpened',
        data: { incidentId: 'merged-1', kind: 'viewer', key: 'viewer:dr', severity: 'critical', at: now() },
      },
      merged,
    );
    const after = await open(app);
    await eventually(() => said(after).length === 1);
    expect(said('merged-1')).toEqual([]);
    await record(app, after, acknowledged(after));
  });

  it('of a drill is marked TEST', async () => {
    const incidentId = await open(app, { kind: 'drill', drillId: 'drill-1' });
    await eventually(() => said(incidentId).length === 1);
    expect(bodiesOf(pagerduty, incidentId)[0]).toContain('[TEST] Critical incident');
    await record(app, incidentId, acknowledged(incidentId));
  });
});

describe('a receiver that fails', () => {
  const failing = `pagerduty`;
  afterEach(() => {
    pagerduty.answer = status(202);
  });

  it('is tried again with the same key, in order for each incident, and everything arrives once', async () => {
    const taken: { key: string; incidentId: string; action: string }[] = [];
    let isAway = true;
    pagerduty.answer = ({ key, body }, response) => {
      const { dedup_key: incidentId, event_action: action } = JSON.parse(body);
      if (!isAway) taken.push({ key, incidentId, action });
      response.writeHead(isAway ? 503 : 202).end();
    };
    const incidents = [await open(app), await open(app), await open(app)];
    const [first = ''] = incidents;
    await eventually(() => incidents.every((incidentId) => said(incidentId).length > 0));
    const escalation = (await send(app, 'GET', '/v1/escalation', engineer)).body;
    expect(escalation.channels.find(({ name }: { name: string }) => name === failing)).toMatchObject({
      ...{ state: 'failing', why: 'unwilling', status: 503 },
    });
    const health = (await (await app.call('/health/ready')).json()) as { checks: Record<string, string> };
    expect(health.checks.paging).toBe('failing: pagerduty');
    await record(app, first, acknowledged(first), closed(first));
    // What was under way when it was closed is refused, too.
    const [, second = ''] = incidents;
    const before = said(second).length;
    await eventually(() => said(second).length >= before + 2);
    isAway = false;
    const isTaken = (incidentId: string) => taken.some((one) => one.incidentId === incidentId);
    await eventually(() => incidents.every(isTaken));
    for (const incidentId of incidents.slice(1))
      await record(app, incidentId, acknowledged(incidentId), closed(incidentId));
    await eventually(() => taken.filter(({ action }) => action === 'resolve').length === 3);
    for (const incidentId of incidents.slice(1))
      expect(taken.filter((one) => one.incidentId === incidentId).map(({ action }) => action)).toEqual([
        'trigger',
        'resolve',
      ]);
    // It was closed before its receiver was back, which may have rung: it hears of the end alone.
    expect(taken.filter((one) => one.incidentId === first).map(({ action }) => action)).toEqual(['resolve']);
    expect(new Set(taken.map(({ key }) => key)).size).toBe(taken.length);
    for (const incidentId of incidents)
      for (const { event_action, key } of pagerduty.received
        .filter(({ body }) => body.includes(incidentId))
        .map(({ body, key }) => ({ ...JSON.parse(body), key })))
        expect(key.endsWith('.end')).toBe(event_action === 'resolve');
  });

  it('that asks to be left alone is', async () => {
    const at: number[] = [];
    pagerduty.answer = ({ at: when }, response) => {
      at.push(when);
      response.writeHead(at.length === 1 ? 429 : 202, at.length === 1 ? { 'retry-after': '1' } : {}).end();
    };
    const incidentId = await open(app);
    await eventually(() => at.length === 2);
    expect((at[1] as number) - (at[0] as number)).toBeGreaterThanOrEqual(990);
    await record(app, incidentId, acknowledged(incidentId));
    await eventually(() => said(incidentId).includes('acknowledge'));
  });

  it('gets nothing after an acknowledgement but that, though the page was on its way', async () => {
    let answers: (() => void)[] = [];
    pagerduty.answer = (_, response) => void answers.push(() => void response.writeHead(503).end());
    const incidentId = await open(app);
    await eventually(() => said(incidentId).length === 1);
    await record(app, incidentId, acknowledged(incidentId));
    pagerduty.answer = status(202);
    for (const answer of answers) answer();
    answers = [];
    await eventually(() => said(incidentId).length === 2);
    expect(said(incidentId)).toEqual(['trigger', 'acknowledge']);
  });
});

describe('incidents to review', () => {
  it('that are due together are one page', async () => {
    const at = now();
    const incidents: string[] = [];
    for (let n = 0; n < 3; n++) incidents.push(`review-${n}-${randomBytes(4).toString('hex')}`);
    // Not yet due when the first is seen.
    const due = new Date(Date.parse(at) + 1_000).toISOString();
    for (const incidentId of incidents) await open(app, { incidentId, severity: 'review', at: due });
    await eventually(() => incidents.some((incidentId) => said(incidentId).length > 0));
    await eventually(async () =>
      (await Promise.all(incidents.map(typesOf))).every((types) => types.includes('IncidentEscalated')),
    );
    const told = incidents.flatMap((incidentId) => bodiesOf(pagerduty, incidentId));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('3 incidents to review');
    expect(JSON.parse(told[0] ?? '')).toMatchObject({ payload: { severity: 'warning' } });
  });
});

describe('an acknowledgement on the phone', () => {
  const hear = (event: object, secret: string = HOOK_SECRETS[0], header?: string) => {
    const body = JSON.stringify({ event });
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    return app.call('/v1/hooks/pagerduty', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-pagerduty-signature': header ?? `v1=${'0'.repeat(64)},v1=${signature}`,
      },
      body,
    });
  };
  const event = (incidentId: string, more: object = {}) => ({
    ...{
      id: `event-${incidentId}`,
      event_type: 'incident.acknowledged',
      resource_type: 'incident',
      occurred_at: now(),
    },
    agent: { id: 'PLH1HKV', type: 'user_reference', html_url: 'https://acme.pagerduty.com/users/PLH1HKV' },
    data: { id: 'PGR0VU2', type: 'incident', incident_key: incidentId, status: 'acknowledged' },
    ...more,
  });
  const paged = async () => {
    const incidentId = await open(app);
    await eventually(() => said(incidentId).length === 1);
    return incidentId;
  };

  it.each(HOOK_SECRETS)('is one here, signed with %s, and is not sent back', async (secret) => {
    const incidentId = await paged();
    expect((await hear(event(incidentId), secret)).status).toBe(204);
    const events = await incidentEvents(app, incidentId);
    expect(events.find(({ type }) => type === 'IncidentAcknowledged')?.data).toMatchObject({
      ...{ by: 'pagerduty-PLH1HKV', via: 'pagerduty', lapsesAt: expect.any(String) },
    });
    expect((await hear(event(incidentId), secret)).status).toBe(204);
    expect((await typesOf(incidentId)).filter((type) => type === 'IncidentAcknowledged')).toHaveLength(1);
    await eventually(() => bodiesOf(hook, incidentId).length === 2);
    expect(said(incidentId)).toEqual(['trigger']);
  });

  it('that resolves it is an acknowledgement and a note: what it turned out to be is said here', async () => {
    const incidentId = await paged();
    const resolved = event(incidentId, { event_type: 'incident.resolved' });
    expect((await hear(resolved)).status).toBe(204);
    expect((await hear(resolved)).status).toBe(204);
    const types = await typesOf(incidentId);
    expect(types.filter((type) => /Acknowledged|Note|Closed/.test(type))).toEqual([
      'IncidentAcknowledged',
      'NoteAdded',
    ]);
  });

  it('is none where PagerDuty did not sign it, or where no person did it, or long before', async () => {
    const incidentId = await paged();
    expect((await hear(event(incidentId), 'another-secret-than-both')).status).toBe(401);
    expect((await hear(event(incidentId), HOOK_SECRETS[0], '')).status).toBe(401);
    for (const more of [
      { agent: { id: 'PINTEGR', type: 'integration_reference' } },
      { agent: null },
      { occurred_at: '2020-01-01T00:00:00Z' },
      { event_type: 'incident.escalated' },
      { data: { incident_key: 'of-another-service' } },
      { data: { message: 'a ping' } },
    ])
      expect((await hear(event(incidentId, more))).status).toBe(204);
    expect(await typesOf(incidentId)).not.toContain('IncidentAcknowledged');
    await record(app, incidentId, acknowledged(incidentId));
  });
});

describe('a release that no person contains', () => {
  it('is halted by the policy, once', async () => {
    const asked: unknown[] = [];
    app.app.get(Escalator).containBy({
      isFlowing: async () => false,
      contain: async (incidentId, by) => {
        asked.push([incidentId, by]);
        await record(app, incidentId, {
          type: 'ContainmentTaken',
          data: {
            ...{ incidentId, scope: by.scope, policy: by.policy, at: now(), releases: ['1.0.0'] },
            ...{ views: 3, transfers: 0, viewers: 0, recordings: 0 },
          },
        });
      },
    });
    const incidentId = await open(app, { kind: 'release', key: 'release:1.0.0:rule' });
    const [, breach] = await incidentEvents(app, incidentId);
    for (const breachId of ['breach-b', 'breach-c'])
      await record(app, incidentId, { type: 'BreachAttached', data: { ...breach?.data, breachId } } as IncidentEvent);
    await eventually(() => asked.length > 0);
    await eventually(() => said(incidentId).length > 0);
    expect(asked).toEqual([[incidentId, { scope: 'release', policy: 'escalation' }]]);
    await record(app, incidentId, acknowledged(incidentId));
  });
});

describe('the pager', () => {
  it('sends a page marked TEST through every channel, and says what each receiver answered', async () => {
    alertmanager.answer = status(400);
    const { status: code, body } = await send(app, 'POST', '/v1/paging/test', engineer);
    alertmanager.answer = status(200);
    expect(code).toBe(200);
    expect(body.channels).toEqual(
      [
        { channel: 'pagerduty', kind: 'pagerduty', outcome: 'taken', status: 204 },
        { channel: 'alertmanager', kind: 'alertmanager', outcome: 'refused', status: 400 },
        { channel: 'webhook', kind: 'webhook', outcome: 'taken', status: 204 },
        { channel: 'email', kind: 'email', outcome: 'taken', status: 250 },
      ].map((one) => (one.channel === 'pagerduty' ? { ...one, status: expect.any(Number) } : one)),
    );
    expect(said(body.testId)).toEqual(['trigger', 'resolve']);
    for (const text of [...bodiesOf(pagerduty, body.testId).slice(0, 1), ...bodiesOf(hook, body.testId)])
      expect(text).toContain('[TEST]');
    expect(mailbox.received.some(({ text }) => text.includes(body.testId) && text.includes('[TEST]'))).toBe(true);
    expect((await send(app, 'POST', '/v1/paging/test', { as: 'pat-1', roles: ['patient'] })).status).toBe(403);
  });

  it('says that a mail was not taken, and why', async () => {
    mailbox.refusesWith = 550;
    const { body } = await send(app, 'POST', '/v1/paging/test', engineer);
    mailbox.refusesWith = undefined;
    expect(body.channels[3]).toEqual({ channel: 'email', kind: 'email', outcome: 'refused', status: 550 });
  });

  it('tells a service outside that it is alive', async () => {
    const before = heart.received.length;
    await eventually(() => heart.received.length > before + 1);
    expect(app.app.get(Pager).isAlive).toBe(true);
  });

  it('shows who is on call, and what is due', async () => {
    const { body: schedule } = await send(app, 'GET', '/v1/on-call/schedule', engineer);
    const [rota] = schedule.schedules;
    expect(rota).toMatchObject({
      name: 'rota',
      timeZone: 'Europe/Berlin',
      personId: expect.stringMatching(/^(anna|ben)$/),
    });
    expect(rota.shifts.length).toBeGreaterThanOrEqual(4);
    const incidentId = await open(app);
    await eventually(() => said(incidentId).length === 1);
    const { body } = await send(app, 'GET', '/v1/escalation', engineer);
    expect(body.policy).toMatchObject({ name: 'escalation', loops: 2, critical: [{ afterMs: 0 }, { afterMs: 150 }] });
    expect(body.due.map(({ incidentId: id }: { incidentId: string }) => id)).toContain(incidentId);
    await record(app, incidentId, acknowledged(incidentId));
    expect(JSON.stringify(body)).not.toContain(ROUTING_KEY);
    const metrics = await (await app.call('/metrics')).text();
    expect(metrics).toMatch(/page_attempts_total\{channel="pagerduty",outcome="taken"\} \d/);
    expect(metrics).toMatch(/paging_oldest_due_seconds \d/);
  });

  it('writes no key, secret or address of a receiver into its log', () => {
    const log = app.logged.join('\n');
    for (const secret of [ROUTING_KEY, ...HOOK_SECRETS, ...PAGE_SECRETS, 'lead@example.org'])
      expect(log).not.toContain(secret);
  });
});
