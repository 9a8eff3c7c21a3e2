import type { Role } from '../request/actor.ts';

/**
 * Who may call a route at all: `public` without a token, `anyone` with a valid one, callers with one of the roles, or
 * (`viewer`) anyone with a valid token or with the cookie of the very view in the path.
 * What a caller may then see or do with *this* patient is decided by the route itself, from participation.
 */
export type Access = 'public' | 'anyone' | 'viewer' | readonly [Role, ...Role[]];

/** Access by `METHOD /pattern`, the pattern as the route was registered. */
export type RouteRoles = Readonly<Record<string, Access>>;

/** Nest token of the table that the guard reads. */
export const ROUTE_ROLES = Symbol('route roles');

const booking: Access = ['patient', 'clinician', 'service'];
const breachDesk: Access = ['on-call', 'compliance'];
const consultation = '/v1/patients/:patientId/consultations/:consultationId';

/** Every route of the API by method and pattern. One that is missing here is refused to every caller; HEAD follows GET. */
export const routeRoles: RouteRoles = {
  'GET /health/live': 'public',
  'GET /health/ready': 'public',
  // Public to the guard, because Prometheus has no token of the issuer; the route has a rule of its own.
  'GET /metrics': 'public',

  // Public to the guard, because they are for people who have no session yet, or none any more.
  'GET /console/session': 'public',
  'GET /console/login': 'public',
  'GET /console/callback': 'public',
  'POST /console/sign-in': 'public',
  'POST /console/logout': 'public',
  // The issuer signs what it tells.
  'POST /console/backchannel-logout': 'public',

  'POST /v1/patients/:patientId/consultations': booking,
  'GET /v1/patients/:patientId/consultations': ['patient', 'service'],
  [`GET ${consultation}`]: 'anyone',
  [`POST ${consultation}/reschedule`]: 'anyone',
  [`POST ${consultation}/cancel`]: 'anyone',
  [`POST ${consultation}/complete`]: ['clinician', 'service'],
  [`POST ${consultation}/no-show`]: ['clinician', 'service'],
  [`POST ${consultation}/participants`]: booking,
  [`DELETE ${consultation}/participants/:personId`]: booking,
  [`POST ${consultation}/join`]: 'anyone',
  [`POST ${consultation}/leave`]: 'anyone',
  [`POST ${consultation}/consent`]: ['patient', 'service'],
  'GET /v1/me/consultations': 'anyone',
  'GET /v1/clinicians/:clinicianId/consultations': ['clinician', 'service'],
  'GET /v1/clinicians/:clinicianId/availability': ['clinician', 'service'],
  'GET /v1/me/accesses': ['patient'],
  'GET /v1/patients/:patientId/accesses': 'anyone',
  'POST /v1/patients/:patientId/merge': ['service', 'compliance'],
  'POST /v1/patients/:patientId/unmerge': ['service', 'compliance'],
  'GET /v1/patients/:patientId/identity': ['service', 'compliance'],
  'GET /v1/me/access-notifications': ['patient'],
  'PUT /v1/me/access-notifications': ['patient'],
  'POST /v1/patients/:patientId/access-holds': ['compliance'],
  'GET /v1/patients/:patientId/access-holds': ['compliance'],
  'POST /v1/patients/:patientId/access-holds/:holdId/lift': ['compliance'],

  'PUT /v1/people/:personId/facts': ['service'],
  'GET /v1/people/:personId/facts': ['service', 'compliance'],
  'GET /v1/people/:personId/name': breachDesk,

  [`POST ${consultation}/recordings`]: ['clinician', 'service'],
  [`POST ${consultation}/recordings/claims`]: ['service'],
  [`POST ${consultation}/recordings/:recordingId/views`]: 'anyone',
  [`POST ${consultation}/recordings/:recordingId/quarantine`]: ['compliance'],
  [`POST ${consultation}/recordings/:recordingId/release`]: ['compliance'],
  [`POST ${consultation}/recordings/:recordingId/reviewers`]: ['compliance'],
  [`POST ${consultation}/recordings/:recordingId/erase`]: ['compliance'],
  [`GET ${consultation}/recordings/:recordingId/provenance`]: ['compliance'],
  'GET /v1/views/:viewId/content': 'viewer',

  'POST /v1/viewers/:viewerId/suspend': breachDesk,
  'POST /v1/viewers/:viewerId/reinstate': breachDesk,
  'POST /v1/views/:viewId/revoke': breachDesk,
  'GET /v1/playback': breachDesk,
  'GET /v1/playback/in-use': breachDesk,
  'POST /v1/playback/halt': breachDesk,
  'POST /v1/playback/resume': breachDesk,
  'GET /v1/access-monitor': breachDesk,
  'GET /v1/access-monitor/minutes': breachDesk,
  'POST /v1/access-monitor/replay-parked': breachDesk,
  'GET /v1/reactors': breachDesk,
  'GET /v1/reactors/:name': breachDesk,
  'POST /v1/reactors/:name/replay': breachDesk,

  'GET /v1/rules': breachDesk,
  'POST /v1/rules/:name/changes': ['compliance'],
  'POST /v1/rules/:name/changes/:changeId/approve': ['compliance'],
  'POST /v1/rules/:name/changes/:changeId/reject': ['compliance'],

  'POST /v1/patients/:patientId/erasure': ['compliance'],
  'GET /v1/erasures': ['compliance'],
  'GET /v1/erasures/:erasureId': ['compliance'],
  'POST /v1/erasures/:erasureId/approve': ['compliance'],
  'POST /v1/erasures/:erasureId/cancel': ['compliance'],
  'GET /v1/erasures/:erasureId/certificate': ['compliance'],

  'GET /v1/access-history': ['compliance'],
  'POST /v1/backtests': ['compliance'],
  'GET /v1/backtests/:backtestId': ['compliance'],
  'POST /v1/exports': ['compliance'],
  'GET /v1/exports': ['compliance'],
  'GET /v1/exports/:exportId': ['compliance'],
  'POST /v1/exports/:exportId/approve': ['compliance'],
  'POST /v1/exports/:exportId/cancel': ['compliance'],
  'GET /v1/exports/:exportId/content': ['compliance'],
  'GET /v1/feed': ['siem'],
  'GET /v1/releases': ['compliance'],
  'GET /v1/releases/:version/exposure': ['compliance'],

  'POST /v1/webhooks': ['compliance'],
  'GET /v1/webhooks': ['compliance'],
  'DELETE /v1/webhooks/:webhookId': ['compliance'],
  'POST /v1/webhooks/:webhookId/rotate': ['compliance'],
  'GET /v1/webhooks/:webhookId/deliveries': ['compliance'],
  'POST /v1/webhooks/:webhookId/deliveries/:deliveryId/resend': ['compliance'],

  'GET /v1/on-call/schedule': breachDesk,
  'GET /v1/escalation': breachDesk,
  'POST /v1/paging/test': breachDesk,
  // Public to the guard, because the sender has no token of the issuer; it signs each message.
  'POST /v1/hooks/pagerduty': 'public',
  'POST /v1/hooks/livekit': 'public',
  'POST /v1/hooks/media': 'public',

  'GET /v1/breaches': breachDesk,
  'GET /v1/breaches/:breachId': breachDesk,
  'GET /v1/breaches/:breachId/justification': breachDesk,
  'POST /v1/breaches/:breachId/acknowledge': breachDesk,
  'POST /v1/breaches/:breachId/contain': breachDesk,
  'POST /v1/breaches/:breachId/dismiss': breachDesk,
  'POST /v1/breaches/:breachId/notify-patient': breachDesk,
  'POST /v1/breaches/:breachId/notify-regulator': breachDesk,
  'POST /v1/breaches/:breachId/close': breachDesk,

  'GET /v1/incidents': breachDesk,
  'GET /v1/incidents/:incidentId': breachDesk,
  'GET /v1/incidents/:incidentId/breaches': breachDesk,
  'POST /v1/incidents/:incidentId/acknowledge': breachDesk,
  'POST /v1/incidents/:incidentId/assign': breachDesk,
  'POST /v1/incidents/:incidentId/note': breachDesk,
  'POST /v1/incidents/:incidentId/contain': breachDesk,
  'POST /v1/incidents/:incidentId/merge': breachDesk,
  'POST /v1/incidents/:incidentId/split': breachDesk,
  'POST /v1/incidents/:incidentId/declare-awareness': breachDesk,
  'POST /v1/incidents/:incidentId/assess': breachDesk,
  'POST /v1/incidents/:incidentId/notify': breachDesk,
  'POST /v1/incidents/:incidentId/close': breachDesk,
  'POST /v1/incidents/:incidentId/reopen': breachDesk,
  'GET /v1/incidents/register': ['compliance'],
  'GET /v1/incidents/:incidentId/file': breachDesk,
  'GET /v1/incidents/:incidentId/file/versions': breachDesk,

  'POST /v1/drills': breachDesk,
  'GET /v1/drills': breachDesk,
  'GET /v1/drills/:drillId': breachDesk,
  'POST /v1/drills/:drillId/begin': breachDesk,
};

/** @param pattern the route's pattern, as it was registered: `/v1/views/:viewId/content` */
export const accessTo = (roles: RouteRoles, method: string, pattern: string): Access | undefined =>
  roles[`${method === 'HEAD' ? 'GET' : method} ${pattern}`];
