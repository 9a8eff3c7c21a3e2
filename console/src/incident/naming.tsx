import { Link } from '@tanstack/react-router';
import type { Incident } from '../live/on-call.ts';
import { shortId } from '../parts/copy-id.tsx';
import { sentence } from '../parts/words.ts';

/** What an incident is about, from what its breaches have in common: `Release 2.4.1`, `Viewer pat-07`. */
export const incidentName = ({ kind, key, reason }: Pick<Incident, 'kind' | 'key' | 'reason'>): string => {
  if (kind === 'operations') return `Operations: ${sentence(reason ?? key)}`;
  const [, of = ''] = key.split(':');
  return of === '' ? sentence(kind) : `${sentence(kind)} ${shortId(of)}`;
};

export const IncidentLink = ({ incident }: { readonly incident: Incident }) => (
  <Link to="/incidents/$incidentId" params={{ incidentId: incident.incidentId }}>
    {incidentName(incident)}
  </Link>
);

export const isOver = ({ status }: Pick<Incident, 'status'>): boolean => status === 'closed' || status === 'merged';
