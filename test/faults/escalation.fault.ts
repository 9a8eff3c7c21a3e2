import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreDBClient, type JSONRecordedEvent, jsonEvent } from '@eventstore/db-client';
import type { IncidentEvent } from '../../events/incident-events.ts';
import { evolveIncident, type Incident, type IncidentState, isOver, noIncident } from '../../projections/incident.ts';
import { acknowledge, nextDue } from '../../src/paging/escalation.ts';
import { FollowedIncidents } from '../../src/paging/followed-incidents.ts';
import { Receiver, status } from '../ledger/react/delivery/receiver.ts';
import { parsed } from '../paging/fixtures.ts';
import { incidentEvents, open, pagedThrough, policyFile, saidOf, startPaging } from '../paging/paged.ts';
import type { RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { storeOf } from '../support/node-of.ts';
import { type SupervisedApp, startSupervisedApp } from './supervised-app.ts';

/** `KILLS=200 npm run test:faults -- escalation` for the long run. */
const KILLS = Number(process.env.KILLS ?? 4);
/** `RACES=1000` for the long run. */
const RACES = Number(process.env.RACES ?? 100);
/** How late a deadline may be met that passed while there was no instance. */
const LATE_MS = 2_000;
const AWAY_EVERY = 3;
const DONE_MS = 60_000;
const LONGEST_PAUSE_MS = 1_500;
/** So many incidents escalate at once. */
const LEFT_ALONE = 6;

/** Long enough for kills to find escalations under way, and short enough for them to end. */
const yaml = `
groupWindow: 100ms
critical:
  - { after: 0ms, page: [primary] }
  - { after: 300ms, page: [secondary] }
  - { after: 600ms, page: [lead] }
loops: 10
repeatAfter: 1s
review: { page: [primary], quietHours: null }
targets:
  primary: { channels: [pagerduty] }
  secondary: { channels: [pagerduty] }
  lead: { channels: [pagerduty] }
`;
const { policy } = parsed(yaml);
const metadata = {
  actor: { id: 'desk', roles: [] },
  ...{ $correlationId: 'request', $causationId: 'request', requestId: 'request', appVersion: '1.0.0' },
};
const iso = () => new Date().toISOString();

type Stored = JSONRecordedEvent & { readonly data: IncidentEvent['data'] };

describe('an escalation whose instance is killed', () => {
  let app: SupervisedApp;
  let pager: Receiver;
  let client: EventStoreDBClient;
  const incidents: string[] = [];
  /** What the pager took. */
  const taken: { readonly key: string; readonly dedup: string; readonly action: string }[] = [];
  let isAway = false;
  beforeAll(async () => {
    pager = await new Receiver().start();
    pager.answer = ({ body, key }, response) => {
      const { dedup_key: dedup, event_action: action } = JSON.parse(body);
      if (!isAway) taken.push({ key, dedup, action });
      response.writeHead(isAway ? 503 : 202).end();
    };
    app = await startSupervisedApp({
      ...{ HISTORY_INDEX: 'off', ESCALATION_POLICY: await policyFile(yaml) },
      ...pagedThrough(pager),
    });
  }, 120_000);
  afterAll(async () => {
    await client?.dispose();
    await app?.stop();
    await pager?.stop();
  });

  const connect = async () => {
    await client?.dispose();
    client = EventStoreDBClient.connectionString(await app.connectionString());
  };
  const append = (incidentId: string, ...events: IncidentEvent[]) =>
    client.appendToStream(
      `incident-${incidentId}`,
      events.map(({ type, data }) => jsonEvent({ type, data: { ...data }, metadata })),
    );
  const begin = async () => {
    const incidentId = randomUUID();
    const key = `viewer:${incidentId}`;
    await append(incidentId, {
      type: 'IncidentOpened',
      data: { incidentId, kind: 'viewer', key, severity: 'critical', at: iso() },
    });
    incidents.push(incidentId);
  };
  const read = async (incidentId: string): Promise<Stored[]> => {
    const events: Stored[] = [];
    for await (const { event } of client.readStream(`incident-${incidentId}`)) if (event) events.push(event as Stored);
    return events;
  };
  const fold = async (incidentId: string): Promise<Incident> =>
    (await read(incidentId)).reduce<IncidentState>(
      (state, event, revision) => evolveIncident(state, { ...event, stream: '', revision } as never),
      noIncident(),
    ) as Incident;
  const takeOn = (incidentId: string) =>
    append(incidentId, {
      type: 'IncidentAcknowledged',
      data: { incidentId, by: 'engineer', at: iso(), via: 'desk' },
    });
  /** Those that no person has taken on yet. */
  const left = () => incidents.slice(-LEFT_ALONE);
  const isMet = async (before: number) =>
    (await Promise.all(left().map(fold))).every((one) => (nextDue(one, policy)?.at ?? Number.MAX_VALUE) > before);
  it(
    `meets every deadline within ${LATE_MS} ms of the next start, and pages for each step once, in order`,
    async () => {
      await connect();
      const lateness: number[] = [];
      let takenOn = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        await begin();
        isAway = kill % AWAY_EVERY === 1;
        await delay(randomInt(LONGEST_PAUSE_MS));
        const killed = Date.now();
        await app.kill('app');
        const ready = Date.now();
        await connect();
        await eventually(() => isMet(ready), DONE_MS);
        for (const incidentId of left())
          for (const { type, data } of await read(incidentId)) {
            const { due = '', at = '' } = data as { due?: string; at?: string };
            if (type === 'IncidentEscalated' && Date.parse(at) > killed && Date.parse(due) < ready)
              lateness.push(Date.parse(at) - ready);
          }
        for (; takenOn < incidents.length - LEFT_ALONE; takenOn++) await takeOn(incidents[takenOn] as string);
        isAway = false;
      }
      // A page after the receiver came back is the next one, which tries it at once.
      await begin();
      const isDelivered = async (incidentId: string) => {
        const { pages, sendings } = await fold(incidentId);
        return pages.size > 0 && [...pages.values()].every(({ pageId }) => sendings.get(pageId)?.state === 'delivered');
      };
      await eventually(async () => (await Promise.all(left().map(isDelivered))).every(Boolean), DONE_MS);
      for (; takenOn < incidents.length; takenOn++) await takeOn(incidents[takenOn] as string);
      const unheard = () =>
        incidents.filter((id) => !taken.some(({ dedup, action }) => dedup === id && action === 'acknowledge'));
      await eventually(() => unheard().length === 0, DONE_MS).catch(async (error) => {
        const sendings = await Promise.all(unheard().map(async (id) => [...(await fold(id)).sendings.values()]));
        throw new Error(`not heard of: ${JSON.stringify(sendings)}`, { cause: error });
      });

      expect(lateness.length).toBeGreaterThanOrEqual(KILLS);
      expect(Math.max(...lateness)).toBeLessThan(LATE_MS);
      let again = 0;
      for (const incidentId of incidents) {
        const { pages, sendings } = await fold(incidentId);
        const steps = (await read(incidentId))
          .filter(({ type }) => type === 'IncidentEscalated')
          .map(({ data }) => data as { step: number; loop: number });
        expect(new Set(steps.map(({ step, loop }) => `${loop}/${step}`)).size).toBe(steps.length);
        const keys = taken.filter(({ dedup }) => dedup === incidentId).map(({ key }) => key);
        const first = [...new Set(keys)];
        again += keys.length - first.length;
        // Under the keys that they have on record, and each before the next.
        const ids = [...pages.keys()];
        expect(first).toEqual([...ids, `${ids[0]}.ack`].filter((id) => first.includes(id)));
        expect(ids.filter((id) => sendings.get(id)?.state === 'delivered' && !first.includes(id))).toEqual([]);
      }
      process.stdout.write(
        `${KILLS} kills: ${incidents.length} incidents, ${lateness.length} deadlines had passed, all met within ${Math.max(...lateness)} ms of the start, ${again} attempts made again\n`,
      );
    },
    60_000 + KILLS * 30_000,
  );
});

