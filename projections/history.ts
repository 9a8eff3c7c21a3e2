import type { Recipient } from '../events/auditor-events.ts';
import type { LedgerEvent } from '../events/categories.ts';
import type { Recorded } from '../events/event.ts';
import { isSealed, type Sealable } from '../events/sealed.ts';
import type { Capacity, Purpose, Severity, ViewSource } from '../events/values.ts';

/** What a row of the access history tells. */
export const historyKinds = [
  'shown',
  'opened',
  'refused',
  'played',
  'cleared',
  'flagged',
  'revoked',
  'suspended',
  'reinstated',
  'probing',
  'egress-prevented',
  'halted',
  'resumed',
  'quarantined',
  'released',
  'erased',
  'read',
  'exported',
  'audited',
  'unreadable',
  'created',
  'changed',
] as const;
export type HistoryKind = (typeof historyKinds)[number];

/** Neither an exposure nor a control of one, but a change of the patient's record: for audit in FHIR, and where a question names them. */
const changeKinds: readonly HistoryKind[] = ['created', 'changed'];
/** What a question about access is about, where it names no kinds. */
export const exposureKinds: readonly HistoryKind[] = historyKinds.filter((kind) => !changeKinds.includes(kind));

/** One exposure or one control of it, by one event. Ids and codes only, as in the event. */
export type HistoryRow = {
  /** Of the event in `$all`. */
  readonly position: bigint;
  /** Which of the event's rows it is, from 0: a list shows several consultations. */
  readonly part: number;
  /** Record time, ISO-8601 UTC. */
  readonly at: string;
  readonly kind: HistoryKind;
  /** Who was shown, opened, received, was refused, was suspended …; missing where the fact is about no person. */
  readonly viewerId?: string;
  readonly viewerRoles?: readonly string[];
  readonly patientId?: string;
  readonly consultationId?: string;
  readonly recordingId?: string;
  /** Of a list: what of the consultation it showed. */
  readonly recordingIds?: readonly string[];
  readonly viewId?: string;
  /** The breach of a flag; of a flagged view it is called as the view. */
  readonly breachId?: string;
  readonly purpose?: Purpose;
  readonly source?: ViewSource;
  /** Of a verdict. */
  readonly severity?: Severity;
  readonly rule?: string;
  /** Why: of refusals, suspensions, quarantine and the like. */
  readonly reason?: string;
  /** Of a flagged view that may be played all the same. */
  readonly contentReleased?: boolean;
  /** When a witnessed view is said to have happened. */
  readonly occurredAt?: string;
  readonly bytesServed?: number;
  /** Of a transfer; the end of one may have been recorded twice. */
  readonly transferId?: string;
  /** How a transfer ended. */
  readonly outcome?: string;
  /** Of an exported row: the export, and who it was made for outside of the organisation. */
  readonly exportId?: string;
  readonly recipient?: string;
  readonly recipientAddress?: string;
  /** In place of these two: what the event has sealed. */
  readonly sealedRecipient?: string;
  /** Who did it, where that is not the viewer: the officer who suspended, the service that reported. */
  readonly actorId: string;
  readonly clientRelease?: string;
  /** The app that the actor's token was issued to. */
  readonly clientId?: string;
  readonly appVersion: string;
  readonly eventId: string;
  readonly stream: string;
  readonly revision: number;
};

/** Fields that come from the event's own envelope. */
type Envelope =
  | 'position'
  | 'part'
  | 'at'
  | 'actorId'
  | 'clientRelease'
  | 'clientId'
  | 'appVersion'
  | 'eventId'
  | 'stream'
  | 'revision';
type Told = Omit<HistoryRow, Envelope>;
type Of<T> = Extract<LedgerEvent, { type: T }>;

