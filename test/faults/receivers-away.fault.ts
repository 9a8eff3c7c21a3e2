import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreDBClient, type JSONRecordedEvent, jsonEvent } from '@eventstore/db-client';
import type { IncidentEvent } from '../../events/incident-events.ts';
import { evolveIncident, type Incident, type IncidentState, noIncident } from '../../projections/incident.ts';
import { type Answer, Receiver } from '../ledger/react/delivery/receiver.ts';
import { pagedThrough } from '../paging/paged.ts';
import { eventually } from '../support/eventually.ts';
import { hookOf, SIGNING_KEY } from '../webhooks/telling.ts';
import { type SupervisedApp, startSupervisedApp } from './supervised-app.ts';

/** `AWAY_SECONDS=3600 npm run test:faults -- receivers-away` for the long run. */
const AWAY_MS = Number(process.env.AWAY_SECONDS ?? 4) * 1_000;
const INCIDENTS = 12;
const BOOKINGS = 24;
/** The longest pause before a receiver is tried again is five minutes; what waits for it then goes at once. */
const BACK_MS = 60_000 + Math.min(6 * 60_000, AWAY_MS * 3);

const metadata = {
  actor: { id: 'desk', roles: [] },
  ...{ $correlationId: 'request', $causationId: 'request', requestId: 'request', appVersion: '1.0.0' },
};
const iso = () => new Date().toISOString();

/** Takes nothing while it is away: connections are cut before an answer. */
const awayOr =
  (isAway: () => boolean, take: (request: Parameters<Answer>[0]) => void): Answer =>
  (request, response) => {
    if (isAway()) return void response.destroy();
    take(request);
    response.writeHead(202).end();
  };

