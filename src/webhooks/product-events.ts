import type { LedgerEvent } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import type { ViewerEvent } from '../../events/viewer-events.ts';
import type { ToldEvent } from '../../events/webhook-events.ts';
import { shown } from '../request/person-id.ts';

type Source = PatientEvent | ViewerEvent;
type Of<T> = Extract<Source, { type: T }>;

/** Every product event there is, in the order of the documentation. */
export const productTypes = [
  'consultation.booked',
  'consultation.rescheduled',
  'consultation.cancelled',
  'consultation.completed',
  'consultation.missed',
  'consultation.participant-invited',
  'consultation.participant-removed',
  'consultation.joined',
  'consultation.left',
  'recording.consent-given',
  'recording.consent-withdrawn',
  'recording.stored',
  'recording.quarantined',
  'recording.released',
  'recording.erased',
  'access.recorded',
  'access.emergency',
  'access.refused',
  'access.content-refused',
  'access.flagged',
  'access.revoked',
  'access.suspended',
  'access.reinstated',
] as const;
export type ProductType = (typeof productTypes)[number];

/** The product event that each event of a patient or a viewer becomes; one that is forgotten does not compile. */
const told: { readonly [T in Source['type']]: ProductType | ((event: Of<T>) => ProductType) | 'not told' } = {
  ConsultationBooked: 'consultation.booked',
  ConsultationRescheduled: 'consultation.rescheduled',
  ConsultationCancelled: 'consultation.cancelled',
  ConsultationCompleted: 'consultation.completed',
  ConsultationMissed: 'consultation.missed',
  ParticipantInvited: 'consultation.participant-invited',
  ParticipantRemoved: 'consultation.participant-removed',
  ConsultationJoined: 'consultation.joined',
  ConsultationLeft: 'consultation.left',
  RecordingConsentGiven: 'recording.consent-given',
  RecordingConsentWithdrawn: 'recording.consent-withdrawn',
  RecordingStored: 'recording.stored',
  // How its bytes lie in the store is the ledger's own affair.
  RecordingResealed: 'not told',
  RecordingQuarantined: 'recording.quarantined',
  RecordingReleased: 'recording.released',
  RecordingErased: 'recording.erased',
  RecordingViewed: ({ data }) => (data.purpose === 'emergency' ? 'access.emergency' : 'access.recorded'),
  RecordingViewRefused: 'access.refused',
  RecordingContentRefused: 'access.content-refused',
  // A backend is told of the view itself.
  ReviewerAssigned: 'not told',
  // What left is counted for breaches; a backend that shows who looked is told of the view.
  RecordingTransferBegan: 'not told',
  RecordingPlayed: 'not told',
  // The backend that keeps the identities asked for it.
  PatientsMerged: 'not told',
  PatientsUnmerged: 'not told',
  // Each recording of theirs is told of.
  PatientErased: 'not told',

  ViewFlagged: 'access.flagged',
  ViewRevoked: 'access.revoked',
  ViewerSuspended: 'access.suspended',
  ViewerReinstated: 'access.reinstated',
  // The view was told of, and a verdict that clears it changes nothing.
  ViewCleared: 'not told',
  // Breaches: on-call is paged.
  EgressPrevented: 'not told',
  ViewReported: 'not told',
  ProbingDetected: 'not told',
  // A list that a person was shown is no access to a recording.
  ConsultationsListed: 'not told',
};

/** The types of the ledger that become product events. */
export const toldTypes = Object.entries(told).flatMap(([type, as]) =>
  as === 'not told' ? [] : [type as Source['type']],
);

/** What leaves of an event's data: these ids, and no code, time or text. */
const IDS = [
  'patientId',
  'consultationId',
  'recordingId',
  'viewId',
  'viewerId',
  'clinicianId',
  'personId',
  'mediaSessionId',
  'deviceId',
] as const;

export type ProductEvent = ToldEvent & { readonly type: ProductType };

/** What receivers are told of an event; undefined where that is nothing. */
export const productEventOf = (event: Recorded<LedgerEvent>): ProductEvent | undefined => {
  const as = Object.hasOwn(told, event.type)
    ? (told[event.type as Source['type']] as ProductType | ((event: Recorded<LedgerEvent>) => ProductType) | 'not told')
    : 'not told';
  if (as === 'not told') return undefined;
  const { id, stream, recordedAt, position, revision } = event;
  const data = event.data as Readonly<Record<string, unknown>>;
  const ids = IDS.flatMap((name) => (typeof data[name] === 'string' ? [[name, data[name]]] : []));
  return {
    ...{ id, type: typeof as === 'string' ? as : as(event), subject: stream, time: recordedAt },
    data: { ...Object.fromEntries(ids), position: Number(position), revision },
  };
};

export const CONTENT_TYPE = 'application/cloudevents+json';

/** A CloudEvent 1.0 in structured mode, the same text however often it is made. */
export const cloudEvent = ({ id, type, subject, time, data }: ToldEvent): string =>
  JSON.stringify({
    ...{ specversion: '1.0', id, source: 'urn:consultation-ledger', type, subject, time },
    ...{ datacontenttype: 'application/json', data: shown(data) },
  });

const families = [...new Set(productTypes.map((type) => type.slice(0, type.indexOf('.'))))];

/** What a webhook may ask for: a type, all of a family, or everything. */
export const patterns: ReadonlySet<string> = new Set([
  '*',
  ...families.map((family) => `${family}.*`),
  ...productTypes,
]);

export const wants = (asked: readonly string[], type: string): boolean =>
  asked.some((pattern) => pattern === '*' || pattern === type || pattern === `${type.split('.')[0]}.*`);
