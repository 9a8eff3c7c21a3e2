import type { LedgerEvent } from '../../../events/categories.ts';
import type { Recorded } from '../../../events/event.ts';
import type { AnomalySeverity } from '../../../events/rule-events.ts';
import type { Severity } from '../../../events/values.ts';

/*
 * Events of the ledger as a security team's tools take them: OCSF 1.8 (https://schema.ocsf.io/1.8.0), each wrapped in a CloudEvent 1.0. Ids and codes
 * only, as in the ledger; the one free text (the reason of an emergency) stays there.
 */

export const OCSF_VERSION = '1.8.0';

const classes = {
  authentication: { class_uid: 3002, category_uid: 3, name: 'authentication' },
  userAccess: { class_uid: 3005, category_uid: 3, name: 'user_access' },
  detectionFinding: { class_uid: 2004, category_uid: 2, name: 'detection_finding' },
  incidentFinding: { class_uid: 2005, category_uid: 2, name: 'incident_finding' },
  apiActivity: { class_uid: 6003, category_uid: 6, name: 'api_activity' },
  datastoreActivity: { class_uid: 6005, category_uid: 6, name: 'datastore_activity' },
} as const;
type ClassName = keyof typeof classes;

const INFORMATIONAL = 1;
const LOW = 2;
const MEDIUM = 3;
const HIGH = 4;
const CRITICAL = 5;
const SUCCESS = 1;
const FAILURE = 2;
/** Of findings and incidents. */
const NEW = 1;
const IN_PROGRESS = 2;
const CLOSED = 5;
const FALSE_POSITIVE = 1;

const CREATE = 1;
const READ = 1;
const UPDATE = 3;
const DELETE = 4;
const QUERY = 4;
const LIST = 8;
const CLOSE = 3;
const LOGON = 1;
const LOGOFF = 2;
const ASSIGN_PRIVILEGES = 1;
const REVOKE_PRIVILEGES = 2;

type Fields = Readonly<Record<string, unknown>>;
type Person = { readonly id: string; readonly roles: readonly string[] };
/** What one event says in its class; `about` are the ledger's own words, which OCSF keeps under `unmapped`. */
type Told = {
  readonly of: ClassName;
  readonly activity: number;
  readonly severity?: number;
  /** Who did it, where that is not the event's actor. */
  readonly by?: Person;
  readonly fields?: Fields;
  readonly about?: Fields;
};
type Of<T> = Extract<LedgerEvent, { type: T }>;

const severityOf: Readonly<Record<Severity, number>> = { critical: CRITICAL, review: MEDIUM };

const anomalySeverityOf: Readonly<Record<AnomalySeverity, number>> = { ...severityOf, info: LOW };

const command = (activity: number, data: Fields, severity = INFORMATIONAL): Told => ({
  ...{ of: 'apiActivity', activity, severity },
  fields: { status_id: SUCCESS, resources: resourcesOf(data) },
});

/** Views, refusals and transfers: one record of the recordings was read, or was not. */
const look = (
  { recordingId, viewerId, ...data }: { readonly recordingId: string; readonly viewerId: string } & Fields,
  roles: readonly string[],
  { refusedFor, ...more }: { readonly refusedFor?: string; readonly severity?: number } = {},
): Told => ({
  ...{ of: 'datastoreActivity', activity: READ, severity: refusedFor === undefined ? INFORMATIONAL : LOW, ...more },
  by: { id: viewerId, roles },
  fields: {
    ...(refusedFor === undefined ? { status_id: SUCCESS } : { status_id: FAILURE, status_code: refusedFor }),
    ...store('recordings', recordingId),
  },
  about: picked({ ...data, recordingId }),
});

const store = (table: string, uid?: string): Fields => ({
  database: { name: 'consultation-ledger', type_id: 99, type: 'Event-sourced ledger' },
  table: { name: table, ...(uid !== undefined && { uid }) },
});

/** A person was found to have done what they may not. */
const finding = (uid: string, title: string, severity: number, data: Fields): Told => ({
  ...{ of: 'detectionFinding', activity: CREATE, severity },
  fields: { finding_info: { uid, title }, is_alert: true, status_id: NEW, resources: resourcesOf(data) },
  about: picked(data),
});