describe('receivers that are away', () => {
  let app: SupervisedApp;
  let client: EventStoreDBClient;
  let isAway = false;
  const [pager, backend] = [new Receiver(), new Receiver()];
  const paged: { readonly key: string; readonly incidentId: string; readonly action: string }[] = [];
  const told: { readonly messageId: string; readonly subject: string }[] = [];
  beforeAll(async () => {
    await Promise.all([pager.start(), backend.start()]);
    pager.answer = awayOr(
      () => isAway,
      ({ body, key }) => {
        const { dedup_key: incidentId, event_action: action } = JSON.parse(body);
        paged.push({ key, incidentId, action });
      },
    );
    backend.answer = awayOr(
      () => isAway,
      ({ body, headers }) => told.push({ messageId: String(headers['webhook-id']), subject: JSON.parse(body).subject }),
    );
    app = await startSupervisedApp({
      ...{ HISTORY_INDEX: 'off', ...pagedThrough(pager) },
      ...{ WEBHOOK_SIGNING_KEY: SIGNING_KEY, WEBHOOK_ALLOWED_ADDRESSES: '127.0.0.1', WEBHOOK_ALLOW_HTTP: 'true' },
    });
    client = EventStoreDBClient.connectionString(await app.connectionString());
  }, 120_000);
  afterAll(async () => {
    await client?.dispose();
    await app?.stop();
    await Promise.all([pager.stop(), backend.stop()]);
  });

  const append = (incidentId: string, ...events: IncidentEvent[]) =>
    client.appendToStream(
      `incident-${incidentId}`,
      events.map(({ type, data }) => jsonEvent({ type, data: { ...data }, metadata })),
    );
  const begin = async () => {
    const incidentId = randomUUID();
    const opened = {
      incidentId,
      kind: 'viewer',
      key: `viewer:${incidentId}`,
      severity: 'critical',
      at: iso(),
    } as const;
    await append(incidentId, { type: 'IncidentOpened', data: opened });
    return incidentId;
  };
  const takeOn = (incidentId: string) =>
    append(incidentId, { type: 'IncidentAcknowledged', data: { incidentId, by: 'engineer', at: iso(), via: 'desk' } });
  const close = (incidentId: string) =>
    append(incidentId, {
      type: 'IncidentClosed',
      data: { incidentId, resolution: 'explained', except: [], at: iso() },
    });
  const fold = async (incidentId: string): Promise<Incident> => {
    let state: IncidentState = noIncident();
    for await (const { event } of client.readStream(`incident-${incidentId}`)) {
      const { type, data, revision } = event as JSONRecordedEvent;
      state = evolveIncident(state, { type, data, stream: '', revision: Number(revision) } as never);
    }
    return state as Incident;
  };
  const wasTried = async (incidentId: string) => (await fold(incidentId)).sendings.size > 0;
  const book = async (patientId: string) => {
    const token = await app.token(patientId, 'patient');
    const slot = { scheduledStart: '2036-05-04T09:00:00Z', scheduledEnd: '2036-05-04T09:30:00Z' };
    const response = await fetch(`${app.url}/v1/patients/${patientId}/consultations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ clinicianId: `doc-${patientId}`, medium: 'video', ...slot }),
    });
    expect(response.status).toBe(201);
  };
  const saidOf = (incidentId: string) => paged.filter((one) => one.incidentId === incidentId);

  it(
    `for ${AWAY_MS / 1_000} s get everything once they are back, in order for each incident, once`,
    async () => {
      const token = await app.token('officer', 'compliance');
      const registered = await fetch(`${app.url}/v1/webhooks`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ url: hookOf(backend), types: ['consultation.booked'] }),
      });
      expect(registered.status).toBe(201);

      isAway = true;
      const incidents: string[] = [];
      const [every, wait] = [BOOKINGS / INCIDENTS, AWAY_MS / (INCIDENTS + 1)];
      for (let i = 0; i < INCIDENTS; i++) {
        incidents.push(await begin());
        for (let j = 0; j < every; j++) await book(`pat-${i}-${j}`);
        // A third is taken on, a third is closed, and a third is still open when the receivers are back.
        const before = incidents.at(-2);
        // An incident that was never paged for has no end to tell: it may end within the time in which breaches are grouped.
        if (before) await eventually(() => wasTried(before), BACK_MS);
        if (before && i % 3 === 1) await takeOn(before);
        if (before && i % 3 === 2) await close(before);
        await delay(wait);
      }
      await eventually(() => pager.received.length > 0 && backend.received.length > 0, 30_000);
      await delay(wait);
      expect([paged.length, told.length]).toEqual([0, 0]);
      isAway = false;

      const of = (third: number) => incidents.filter((_, i) => i % 3 === third && i < INCIDENTS - 1);
      const [takenOn, closed, open] = [of(0), of(1), of(2)];
      await eventually(() => told.length >= BOOKINGS, BACK_MS);
      await eventually(() => open.every((id) => saidOf(id).some(({ action }) => action === 'trigger')), BACK_MS);
      // Whether it rang before the receiver was away cannot be known: it is told of the end all the same.
      await eventually(() => closed.every((id) => saidOf(id).some(({ action }) => action === 'resolve')), BACK_MS);
      const isAllDelivered = async (incidentId: string) => {
        const { pages, sendings } = await fold(incidentId);
        return pages.size > 0 && [...pages.keys()].every((pageId) => sendings.get(pageId)?.state === 'delivered');
      };
      await eventually(async () => (await Promise.all(open.map(isAllDelivered))).every(Boolean), BACK_MS);
      for (const incidentId of [...takenOn, ...open]) await close(incidentId);
      await eventually(
        () => [...takenOn, ...open].every((id) => saidOf(id).some(({ action }) => action === 'resolve')),
        BACK_MS,
      );

      for (const incidentId of incidents) {
        const keys = saidOf(incidentId).map(({ key }) => key);
        expect(new Set(keys).size).toBe(keys.length);
        const ids = [...(await fold(incidentId)).pages.keys()];
        expect(keys.filter((key) => ids.includes(key))).toEqual(ids.filter((id) => keys.includes(id)));
        // The end comes last.
        expect(saidOf(incidentId).findIndex(({ action }) => action === 'resolve')).toBe(
          incidentId === incidents.at(-1) ? -1 : keys.length - 1,
        );
      }
      expect(told.map(({ subject }) => subject).toSorted()).toEqual(
        Array.from({ length: BOOKINGS }, (_, n) => `patient-pat-${Math.floor(n / every)}-${n % every}`).toSorted(),
      );
      expect(new Set(told.map(({ messageId }) => messageId)).size).toBe(BOOKINGS);
      process.stdout.write(
        `away for ${AWAY_MS / 1_000} s: ${pager.received.length - paged.length} pages and ${backend.received.length - told.length} webhooks were cut; ${paged.length} and ${told.length} arrived, each once\n`,
      );
    },
    AWAY_MS + 6 * BACK_MS,
  );
});
