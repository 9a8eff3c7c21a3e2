import { io } from 'socket.io-client';
import { ROLES } from '../../events/values.ts';
import { routeRoles } from '../../src/auth/route-roles.ts';
import { type Role } from '../../src/request/actor.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { onCall, scene, send, view } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** How many commands of each kind and outcome were measured so far: `SuspendViewer done`. */
const measured = async (): Promise<ReadonlyMap<string, number>> => {
  const { values } = await app.app.get(Metrics).commandSeconds.get();
  return new Map(
    values
      .filter(({ metricName }) => metricName?.endsWith('_count'))
      .map(({ labels, value }) => [`${labels.command} ${labels.outcome}`, value]),
  );
};

/** The commands that were measured while something was asked. */
const commandsOf = async (ask: () => Promise<unknown>): Promise<string[]> => {
  const before = await measured();
  await ask();
  return [...(await measured())].flatMap(([key, n]) => Array<string>(n - (before.get(key) ?? 0)).fill(key));
};

const consultation = '/v1/patients/:patientId/consultations/:consultationId';
const recording = `${consultation}/recordings/:recordingId`;
const slot = { scheduledStart: '2036-05-04T09:00:00Z', scheduledEnd: '2036-05-04T09:30:00Z' };
const reason = { reason: 'looked-into' };