const incident = (activity: number, status_id: number, data: { readonly breachId: string } & Fields): Told => ({
  ...{ of: 'incidentFinding', activity },
  ...('severity' in data && { severity: severityOf[data.severity as Severity] }),
  fields: {
    status_id,
    assignee_group: { name: 'on-call' },
    finding_info_list: [{ uid: data.breachId, ...('rule' in data && { title: data.rule }) }],
  },
  about: picked(data),
});

/** What on-call works on: a group of breaches. What a person typed into a note is not told. */
const grouped = (
  activity: number,
  status_id: number,
  { incidentId, severity, kind, ...data }: { readonly incidentId: string } & Fields,
): Told => ({
  ...{ of: 'incidentFinding', activity },
  ...(severity !== undefined && { severity: severityOf[severity as Severity] }),
  fields: {
    status_id,
    assignee_group: { name: 'on-call' },
    finding_info_list: [{ uid: incidentId, ...(kind !== undefined && { title: kind }) }],
  },
  about: picked({ ...data, incidentId }),
});
const worked = ({ data }: { readonly data: { readonly incidentId: string } }) =>
  grouped(UPDATE, IN_PROGRESS, data as { readonly incidentId: string } & Fields);

const access = (activity: number, userId: string, privilege: string, reason: string): Told => ({
  ...{ of: 'userAccess', activity, severity: activity === REVOKE_PRIVILEGES ? HIGH : INFORMATIONAL },
  fields: { status_id: SUCCESS, status_code: reason, user: { uid: userId }, privileges: [privilege] },
});

/** A session at the console. */
const signedIn = (
  activity: number,
  { personId, sessionId }: { readonly personId: string; readonly sessionId: string },
  reason?: string,
): Told => ({
  ...{ of: 'authentication', activity },
  fields: {
    status_id: SUCCESS,
    ...(reason !== undefined && { status_code: reason }),
    user: { uid: personId },
    session: { uid: sessionId },
    service: { name: 'console' },
  },
});

/** Ids that a resource may be called by. */
const RESOURCES = [
  ...['patientId', 'consultationId', 'recordingId', 'personId', 'clinicianId', 'viewerId', 'holdId'],
  'release',
  ...['webhookId', 'deliveryId', 'anomalyId', 'changeId', 'drillId'],
];
const resourcesOf = (data: Fields) =>
  RESOURCES.flatMap((name) =>
    name in data && data[name] !== undefined ? [{ type: name.slice(0, -2), uid: data[name] }] : [],
  );

/** What of an event's data is told as it is: ids, codes, numbers. A new field is told where it is named here, and not before. */
const PICKED = [
  ...[
    'patientId',
    'mergedPatientId',
    'survivingPatientId',
    'consultationId',
    'recordingId',
    'viewId',
    'viewerId',
    'breachId',
    'incidentId',
    'drillId',
    'transferId',
    'viewRevision',
  ],
  ...[
    'purpose',
    'source',
    'rule',
    'released',
    'contentReleased',
    'bytesServed',
    'outcome',
    'occurredAt',
    'kind',
    'count',
  ],
  ...[
    'windowSeconds',
    'route',
    'shown',
    'asOf',
    'format',
    'rows',
    'readId',
    'question',
    'exportId',
    'backtestId',
    'rehearsalId',
    'build',
    'holds',
    'digest',
  ],
];
const picked = (data: Fields): Fields =>
  Object.fromEntries(PICKED.flatMap((name) => (data[name] === undefined ? [] : [[name, data[name]]])));

const asBooked = ({ data }: { readonly data: object }) => command(CREATE, data as Fields);
const asChanged = ({ data }: { readonly data: object }) => command(UPDATE, data as Fields);

const asRun = ({ data }: { readonly data: object }): Told => ({
  ...{ of: 'datastoreActivity', activity: QUERY },
  fields: { status_id: SUCCESS, ...store('access-history') },
  about: picked(data as Fields),
});