/** Every type of the ledger tells something or is no exposure and no control of one; a forgotten one does not compile. */
const told: {
  readonly [T in LedgerEvent['type']]: ((event: Recorded<Of<T>>) => Told | readonly Told[] | undefined) | 'no row';
} = {
  ConsultationBooked: (event) => change('created', 'booked', event),
  ConsultationRescheduled: (event) => change('changed', 'rescheduled', event),
  ConsultationCancelled: (event) => change('changed', 'cancelled', event),
  ConsultationCompleted: (event) => change('changed', 'completed', event),
  ConsultationMissed: (event) => change('changed', 'missed', event),
  ParticipantInvited: (event) => change('changed', 'invited', event),
  ParticipantRemoved: (event) => change('changed', 'removed', event),
  ConsultationJoined: (event) => change('changed', 'joined', event),
  ConsultationLeft: (event) => change('changed', 'left', event),
  RecordingConsentGiven: (event) => change('changed', 'consent-given', event),
  RecordingConsentWithdrawn: (event) => change('changed', 'consent-withdrawn', event),
  // On both streams, so that either id's history tells it.
  PatientsMerged: (event) => change('changed', 'merged', event),
  PatientsUnmerged: (event) => change('changed', 'unmerged', event),
  // Each of their recordings has a row of its own.
  PatientErased: 'no row',
  RecordingStored: (event) => change('created', 'recorded', event),
  // What may have left until its end is told, and then what did.
  RecordingTransferBegan: 'no row',
  // How its bytes lie in the store; who may see them, and who did, is the same.
  RecordingResealed: 'no row',
  RecordingQuarantined: ({ data }) => ({ kind: 'quarantined', ...filed(data), reason: data.reason }),
  // Who may watch has seen nothing yet: the view has a row, with its purpose.
  ReviewerAssigned: 'no row',
  RecordingReleased: ({ data }) => ({ kind: 'released', ...filed(data), reason: data.reason }),
  RecordingErased: ({ data }) => ({ kind: 'erased', ...filed(data), reason: data.reason }),
  RecordingViewed: ({ data }) => opened(data),
  RecordingViewRefused: ({ data }) => ({
    kind: 'refused',
    ...view(data),
    viewerRoles: data.viewerRoles,
    purpose: data.purpose,
    reason: data.reasonCode,
  }),
  RecordingContentRefused: ({ data, metadata }) => ({
    kind: 'refused',
    ...view(data),
    viewerRoles: metadata.actor.roles,
    reason: data.reasonCode,
  }),
  RecordingPlayed: ({ data }) => ({
    kind: 'played',
    ...view(data),
    ...optional({ transferId: data.transferId }),
    bytesServed: data.bytesServed,
    outcome: data.outcome,
  }),

  ViewCleared: ({ data }) => ({ kind: 'cleared', ...view(data), purpose: data.purpose, source: data.source }),
  ViewFlagged: ({ data }) => ({
    kind: 'flagged',
    ...view(data),
    breachId: data.viewId,
    purpose: data.purpose,
    source: data.source,
    severity: data.severity,
    rule: data.rule,
    contentReleased: data.released,
  }),
  ViewRevoked: ({ data }) => ({ kind: 'revoked', viewerId: data.viewerId, viewId: data.viewId, reason: data.reason }),
  // A view in a consultation that the ledger does not know: it has the report alone.
  ViewReported: ({ data }) => opened({ ...data, source: 'witnessed' }),
  ConsultationsListed: ({ data, metadata }) =>
    data.shown.map(({ patientId, consultationId, recordingIds }) => ({
      kind: 'shown',
      ...{ viewerId: data.viewerId, viewerRoles: metadata.actor.roles, patientId, consultationId, recordingIds },
    })),
  EgressPrevented: ({ data }) => ({
    kind: 'egress-prevented',
    viewerId: data.viewerId,
    ...optional({ patientId: data.patientId, consultationId: data.consultationId, recordingId: data.recordingId }),
    reason: data.reason ?? 'not-theirs',
  }),
  ProbingDetected: ({ data }) => ({ kind: 'probing', viewerId: data.viewerId, reason: data.kind }),
  ViewerSuspended: ({ data }) => ({ kind: 'suspended', viewerId: data.viewerId, reason: data.reason }),
  ViewerReinstated: ({ data }) => ({ kind: 'reinstated', viewerId: data.viewerId, reason: data.reason }),

  // The breach of a view that the second key flagged tells what its ViewFlagged told.
  BreachFlagged: ({ data }) =>
    data.viewRevision !== undefined
      ? undefined
      : {
          kind: 'flagged',
          ...optional({
            ...{ viewerId: data.viewerId, patientId: data.patientId, consultationId: data.consultationId },
            ...{ recordingId: data.recordingId, purpose: data.purpose, source: data.source },
          }),
          breachId: data.breachId,
          severity: data.severity,
          rule: data.rule,
          contentReleased: data.contentReleased,
        },
  JustificationRead: ({ data, metadata }) => ({
    kind: 'read',
    viewerId: data.readerId,
    viewerRoles: metadata.actor.roles,
    breachId: data.breachId,
  }),
  BreachTransferBegan: 'no row',
  BreachBytesServed: 'no row',
  OnCallNotified: 'no row',
  BreachAcknowledged: 'no row',
  BreachContained: 'no row',
  BreachDismissed: 'no row',
  PatientNotified: 'no row',
  RegulatorNotified: 'no row',
  BreachClosed: 'no row',

  // What on-call does about breaches: what it stops has events of its own.
  IncidentOpened: 'no row',
  BreachAttached: 'no row',
  BreachDetached: 'no row',
  IncidentWidened: 'no row',
  IncidentMerged: 'no row',
  SeverityRaised: 'no row',
  IncidentEscalated: 'no row',
  PageAttempted: 'no row',
  PageDelivered: 'no row',
  PageFailed: 'no row',
  IncidentAcknowledged: 'no row',
  AcknowledgementLapsed: 'no row',
  IncidentAssigned: 'no row',
  NoteAdded: 'no row',
  ContainmentTaken: 'no row',
  AwarenessDeclared: 'no row',
  AssessmentRecorded: 'no row',
  AuthorityNotified: 'no row',
  PeopleNotified: 'no row',
  ClockRanOut: 'no row',
  IncidentClosed: 'no row',
  IncidentReopened: 'no row',
  BreachGrouped: 'no row',
  GroupEnded: 'no row',
  GroupMerged: 'no row',
  BreachesMoved: 'no row',
  // The views of a drill are views, and have rows as such; what people of a drill have is in no register.
  DrillRequested: 'no row',
  DrillBegan: 'no row',
  DrillCarriedOut: 'no row',
  DrillReported: 'no row',
  DrillsScheduled: 'no row',
  DrillMissed: 'no row',
  // What officers decide about a patient is at the erasure; that their recordings are gone has rows.
  SubjectErasureRequested: 'no row',
  SubjectErasureApproved: 'no row',
  SubjectErasureCancelled: 'no row',
  SubjectErasureBegun: 'no row',
  SubjectErased: 'no row',

  PlaybackHalted: ({ data }) => ({ kind: 'halted', reason: data.reason }),
  PlaybackResumed: ({ data }) => ({ kind: 'resumed', reason: data.reason }),
  ReleaseHalted: ({ data }) => ({ kind: 'halted', reason: data.reason }),
  ReleaseResumed: ({ data }) => ({ kind: 'resumed', reason: data.reason }),

  SlotHeld: 'no row',
  SlotConfirmed: 'no row',
  SlotReleased: 'no row',
  MediaSessionBound: 'no row',
  // Who signs in has seen nothing yet.
  SessionBegan: 'no row',
  SessionEnded: 'no row',
  IssuerSessionUsed: 'no row',
  ContentFiled: 'no row',
  // Who was in a session is told by the joins on the patient's stream, and which of its files were kept, by the recordings there.
  ProviderEventReceived: 'no row',
  MediaSessionMatched: 'no row',
  MediaSessionReconciled: 'no row',
  MediaSessionSetAside: 'no row',
  RecordingClaimed: 'no row',
  RecordingClaimSettled: 'no row',
  RecordingObjectSwept: 'no row',
  // Where product events go is configuration; the product's own backend is told ids alone.
  WebhookRegistered: 'no row',
  WebhookSecretRotated: 'no row',
  WebhookRemoved: 'no row',
  DeliveryQueued: 'no row',
  DeliveryAttempted: 'no row',
  DeliveryClaimed: 'no row',
  DeliveryResent: 'no row',
  // Facts about people and how rules are set expose no recording. What a rule fires on is told by the breach that it opens.
  PersonFactsStated: 'no row',
  RuleAdopted: 'no row',
  RuleChangeProposed: 'no row',
  RuleChangeApproved: 'no row',
  RuleChangeRejected: 'no row',
  AnomalyFound: 'no row',
  AnomalyExplained: 'no row',
  LedgerArriving: 'no row',
  LedgerArrived: 'no row',
  LedgerMoved: 'no row',
  LedgerReopened: 'no row',

  HistoryRead: ({ data, metadata }) =>
    data.patientIds.map((patientId) => ({
      kind: 'audited',
      ...{ viewerId: data.auditorId, viewerRoles: metadata.actor.roles, patientId },
    })),
  // What a patient chose is no exposure. A hold is a control of what patients are told, and no row all the same: the history is given to
  // patients, too, and a row of it would tell them of the hold.
  AccessNotificationsChosen: 'no row',
  AccessHoldPlaced: 'no row',
  AccessHoldLifted: 'no row',
  // A name shows nothing of what the ledger keeps.
  NameAsked: 'no row',
  BacktestRun: 'no row',
  RehearsalRun: 'no row',
  ExportRequested: 'no row',
  ExportApproved: 'no row',
  ExportCancelled: 'no row',
  ExportMade: 'no row',
  ExportFailed: 'no row',
  ExportExpired: 'no row',
  // Only now it leaves: an export that no officer fetched showed nothing.
  ExportDownloaded: ({ data, metadata }) =>
    data.patientIds.map((patientId) => ({
      kind: 'exported',
      ...{ viewerId: data.downloadedBy, viewerRoles: metadata.actor.roles, patientId },
      ...{ exportId: data.exportId, reason: data.purpose },
      ...optional(recipientIn(data.recipient)),
    })),
};