/** What each route is asked, about what there is not, and the command that it becomes. */
const asks: Readonly<Record<string, readonly [command: string, body?: object]>> = {
  'POST /v1/patients/:patientId/consultations': [
    'BookConsultation done',
    { clinicianId: 'doc-1', ...slot, medium: 'video' },
  ],
  [`POST ${consultation}/reschedule`]: ['RescheduleConsultation refused', slot],
  [`POST ${consultation}/cancel`]: ['CancelConsultation refused', { reasonCode: 'patient-request' }],
  [`POST ${consultation}/complete`]: ['CompleteConsultation refused', {}],
  [`POST ${consultation}/no-show`]: ['MissConsultation refused', { by: 'patient' }],
  [`POST ${consultation}/participants`]: ['InviteParticipant refused', { personId: 'int-1', capacity: 'interpreter' }],
  [`DELETE ${consultation}/participants/:personId`]: ['RemoveParticipant refused'],
  [`POST ${consultation}/join`]: ['JoinConsultation refused', { mediaSessionId: 'room-1', personId: 'pat-1' }],
  [`POST ${consultation}/leave`]: ['LeaveConsultation refused', { personId: 'pat-1' }],
  [`POST ${consultation}/consent`]: ['GiveConsent refused', { given: true, personId: 'pat-1' }],
  'POST /v1/patients/:patientId/merge': ['MergePatients done', { survivingPatientId: 'pat-9' }],
  'POST /v1/patients/:patientId/unmerge': ['UnmergePatients done', { survivingPatientId: 'pat-9', ...reason }],
  'PUT /v1/me/access-notifications': ['ChooseAccessNotifications done', { notify: true }],
  'POST /v1/patients/:patientId/access-holds': [
    'PlaceAccessHold done',
    { reason: 'health-oversight', until: new Date(Date.now() + 86_400_000).toISOString() },
  ],
  'POST /v1/patients/:patientId/access-holds/:holdId/lift': ['LiftAccessHold refused'],
  'PUT /v1/people/:personId/facts': ['StatePersonFacts done', { asOf: '2026-01-01T00:00:00Z', facts: { vip: 1 } }],
  [`POST ${consultation}/recordings`]: ['FileRecording refused'],
  [`POST ${consultation}/recordings/claims`]: [
    'ClaimRecording refused',
    { mediaSessionId: 'room-1', bucket: 'recorder', key: 'egress/1.webm' },
  ],
  [`POST ${recording}/views`]: ['ReportView done', { purpose: 'treatment', viewerId: 'doc-1' }],
  [`POST ${recording}/quarantine`]: ['QuarantineRecording refused', reason],
  [`POST ${recording}/release`]: ['ReleaseRecording refused', reason],
  [`POST ${recording}/reviewers`]: [
    'AssignReviewer refused',
    { reviewerId: 'oncall-2', ...reason, until: new Date(Date.now() + 3_600_000).toISOString() },
  ],
  [`POST ${recording}/erase`]: ['EraseRecording refused', reason],
  'POST /v1/viewers/:viewerId/suspend': ['SuspendViewer done', reason],
  'POST /v1/viewers/:viewerId/reinstate': ['ReinstateViewer done', reason],
  'POST /v1/views/:viewId/revoke': ['RevokeView refused', { ...reason, viewerId: 'doc-1' }],
  'POST /v1/playback/halt': ['HaltPlayback done', reason],
  'POST /v1/playback/resume': ['ResumePlayback done', reason],
  'POST /v1/access-monitor/replay-parked': ['ReplayParked done'],
  'POST /v1/reactors/:name/replay': ['ReplayParked done'],
  'POST /v1/rules/:name/changes': [
    'ProposeRuleChange refused',
    { settings: { numbers: { viewers: 5 } }, backtestDigest: 'a'.repeat(64) },
  ],
  'POST /v1/rules/:name/changes/:changeId/approve': ['ApproveRuleChange refused'],
  'POST /v1/rules/:name/changes/:changeId/reject': ['RejectRuleChange refused', {}],
  'POST /v1/patients/:patientId/erasure': ['RequestErasure refused', { reason: 'objection' }],
  'POST /v1/erasures/:erasureId/approve': ['ApproveErasure refused'],
  'POST /v1/erasures/:erasureId/cancel': ['CancelErasure refused', { reason: 'legal-claim' }],
  'POST /v1/backtests': ['BeginBacktest done', { rules: 'current' }],
  // Without an index nothing can be exported.
  'POST /v1/exports': ['RequestExport failed', { format: 'csv', purpose: 'audit' }],
  'POST /v1/exports/:exportId/approve': ['ApproveExport refused'],
  'POST /v1/exports/:exportId/cancel': ['CancelExport refused'],
  // Without the setting that secrets are derived from there are none.
  'POST /v1/webhooks': ['RegisterWebhook failed', { url: 'https://backend.example.org/', types: ['*'] }],
  'DELETE /v1/webhooks/:webhookId': ['RemoveWebhook refused'],
  'POST /v1/webhooks/:webhookId/rotate': ['RotateWebhookSecret failed', {}],
  'POST /v1/webhooks/:webhookId/deliveries/:deliveryId/resend': ['ResendDelivery failed'],
  // Without a receiver there is none to try, and without the secret that its webhooks are signed with none is believed.
  'POST /v1/paging/test': ['TestPaging failed'],
  'POST /v1/hooks/pagerduty': [
    'HearPagerDuty failed',
    {
      event: { id: 'e-1', event_type: 'incident.acknowledged', occurred_at: '2026-01-01T00:00:00Z', data: {} },
    },
  ],
  'POST /v1/hooks/livekit': ['HearMediaServer failed', {}],
  'POST /v1/hooks/media': ['HearMediaServer failed', {}],
  'POST /v1/breaches/:breachId/acknowledge': ['AcknowledgeBreach refused', {}],
  'POST /v1/breaches/:breachId/contain': ['ContainBreach refused', {}],
  'POST /v1/breaches/:breachId/dismiss': ['DismissBreach refused', {}],
  'POST /v1/breaches/:breachId/notify-patient': ['NotifyPatient refused', {}],
  'POST /v1/breaches/:breachId/notify-regulator': ['NotifyRegulator refused', {}],
  'POST /v1/breaches/:breachId/close': ['CloseBreach refused', {}],
  'POST /v1/incidents/:incidentId/acknowledge': ['AcknowledgeIncident refused'],
  'POST /v1/incidents/:incidentId/assign': ['AssignIncident refused', { assigneeId: 'oncall-2' }],
  'POST /v1/incidents/:incidentId/note': ['NoteOnIncident refused', { code: 'seen' }],
  'POST /v1/incidents/:incidentId/contain': ['ContainIncident refused', { scope: 'views' }],
  'POST /v1/incidents/:incidentId/merge': ['MergeIncident refused', { into: 'incident-2' }],
  'POST /v1/incidents/:incidentId/split': ['SplitIncident refused', { breachIds: ['breach-1'] }],
  'POST /v1/incidents/:incidentId/declare-awareness': [
    'DeclareAwareness refused',
    { awareAt: '2026-01-01T00:00:00.000Z', basis: 'flag' },
  ],
  'POST /v1/incidents/:incidentId/assess': ['AssessIncident refused', { risk: 'none' }],
  'POST /v1/incidents/:incidentId/notify': ['RecordPeopleNotified refused', { who: 'people', count: 1 }],
  'POST /v1/incidents/:incidentId/close': ['CloseIncident refused', { resolution: 'explained' }],
  'POST /v1/incidents/:incidentId/reopen': ['ReopenIncident refused', { reason: 'new-evidence' }],
  'POST /v1/drills': ['RequestDrill done', {}],
  'POST /v1/drills/:drillId/begin': ['BeginDrill refused'],
  // Reading it leaves a fact behind.
  'GET /v1/breaches/:breachId/justification': ['ReadJustification refused'],
  'GET /v1/exports/:exportId/content': ['DownloadExport refused'],
};

