import { randomUUID } from 'node:crypto';
import { Incidents } from '../../src/incidents/incidents.ts';
import { send } from '../access/scene.ts';
import { ask, type RecordedConsultation, recorded } from '../recordings/recorded.ts';
import type { RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

export const onCall = { as: 'on-call-7', roles: ['on-call'] as const };

export type Leak = {
  readonly incidentId: string;
  readonly viewerId: string;
  readonly opened: readonly RecordedConsultation[];
};

/** The bug of 2020, small: one patient opens so many recordings of others. Needs a first key that says yes to all. */
export const leak = async (app: RunningApp, videos = 3): Promise<Leak> => {
  const viewerId = `pat-nosy-${randomUUID().slice(0, 6)}`;
  const opened = await Promise.all(Array.from({ length: videos }, () => recorded(app)));
  for (const one of opened) await ask(app, one, viewerId);
  const incidentId = await eventually(async () => {
    const { body } = await send(app, 'GET', '/v1/incidents?status=open&limit=100', onCall);
    for (const { incidentId: id } of body.items) {
      const parts = await send(app, 'GET', `/v1/incidents/${id}/breaches?limit=100`, onCall);
      const theirs = parts.body.items.filter((breach: { viewerId?: string }) => breach.viewerId === viewerId);
      if (theirs.length >= videos) return id;
    }
    return undefined;
  });
  return { incidentId, viewerId, opened };
};

/** An incident about the ledger's own work: quick to have, and no breach groups it with another. */
export const trouble = (app: RunningApp, severity: 'critical' | 'review' = 'critical'): Promise<string> =>
  app.app
    .get(Incidents)
    .openOperations(
      { reason: 'clock-ran-out', about: randomUUID(), severity },
      { actor: { id: 'clock-watch', roles: [] }, requestId: randomUUID() },
    );

/** A clinician who takes no part gives an emergency as the reason. @returns its breach */
export const emergency = async (app: RunningApp, held?: RecordedConsultation): Promise<string> => {
  const { recordingPath } = held ?? (await recorded(app));
  const { body } = await send(app, 'POST', `${recordingPath}/views`, {
    as: `doc-far-${randomUUID().slice(0, 6)}`,
    roles: ['clinician'],
    body: { purpose: 'emergency', reason: 'found unconscious in the waiting room' },
  });
  return body.viewId;
};
