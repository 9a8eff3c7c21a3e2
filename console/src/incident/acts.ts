import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import { answered, api, type Schemas } from '../api/client.ts';
import { queryClient } from '../api/queries.ts';
import { type Incident, incidents } from '../live/on-call.ts';
import { say } from '../parts/announcer.tsx';

export type Scope = Schemas['Containment']['scope'];
export type Resolution = Schemas['IncidentClosing']['resolution'];

type Of<B> = { readonly incidentId: string; readonly body: B; readonly key: string };
const asked = ({ incidentId, key }: Of<unknown>) => ({
  params: { path: { incidentId }, header: { 'Idempotency-Key': key } },
});

/** Every change of an incident that the API takes. The key lets the same act be sent twice and happen once. */
const acts = {
  acknowledge: (of: Of<undefined>) => answered(api.POST('/v1/incidents/{incidentId}/acknowledge', asked(of))),
  assign: (of: Of<Schemas['Assignment']>) =>
    answered(api.POST('/v1/incidents/{incidentId}/assign', { ...asked(of), body: of.body })),
  note: (of: Of<Schemas['IncidentNote']>) =>
    answered(api.POST('/v1/incidents/{incidentId}/note', { ...asked(of), body: of.body })),
  contain: (of: Of<{ scope: Scope; reason?: string }>) =>
    answered(
      api.POST('/v1/incidents/{incidentId}/contain', { ...asked(of), body: { ...of.body, preview: false } }),
    ).then(({ incident }) => incident),
  merge: (of: Of<Schemas['IncidentMerge']>) =>
    answered(api.POST('/v1/incidents/{incidentId}/merge', { ...asked(of), body: of.body })),
  split: (of: Of<Schemas['IncidentSplit']>) =>
    answered(api.POST('/v1/incidents/{incidentId}/split', { ...asked(of), body: of.body })),
  declareAwareness: (of: Of<Schemas['Awareness']>) =>
    answered(api.POST('/v1/incidents/{incidentId}/declare-awareness', { ...asked(of), body: of.body })),
  assess: (of: Of<Schemas['RiskAssessment']>) =>
    answered(api.POST('/v1/incidents/{incidentId}/assess', { ...asked(of), body: of.body })),
  notify: (of: Of<Schemas['IncidentNotification']>) =>
    answered(api.POST('/v1/incidents/{incidentId}/notify', { ...asked(of), body: of.body })),
  close: (of: Of<Schemas['IncidentClosing']>) =>
    answered(api.POST('/v1/incidents/{incidentId}/close', { ...asked(of), body: of.body })),
  reopen: (of: Of<Schemas['IncidentReopening']>) =>
    answered(api.POST('/v1/incidents/{incidentId}/reopen', { ...asked(of), body: of.body })),
};
export type ActName = keyof typeof acts;
type BodyOf<A extends ActName> = Parameters<(typeof acts)[A]>[0]['body'];

/** Said when it is done, to those who do not see that it is. */
const DONE: Readonly<Record<ActName, string>> = {
  acknowledge: 'Acknowledged',
  assign: 'Assigned',
  note: 'Note added',
  contain: 'Contained',
  merge: 'Merged',
  split: 'Split off',
  declareAwareness: 'Awareness declared',
  assess: 'Assessment recorded',
  notify: 'Notice recorded',
  close: 'Closed',
  reopen: 'Reopened',
};

/** Shows an incident as an answer gave it, before the socket tells of it. */
const remember = (incident: Incident | undefined): void => {
  const known = incidents.get();
  if (incident && known) incidents.set(new Map(known).set(incident.incidentId, incident));
};

/**
 * One act on an incident. The same act with the same words keeps its key until it was answered: after a lost answer it can be sent again, and
 * happens once.
 */
export const useAct = <A extends ActName>(name: A, onDone?: (incident: Incident | undefined) => void) => {
  const keys = useRef(new Map<string, string>());
  return useMutation({
    mutationFn: async ({ incidentId, body }: { readonly incidentId: string; readonly body: BodyOf<A> }) => {
      const said = JSON.stringify([incidentId, body]);
      const key = keys.current.get(said) ?? newKey();
      keys.current.set(said, key);
      const act = acts[name] as unknown as (of: Of<BodyOf<A>>) => Promise<Incident | undefined>;
      const incident = await act({ incidentId, body, key });
      keys.current.delete(said);
      return incident;
    },
    onSuccess: (incident, { incidentId }) => {
      remember(incident);
      void queryClient.invalidateQueries({ queryKey: ['incident', incidentId] });
      say(DONE[name]);
      onDone?.(incident);
    },
  });
};

/** Not `randomUUID`, which a page without TLS on another host does not have. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