/** Every type of the ledger tells something or is machinery; a forgotten one does not compile. */
const told: { readonly [T in LedgerEvent['type']]: ((event: Recorded<Of<T>>) => Told) | 'machinery' } = {
  ConsultationBooked: asBooked,
  ConsultationRescheduled: asChanged,
  ConsultationCancelled: asChanged,
  ConsultationCompleted: asChanged,
  ConsultationMissed: asChanged,
  ParticipantInvited: asChanged,
  ParticipantRemoved: asChanged,
  ConsultationJoined: asChanged,
  ConsultationLeft: asChanged,
  RecordingConsentGiven: asChanged,
  RecordingConsentWithdrawn: asChanged,
  RecordingStored: asBooked,
  RecordingResealed: 'machinery',
  RecordingQuarantined: asChanged,
  RecordingReleased: asChanged,
  RecordingErased: ({ data }) => command(DELETE, data, MEDIUM),
  ReviewerAssigned: ({ data }) =>
    access(ASSIGN_PRIVILEGES, data.reviewerId, `recording:${data.recordingId}`, data.reason),
  RecordingTransferBegan: 'machinery',
  RecordingViewed: ({ data }) => look(data, data.viewerRoles),
  RecordingViewRefused: ({ data }) => look(data, data.viewerRoles, { refusedFor: data.reasonCode }),
  RecordingContentRefused: ({ data, metadata }) => look(data, metadata.actor.roles, { refusedFor: data.reasonCode }),
  PatientsMerged: asChanged,
  PatientsUnmerged: asChanged,
  PatientErased: ({ data }) => command(DELETE, data, HIGH),
  RecordingPlayed: ({ data, metadata }) => look(data, metadata.actor.roles),

  ViewReported: ({ data }) => look({ ...data, source: 'witnessed' }, data.viewerRoles),
  ViewCleared: 'machinery',
  ViewFlagged: ({ data }) => finding(data.viewId, data.rule, severityOf[data.severity], data),
  ViewRevoked: ({ data }) => access(REVOKE_PRIVILEGES, data.viewerId, `view:${data.viewId}`, data.reason),
  ViewerSuspended: ({ data }) => access(REVOKE_PRIVILEGES, data.viewerId, 'views', data.reason),
  ViewerReinstated: ({ data }) => access(ASSIGN_PRIVILEGES, data.viewerId, 'views', data.reason),
  ConsultationsListed: ({ data, metadata }) => ({
    ...{ of: 'datastoreActivity', activity: LIST },
    by: { id: data.viewerId, roles: metadata.actor.roles },
    fields: { status_id: SUCCESS, ...store('consultations') },
    about: picked(data),
  }),
  EgressPrevented: ({ id, data }) => finding(id, `egress-${data.reason ?? 'not-theirs'}`, CRITICAL, data),
  ProbingDetected: ({ id, data }) => finding(id, 'probing', HIGH, data),

  BreachFlagged: ({ data }) => incident(CREATE, NEW, data),
  BreachAcknowledged: ({ data }) => incident(UPDATE, IN_PROGRESS, data),
  BreachContained: ({ data }) => incident(UPDATE, IN_PROGRESS, data),
  PatientNotified: ({ data }) => incident(UPDATE, IN_PROGRESS, data),
  RegulatorNotified: ({ data }) => incident(UPDATE, IN_PROGRESS, data),
  BreachDismissed: ({ data }) => {
    const dismissed = incident(CLOSE, CLOSED, data);
    return { ...dismissed, fields: { ...dismissed.fields, verdict_id: FALSE_POSITIVE } };
  },
  BreachClosed: ({ data }) => incident(CLOSE, CLOSED, data),
  JustificationRead: ({ data }) => ({
    ...{ of: 'datastoreActivity', activity: READ },
    fields: { status_id: SUCCESS, ...store('justifications', data.breachId) },
    about: picked(data),
  }),
  OnCallNotified: 'machinery',

  IncidentOpened: ({ data }) => grouped(CREATE, NEW, data),
  BreachAttached: worked,
  BreachDetached: worked,
  IncidentWidened: worked,
  SeverityRaised: worked,
  IncidentEscalated: worked,
  IncidentAcknowledged: worked,
  AcknowledgementLapsed: worked,
  IncidentAssigned: worked,
  NoteAdded: worked,
  ContainmentTaken: worked,
  AwarenessDeclared: worked,
  AssessmentRecorded: worked,
  AuthorityNotified: worked,
  PeopleNotified: worked,
  ClockRanOut: worked,
  IncidentReopened: worked,
  IncidentMerged: ({ data }) => grouped(CLOSE, CLOSED, data),
  IncidentClosed: ({ data }) => grouped(CLOSE, CLOSED, data),
  PageAttempted: 'machinery',
  PageDelivered: 'machinery',
  PageFailed: 'machinery',
  BreachGrouped: 'machinery',
  GroupEnded: 'machinery',
  GroupMerged: 'machinery',
  BreachesMoved: 'machinery',
  // So that the alerts that follow are not taken for others.
  DrillRequested: asBooked,
  DrillBegan: asChanged,
  DrillCarriedOut: 'machinery',
  DrillReported: asChanged,
  DrillsScheduled: 'machinery',
  DrillMissed: 'machinery',
  SubjectErasureRequested: asBooked,
  SubjectErasureApproved: asChanged,
  SubjectErasureCancelled: asChanged,
  SubjectErasureBegun: asChanged,
  SubjectErased: asChanged,
  BreachTransferBegan: 'machinery',
  BreachBytesServed: 'machinery',

  SessionBegan: ({ data }) => signedIn(LOGON, data),
  SessionEnded: ({ data }) => signedIn(LOGOFF, data, data.reason),
  IssuerSessionUsed: 'machinery',
  PlaybackHalted: ({ data }) => command(UPDATE, data, HIGH),
  PlaybackResumed: asChanged,
  ReleaseHalted: ({ data }) => command(UPDATE, data, HIGH),
  ReleaseResumed: asChanged,

  HistoryRead: ({ data }) => ({
    ...{ of: 'datastoreActivity', activity: QUERY },
    fields: { status_id: SUCCESS, ...store('access-history') },
    // Whose history it was is in the ledger: up to a thousand ids of patients in each.
    about: { ...picked(data), patients: data.patientIds.length },
  }),
  NameAsked: ({ data }) => ({
    ...{ of: 'datastoreActivity', activity: READ },
    fields: { status_id: SUCCESS, ...store('names', data.personId) },
    about: picked(data),
  }),
  ExportRequested: asBooked,
  ExportApproved: asChanged,
  ExportCancelled: asChanged,
  ExportMade: asChanged,
  ExportFailed: asChanged,
  ExportExpired: asChanged,
  ExportDownloaded: ({ data }) => ({
    ...{ of: 'datastoreActivity', activity: QUERY },
    fields: { status_id: SUCCESS, ...store('access-history') },
    about: { ...picked(data), patients: data.patientIds.length },
  }),
  BacktestRun: asRun,
  RehearsalRun: asRun,

  AccessNotificationsChosen: asChanged,
  AccessHoldPlaced: ({ data }) => command(CREATE, data, MEDIUM),
  AccessHoldLifted: asChanged,

  WebhookRegistered: asBooked,
  WebhookSecretRotated: asChanged,
  WebhookRemoved: ({ data }) => command(DELETE, data),
  DeliveryResent: asChanged,

  // Which facts are known of a person stays in the ledger: a key that can be compared says more than an id.
  PersonFactsStated: ({ data }) => command(UPDATE, { personId: data.personId }),
  RuleAdopted: 'machinery',
  RuleChangeProposed: asBooked,
  RuleChangeApproved: ({ data }) => command(UPDATE, data, MEDIUM),
  RuleChangeRejected: asChanged,
  AnomalyFound: ({ data }) =>
    data.explainedBy
      ? command(CREATE, data)
      : finding(data.breachId ?? data.anomalyId, data.rule, anomalySeverityOf[data.severity], data),
  AnomalyExplained: asChanged,

  DeliveryQueued: 'machinery',
  DeliveryAttempted: 'machinery',
  DeliveryClaimed: 'machinery',

  LedgerArriving: asChanged,
  LedgerArrived: asChanged,
  LedgerMoved: asChanged,
  LedgerReopened: asChanged,
  SlotHeld: 'machinery',
  SlotConfirmed: 'machinery',
  SlotReleased: 'machinery',
  MediaSessionBound: 'machinery',
  ContentFiled: 'machinery',
  ProviderEventReceived: 'machinery',
  MediaSessionMatched: 'machinery',
  MediaSessionReconciled: 'machinery',
  MediaSessionSetAside: 'machinery',
  RecordingClaimed: 'machinery',
  RecordingClaimSettled: asChanged,
  RecordingObjectSwept: 'machinery',
};

