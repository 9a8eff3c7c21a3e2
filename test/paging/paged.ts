import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { incidentStreams } from '../../events/categories.ts';
import type { IncidentEvent } from '../../events/incident-events.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { PAGING_PACE, type Pace, pace } from '../../src/paging/pace.ts';
import { eventsOf } from '../access/scene.ts';
import type { Received, Receiver } from '../ledger/react/delivery/receiver.ts';
import { type RunningApp, startApp } from '../support/app.ts';

export const engineer = { as: 'engineer-1', roles: ['on-call'] } as const;
export const ROUTING_KEY = 'a-routing-key-of-32-characters-0';

/** Quick enough for a test. */
export const quick: Pace = { ...pace, pausesMs: [20, 40, 80], lateMs: 2_000, flowEveryMs: 5_000, heartbeatMs: 50 };

/** Steps a test can wait for. */
export const swift = `
groupWindow: 0ms
critical:
  - { after: 0ms, page: [primary] }
  - { after: 150ms, page: [secondary] }
loops: 2
repeatAfter: 1s
review: { page: [primary], quietHours: null }
targets:
  primary: { channels: [pagerduty] }
  secondary: { channels: [pagerduty] }
`;

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

export const policyFile = async (yaml: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-policy-'));
  folders.push(folder);
  const file = join(folder, 'policy.yaml');
  await writeFile(file, yaml);
  return file;
};

export const pagedThrough = (receiver: Receiver) => ({
  PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
  PAGERDUTY_URL: `http://127.0.0.1:${receiver.port}/v2/enqueue`,
});

export const startPaging = (env: Readonly<Record<string, string>>, at: Pace = quick): Promise<RunningApp> =>
  startApp({ env, override: (builder) => builder.overrideProvider(PAGING_PACE).useValue(at) });

type Opened = Extract<IncidentEvent, { type: 'IncidentOpened' }>['data'];

const cause = { actor: { id: 'desk', roles: [] }, requestId: 'desk' };
export const now = () => new Date().toISOString();

export const record = (app: RunningApp, incidentId: string, ...events: IncidentEvent[]): Promise<number> =>
  app.app.get(Ledger).append(incidentStreams.of(incidentId), 'any', events, cause);

/** An incident with one breach, as its module would open it. */
export const open = async (app: RunningApp, more: Partial<Opened> = {}): Promise<string> => {
  const incidentId = more.incidentId ?? randomUUID();
  const { severity = 'critical' } = more;
  await record(
    app,
    incidentId,
    {
      type: 'IncidentOpened',
      data: { incidentId, kind: 'viewer', key: 'viewer:dr-secret', severity, at: now(), ...more },
    },
    {
      type: 'BreachAttached',
      data: {
        ...{ incidentId, breachId: `breach-${incidentId.slice(0, 8)}`, severity, rule: 'not-a-participant' },
        ...{ viewerId: 'dr-secret', patientId: 'pat-secret', recordingId: 'rec-secret', appVersion: '1.0.0' },
        ...{ at: now(), newViewer: true, newPatient: true },
      },
    },
  );
  return incidentId;
};

export const acknowledged = (incidentId: string): IncidentEvent => ({
  type: 'IncidentAcknowledged',
  data: { incidentId, by: 'engineer-1', at: now(), via: 'desk' },
});

export const closed = (incidentId: string): IncidentEvent => ({
  type: 'IncidentClosed',
  data: { incidentId, resolution: 'explained', except: [], at: now() },
});

export const incidentEvents = (app: RunningApp, incidentId: string) => eventsOf(app, incidentStreams.of(incidentId));

/** What a receiver was told of an incident, by action. */
export const saidOf = (receiver: { readonly received: readonly Received[] }, incidentId: string): string[] =>
  receiver.received
    .map(({ body }) => JSON.parse(body) as { event_action: string; dedup_key: string })
    .filter(({ dedup_key }) => dedup_key === incidentId)
    .map(({ event_action }) => event_action);