const recipientIn = (recipient: Sealable<Recipient> | undefined) =>
  isSealed(recipient)
    ? { sealedRecipient: recipient.sealed }
    : { recipient: recipient?.name, recipientAddress: recipient?.address };

/** Who takes part in a consultation, or in all of one patient's, from an event on. */
export type Participation = {
  readonly position: bigint;
  /** Record time, ISO-8601 UTC. */
  readonly at: string;
  readonly patientId: string;
  /** Empty where it is about all of the patient's, booked before or since. */
  readonly consultationId: string;
  readonly personId: string;
  /** `merged`: the patient under another id, until `unmerged`. */
  readonly capacity: Capacity | 'none' | 'merged' | 'unmerged';
  /** Believed only where this person is the consultation's booked clinician; missing where the event itself shows an actor who may say so. */
  readonly hostId?: string;
};

/**
 * What an event says of who takes part in a consultation; nothing where its actor may not say so, as for the second key (`recording-access.ts`):
 * the patient, the booked clinician and services invite and remove, and a consultation is booked by its own patient or clinician or by a service.
 * That two ids are one person says a service or an officer who is neither of them, on the stream of the merged one.
 */
export const participationIn = (event: Recorded<LedgerEvent>): readonly Participation[] => {
  const { type, data, position, recordedAt: at, metadata } = event;
  const { id: actorId, roles } = metadata.actor;
  const isService = roles.includes('service');
  switch (type) {
    case 'ConsultationBooked': {
      const { patientId, consultationId, clinicianId } = data;
      const isTheirs =
        (actorId === patientId && roles.includes('patient')) ||
        (actorId === clinicianId && roles.includes('clinician'));
      if (!isTheirs && !isService) return [];
      const booked = { position, at, patientId, consultationId };
      return [
        { ...booked, personId: patientId, capacity: 'patient' },
        { ...booked, personId: clinicianId, capacity: 'clinician' },
      ];
    }
    case 'ParticipantInvited':
    case 'ParticipantRemoved': {
      const { patientId, consultationId, personId } = data;
      const capacity = type === 'ParticipantInvited' ? data.capacity : 'none';
      const change = { position, at, patientId, consultationId, personId, capacity } as const;
      return [actorId === patientId || isService ? change : { ...change, hostId: actorId }];
    }
    case 'PatientsMerged':
    case 'PatientsUnmerged': {
      const { patientId, mergedPatientId, survivingPatientId: personId } = data;
      const maySay = (isService || roles.includes('compliance')) && actorId !== patientId && actorId !== personId;
      if (patientId !== mergedPatientId || patientId === personId || !maySay) return [];
      const capacity = type === 'PatientsMerged' ? 'merged' : 'unmerged';
      return [{ position, at, patientId, consultationId: '', personId, capacity }];
    }
    default:
      return [];
  }
};