/** An event that this release cannot read: that there is something is told all the same. */
export type UnreadEvent = {
  readonly id: string;
  readonly stream: string;
  readonly position: bigint;
  readonly recordedAt: string;
};

/** A line of the feed: a CloudEvent 1.0 in structured mode, with an OCSF event as its data. */
export type FeedLine = {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly dataschema: string;
  /** Extension: the `after` that continues behind this line. A string, because integers of CloudEvents have 32 bits. */
  readonly position: string;
  readonly data: Fields;
};

const SOURCE = 'urn:consultation-ledger';

/** Whether an event has a line in the feed. */
export const isInFeed = ({ type }: { readonly type: LedgerEvent['type'] }): boolean => told[type] !== 'machinery';

/** The line of an event; undefined for machinery. */
export const lineOf = (event: Recorded<LedgerEvent>): FeedLine | undefined => {
  const tell = told[event.type] as ((event: Recorded<LedgerEvent>) => Told) | 'machinery';
  if (tell === 'machinery') return undefined;
  const { metadata, type } = event;
  const { of, activity, severity = INFORMATIONAL, by = metadata.actor, fields, about = {} } = tell(event);
  const { actor, appVersion, clientRelease, clientId, $correlationId } = metadata;
  // A finding is about what happened, and has no place for who reported it.
  const isFinding = of === 'detectionFinding' || of === 'incidentFinding';
  const reportedBy = isFinding || by.id !== actor.id ? { reportedBy: actor.id } : {};
  return wrapped(event, type, of, {
    ...baseOf(of, activity, severity, event),
    metadata: { ...productOf(event, appVersion), correlation_uid: $correlationId },
    // The ledger knows which app asked, by the token it was given to and by its release, not from which network.
    ...(!isFinding && {
      actor: { user: userOf(by), ...(clientId !== undefined && { app_uid: clientId }) },
      src_endpoint: { svc_name: clientRelease ?? 'unknown' },
    }),
    ...(of === 'apiActivity' && { api: { operation: type } }),
    ...fields,
    unmapped: { ...about, ...reportedBy },
  });
};

