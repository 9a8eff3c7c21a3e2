import type { IncidentEvent } from '../../events/incident-events.ts';
import { evolveIncident, type Incident, noIncident } from '../../projections/incident.ts';
import { readConfig } from '../../src/config/config.ts';
import type { Policy } from '../../src/paging/policy.ts';
import { type Paging, parsePaging, readPaging } from '../../src/paging/policy-file.ts';

export const T0 = Date.parse('2036-03-05T12:00:00.000Z');
export const iso = (ms: number) => new Date(ms).toISOString();
export const MINUTE = 60_000;

export const config = (env: Record<string, string> = {}) =>
  readConfig({ NODE_ENV: 'test', PAGERDUTY_ROUTING_KEY: 'key', ...env });
/** The policy that there is without a file, for PagerDuty alone. */
export const byDefault = (env: Record<string, string> = {}): Policy => readPaging(config(env), {}).policy;
export const parsed = (yaml: string, env: Record<string, string> = {}): Paging => parsePaging(yaml, config(env), env);

export const appended = <E extends object>(event: E, revision: number) => ({
  ...event,
  ...{ id: `event-${revision}`, stream: 'incident-inc', revision, metadata: {} as never },
});

export const fold = (...events: readonly IncidentEvent[]): Incident => {
  const state = events.map(appended).reduce(evolveIncident, noIncident());
  if (!state) throw new Error('nothing was opened');
  return state;
};

type Opened = Extract<IncidentEvent, { type: 'IncidentOpened' }>['data'];

export const opened = (more: Partial<Opened> = {}): IncidentEvent => ({
  type: 'IncidentOpened',
  data: { incidentId: 'inc', kind: 'viewer', key: 'viewer:dr', severity: 'critical', at: iso(T0), ...more },
});
export const attached = (n: number, at: number): IncidentEvent => ({
  type: 'BreachAttached',
  data: {
    ...{ incidentId: 'inc', breachId: `breach-${n}`, severity: 'critical', rule: 'not-a-participant', at: iso(at) },
    ...{ viewerId: 'dr', patientId: `pat-${n}`, appVersion: '1.0.0', newViewer: n === 0, newPatient: true },
  },
});
export const acknowledged = (at: number, lapsesAt?: number, via = 'desk'): IncidentEvent => ({
  type: 'IncidentAcknowledged',
  data: {
    incidentId: 'inc',
    by: 'engineer',
    at: iso(at),
    via,
    ...(lapsesAt !== undefined && { lapsesAt: iso(lapsesAt) }),
  },
});
export const closed = (at: number): IncidentEvent => ({
  type: 'IncidentClosed',
  data: { incidentId: 'inc', resolution: 'explained', except: [], at: iso(at) },
});