const ask = async (route: string, roles: readonly Role[]) => {
  const [method = '', pattern = ''] = route.split(' ');
  const path = pattern.replaceAll(/:(\w+)Id/g, (_, of) => `${of}-unknown`).replace(':name', 'access-monitor');
  const body = asks[route]?.[1];
  const video = route === `POST ${consultation}/recordings`;
  return app.call(`${path}${video ? '?mediaSessionId=room-1' : ''}`, {
    method,
    as: 'asks-everything',
    roles,
    headers: video ? { 'content-type': 'video/webm' } : body ? { 'content-type': 'application/json' } : {},
    ...(video ? { body: 'bytes' } : body && { body: JSON.stringify(body) }),
  });
};

/** The roles that get furthest: a service is asked about nobody in particular. */
const rolesFor = (route: string): readonly Role[] => {
  const access = routeRoles[route] ?? [];
  const allowed: readonly Role[] = typeof access === 'string' ? ROLES : access;
  return allowed.includes('service') ? ['service'] : allowed.slice(0, 1);
};

/** Signing in and out is tested with browsers (`test/console`). */
const changing = Object.keys(routeRoles).filter((route) => !/^GET | \/console\//.test(route));

describe('a change that is asked for', () => {
  it('is named here for every route that is not for reading', () => {
    expect(Object.keys(asks).filter((route) => !route.startsWith('GET '))).toEqual(changing);
  });

  it.each(Object.entries(asks))('becomes one measured command: %s', async (route, [command]) => {
    expect(await commandsOf(() => ask(route, rolesFor(route)))).toEqual([command]);
  });

  it('becomes none where the caller has no token, lacks the role, or asks for what is invalid', async () => {
    expect(
      await commandsOf(async () => {
        for (const route of changing)
          expect((await app.call(route.split(' ')[1] ?? '', { method: 'POST' })).ok).toBe(false);
        expect((await ask('POST /v1/playback/halt', ['patient'])).status).toBe(403);
        expect(
          (await send(app, 'POST', '/v1/playback/halt', { ...onCall, body: { reason: 'two words' } })).status,
        ).toBe(400);
      }),
    ).toEqual([]);
  });

  it('becomes one from an on-call screen, too', async () => {
    const socket = io(`${app.url}/on-call`, {
      auth: { token: await app.token('oncall-1', ['on-call']) },
      transports: ['websocket'],
      reconnection: false,
    });
    try {
      const acknowledge = () => socket.emitWithAck('acknowledge', { breachId: 'breach-unknown' });
      expect(await commandsOf(acknowledge)).toEqual(['AcknowledgeBreach refused']);
    } finally {
      socket.disconnect();
    }
  });

  it('is measured as done, refused or failed, as the caller is told', async () => {
    const here = await scene(app);
    const open = (as: string) => async () => (await view(app, here, as)).status;
    expect(await commandsOf(open(here.patientId))).toEqual(['OpenView done']);
    expect(await commandsOf(open('pat-other'))).toEqual(['OpenView refused']);
    await ask('POST /v1/playback/halt', ['on-call']);
    expect(await commandsOf(open(here.patientId))).toEqual(['OpenView failed']);
    await ask('POST /v1/playback/resume', ['on-call']);
  });

  it('is measured by its kind, and no id is in what is measured', async () => {
    const kinds = new Set([...(await measured()).keys()].map((key) => key.split(' ')[0]));
    const expected = new Set(['OpenView', ...Object.values(asks).map(([command]) => command.split(' ')[0])]);
    expect([...kinds].toSorted()).toEqual([...expected].toSorted());
  });
});