/** The rows of one event, in order. */
export const rowsOf = (event: Recorded<LedgerEvent>): readonly HistoryRow[] => {
  const tell = told[event.type] as ((event: Recorded) => Told | readonly Told[] | undefined) | 'no row';
  const rows = tell === 'no row' ? undefined : tell(event);
  if (rows === undefined) return [];
  return isSeveral(rows) ? rows.map((row, part) => placed(row, part, event)) : [placed(rows, 0, event)];
};

const isSeveral = (rows: Told | readonly Told[]): rows is readonly Told[] => Array.isArray(rows);

/** Every field by its name, told or not: whole histories pass here, and rows of one shape are made, copied and written several times faster. */
const placed = (
  row: Told,
  part: number,
  { position, recordedAt, id, stream, revision, metadata }: Recorded,
): HistoryRow => {
  const answer: { readonly [F in keyof Required<HistoryRow>]: HistoryRow[F] | undefined } = {
    position,
    part,
    at: recordedAt,
    kind: row.kind,
    viewerId: row.viewerId,
    viewerRoles: row.viewerRoles,
    patientId: row.patientId,
    consultationId: row.consultationId,
    recordingId: row.recordingId,
    recordingIds: row.recordingIds,
    viewId: row.viewId,
    breachId: row.breachId,
    purpose: row.purpose,
    source: row.source,
    severity: row.severity,
    rule: row.rule,
    reason: row.reason,
    contentReleased: row.contentReleased,
    occurredAt: row.occurredAt,
    bytesServed: row.bytesServed,
    transferId: row.transferId,
    outcome: row.outcome,
    exportId: row.exportId,
    recipient: row.recipient,
    recipientAddress: row.recipientAddress,
    sealedRecipient: row.sealedRecipient,
    actorId: metadata.actor.id,
    clientRelease: metadata.clientRelease,
    clientId: metadata.clientId,
    appVersion: metadata.appVersion,
    eventId: id,
    stream,
    revision,
  };
  return answer as HistoryRow;
};

type Ids = { patientId: string; consultationId: string; recordingId: string };

const filed = ({ patientId, consultationId, recordingId }: Ids) => ({ patientId, consultationId, recordingId });

const view = (data: Ids & { viewId: string; viewerId: string }) => ({
  viewerId: data.viewerId,
  viewId: data.viewId,
  ...filed(data),
});

/** The person it was done by stands where a viewer does: both are whom an audit asks about. */
const change = (
  kind: 'created' | 'changed',
  reason: string,
  { data, metadata: { actor } }: Pick<Recorded, 'metadata'> & { data: Pick<Ids, 'patientId'> & Partial<Ids> },
): Told => ({
  kind,
  ...{ viewerId: actor.id, viewerRoles: actor.roles, patientId: data.patientId },
  ...optional({ consultationId: data.consultationId, recordingId: data.recordingId }),
  reason,
});

const opened = (data: Omit<Of<'RecordingViewed'>['data'], 'expiresAt' | 'releaseMode'>): Told => ({
  kind: 'opened',
  ...view(data),
  ...{ viewerRoles: data.viewerRoles, purpose: data.purpose, source: data.source },
  ...(data.occurredAt !== undefined && { occurredAt: data.occurredAt }),
});

const optional = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
