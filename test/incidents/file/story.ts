import { randomUUID } from 'node:crypto';
import type { BreachEvent } from '../../../events/breach-events.ts';
import { breachStreams, incidentStreams, viewerStreams } from '../../../events/categories.ts';
import type { IncidentEvent } from '../../../events/incident-events.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { eventsOf, onCall, send } from '../../access/scene.ts';
import { type RecordedConsultation, recorded } from '../../recordings/recorded.ts';
import type { RunningApp } from '../../support/app.ts';
import { eventually } from '../../support/eventually.ts';

const cause = { actor: { id: 'desk', roles: [] }, requestId: 'desk' };

export const say = (app: RunningApp, incidentId: string, ...events: IncidentEvent[]): Promise<number> =>
  app.app.get(Ledger).append(incidentStreams.of(incidentId), 'any', events, cause);

type Flagged = Extract<BreachEvent, { type: 'BreachFlagged' }>;

const flagOf = (app: RunningApp, breachId: string): Promise<Flagged['data']> =>
  eventually(
    async () =>
      (await eventsOf(app, breachStreams.of(breachId))).flatMap(({ type, data }) =>
        type === 'BreachFlagged' ? data : [],
      )[0],
  );

/** Puts breaches that were flagged into an incident of their own, as the grouping does. */
export const incidentOf = async (
  app: RunningApp,
  breachIds: readonly string[],
  opened: Partial<Extract<IncidentEvent, { type: 'IncidentOpened' }>['data']> = {},
): Promise<string> => {
  const incidentId = randomUUID();
  const at = new Date().toISOString();
  await say(app, incidentId, {
    type: 'IncidentOpened',
    data: { incidentId, kind: 'viewer', key: 'viewer:someone', severity: 'critical', at, ...opened },
  });
  const seen = new Set<string>();
  const isNew = (id: string | undefined) => {
    if (id === undefined || seen.has(id)) return false;
    seen.add(id);
    return true;
  };
  for (const breachId of breachIds) {
    const { severity, rule, viewerId, patientId, recordingId, appVersion } = await flagOf(app, breachId);
    const subject = {
      ...(viewerId !== undefined && { viewerId }),
      ...(patientId !== undefined && { patientId }),
      ...(recordingId !== undefined && { recordingId }),
    };
    const news = { newViewer: isNew(viewerId), newPatient: isNew(patientId) };
    await say(app, incidentId, {
      type: 'BreachAttached',
      data: { incidentId, breachId, severity, rule, ...subject, appVersion, at, ...news },
    });
  }
  return incidentId;
};

/** That a page of the incident arrived. */
export const paged = async (app: RunningApp, incidentId: string): Promise<void> => {
  const message = { messageId: 'page-1', channel: 'pagerduty', attempt: 1 };
  const page = { ...message, pageId: 'page-1', action: 'trigger', instance: 'one' } as const;
  const at = new Date().toISOString();
  await say(app, incidentId, { type: 'PageAttempted', data: { incidentId, ...page, at } });
  await say(app, incidentId, { type: 'PageDelivered', data: { incidentId, ...message, at, status: 202 } });
};

export type Story = {
  readonly incidentId: string;
  readonly nosy: string;
  /** Played in an emergency, reported, withheld, shown in a list. */
  readonly played: RecordedConsultation;
  readonly reported: RecordedConsultation;
  readonly withheld: RecordedConsultation;
  readonly shown: RecordedConsultation;
  readonly bytes: number;
};

/**
 * One clinician who takes part in nothing: plays a recording as an emergency, is reported for another, is withheld a third, and is shown a
 * fourth in a list. The incident is paged, acknowledged and contained. The application must let the first key say yes to all.
 */
export const story = async (app: RunningApp): Promise<Story> => {
  const nosy = `doc-nosy-${randomUUID().slice(0, 8)}`;
  const [played, reported, withheld, shown] = [
    await recorded(app),
    await recorded(app),
    await recorded(app),
    await recorded(app),
  ];
  const asNosy = { as: nosy, roles: ['clinician'] as const };
  const emergency = await send(app, 'POST', `${played.recordingPath}/views`, {
    ...asNosy,
    body: { purpose: 'emergency', reason: 'found unconscious in the waiting room' },
  });
  const content = await app.call(emergency.body.contentUrl, asNosy);
  const bytes = (await content.arrayBuffer()).byteLength;
  const report = await send(app, 'POST', `${reported.recordingPath}/views`, {
    ...{ as: 'player-service', roles: ['service'], headers: { 'x-client-release': '2020.6' } },
    body: { purpose: 'treatment', viewerId: nosy },
  });
  await send(app, 'POST', `${withheld.recordingPath}/views`, { ...asNosy, body: { purpose: 'treatment' } });
  await app.app.get(Ledger).append(
    viewerStreams.of(nosy),
    'any',
    [
      {
        type: 'ConsultationsListed',
        data: {
          viewerId: nosy,
          shown: [
            { patientId: shown.patientId, consultationId: shown.consultationId, recordingIds: [shown.recordingId] },
          ],
          digest: 'a'.repeat(64),
        },
      },
    ],
    { actor: { id: nosy, roles: ['clinician'] }, requestId: 'list' },
  );
  const refused = await eventually(
    async () =>
      (await eventsOf(app, viewerStreams.of(nosy))).flatMap(({ type, data }) =>
        type === 'ViewFlagged' && data.patientId === withheld.patientId ? data.viewId : [],
      )[0],
  );
  const breachIds = [emergency.body.viewId, report.body.viewId, refused];
  // The last byte is on record before the desk is done.
  await eventually(async () =>
    (await eventsOf(app, breachStreams.of(emergency.body.viewId))).some(({ type }) => type === 'BreachBytesServed'),
  );
  const incidentId = await eventually(async () => {
    const { body } = await send(app, 'GET', '/v1/incidents?status=all&limit=100', onCall);
    const found = body.items.find(({ key }: { key: string }) => key === `viewer:${nosy}`);
    return found?.breaches === breachIds.length && found.incidentId;
  });
  await paged(app, incidentId);
  const step = (action: string, body: object) =>
    send(app, 'POST', `/v1/incidents/${incidentId}/${action}`, { ...onCall, body });
  for (const { status } of [
    await step('acknowledge', {}),
    await step('contain', { scope: 'viewer', reason: 'case-7' }),
  ])
    if (status !== 200) throw new Error(`the desk was answered ${status}`);
  return { incidentId, nosy, played, reported, withheld, shown, bytes };
};