export const unreadLine = (event: UnreadEvent): FeedLine =>
  wrapped(event, 'Unreadable', 'apiActivity', {
    ...baseOf('apiActivity', 0, HIGH, event),
    metadata: productOf(event),
    actor: { app_name: 'unknown' },
    api: { operation: 'Unreadable' },
    src_endpoint: { svc_name: 'unknown' },
    status_id: 0,
    message: 'this release of the ledger cannot read the event',
  });

const baseOf = (of: ClassName, activity: number, severity_id: number, { recordedAt }: { recordedAt: string }) => {
  const { class_uid, category_uid } = classes[of];
  return {
    ...{ class_uid, category_uid, activity_id: activity, type_uid: class_uid * 100 + activity, severity_id },
    time: Date.parse(recordedAt),
  };
};

const productOf = ({ id, stream }: { readonly id: string; readonly stream: string }, appVersion?: string) => ({
  version: OCSF_VERSION,
  product: { name: 'Consultation Ledger', ...(appVersion !== undefined && { version: appVersion }) },
  uid: id,
  log_name: stream,
});

const userOf = ({ id, roles }: Person) => ({
  ...{ uid: id, type_id: roles.includes('service') ? 4 : 1 },
  ...(roles.length > 0 && { groups: roles.map((name) => ({ name })) }),
});

const wrapped = (
  { id, stream, position, recordedAt }: UnreadEvent,
  type: string,
  of: ClassName,
  data: Fields,
): FeedLine => ({
  specversion: '1.0',
  ...{ id, source: SOURCE, type: `consultation-ledger.${type}`, subject: stream, time: recordedAt },
  datacontenttype: 'application/json',
  dataschema: `https://schema.ocsf.io/${OCSF_VERSION}/classes/${classes[of].name}`,
  position: String(position),
  data,
});
