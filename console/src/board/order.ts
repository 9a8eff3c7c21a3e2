import type { Incident } from '../live/on-call.ts';

/** What waits for a person first: critical before review, not taken on before taken on, then the newest. */
const rank = ({ severity, status, openedAt }: Incident): readonly [number, number, number] => [
  severity === 'critical' ? 0 : 1,
  status === 'new' ? 0 : 1,
  -Date.parse(openedAt),
];

export const byUrgency = (one: Incident, other: Incident): number => {
  const [a, b] = [rank(one), rank(other)];
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
};

export type Filter = 'all' | 'critical' | 'unacknowledged' | 'mine';

export const passes =
  (filter: Filter, personId: string) =>
  (incident: Incident): boolean => {
    if (filter === 'critical') return incident.severity === 'critical';
    if (filter === 'unacknowledged') return incident.status === 'new';
    if (filter === 'mine') return incident.assigneeId === personId || incident.acknowledgedBy === personId;
    return true;
  };