describe('an acknowledgement, a close and the next step at once', () => {
  const quickly = yaml
    .replace('groupWindow: 100ms', 'groupWindow: 0ms')
    .replaceAll(/300ms|600ms/g, (ms) => `${ms[0]}ms`);
  let apps: RunningApp[] = [];
  let pager: Receiver;
  beforeAll(async () => {
    pager = await new Receiver().start();
    pager.answer = status(202);
    const env = { ...pagedThrough(pager), ESCALATION_POLICY: await policyFile(quickly) };
    const one = await startPaging(env);
    apps = [one, await startPaging({ ...env, STORE_URL: await storeOf(one) })];
  }, 120_000);
  afterAll(async () => {
    for (const app of apps.toReversed()) await app.close();
    await pager?.stop();
  });

  it(
    'have one winner',
    async () => {
      const [one, two] = apps.map(({ app }) => app.get(FollowedIncidents)) as [FollowedIncidents, FollowedIncidents];
      const incidents: string[] = [];
      for (let race = 0; race < RACES; race++) {
        const incidentId = await open(apps[race % 2] as RunningApp);
        incidents.push(incidentId);
        const take = (state: IncidentState) =>
          state ? acknowledge(state, { by: 'engineer', via: 'desk', now: Date.now() }, policy) : [];
        const close = (state: IncidentState): IncidentEvent[] =>
          state && !isOver(state)
            ? [{ type: 'IncidentClosed', data: { incidentId, resolution: 'explained', except: [], at: iso() } }]
            : [];
        await delay(randomInt(150));
        await Promise.all([one.handle(incidentId, take), two.handle(incidentId, close), two.handle(incidentId, take)]);
      }
      // Their receivers know of the end, or never rang.
      await eventually(() => [one, two].every((followed) => followed.all().length === 0), DONE_MS);
      const firsts = new Map<string, number>();
      for (const incidentId of incidents) {
        const events = await incidentEvents(apps[0] as RunningApp, incidentId);
        const types = events.map(({ type }) => type);
        const [taken, ended] = [types.indexOf('IncidentAcknowledged'), types.indexOf('IncidentClosed')];
        expect([types.filter((type) => type === 'IncidentClosed').length, taken < ended]).toEqual([1, true]);
        expect(types.filter((type) => type === 'IncidentAcknowledged').length).toBe(taken < 0 ? 0 : 1);
        const late = events.slice(taken < 0 ? ended : taken);
        const pages = late.filter(({ type, data }) => type === 'PageAttempted' && data.action === 'trigger');
        expect([pages.length, late.filter(({ type }) => type === 'IncidentEscalated').length]).toEqual([0, 0]);
        const attempts = events.filter(
          ({ type, data }) => type === 'PageAttempted' && data.action === 'trigger',
        ).length;
        expect(saidOf(pager, incidentId).filter((action) => action === 'trigger').length).toBe(attempts);
        const first = attempts > 0 ? 'the page' : taken >= 0 ? 'the acknowledgement' : 'the close';
        firsts.set(first, (firsts.get(first) ?? 0) + 1);
      }
      process.stdout.write(
        `${RACES} races: ${[...firsts].map(([first, count]) => `${first} first ${count}`).join(', ')}\n`,
      );
    },
    60_000 + RACES * 500,
  );
});
