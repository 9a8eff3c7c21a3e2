import { accountEvents } from './account-events.ts';
import { auditorEvents } from './auditor-events.ts';
import { breachEvents } from './breach-events.ts';
import { type Category, category, type EventIn, single } from './category.ts';
import { contentEvents } from './content-events.ts';
import { diaryEvents } from './diary-events.ts';
import { drillEvents, drillScheduleEvents } from './drill-events.ts';
import { erasureEvents } from './erasure-events.ts';
import { homeEvents } from './home-events.ts';
import { housekeepingEvents } from './housekeeping-events.ts';
import { groupingEvents, incidentEvents } from './incident-events.ts';
import { mediaEvents } from './media-events.ts';
import { patientEvents } from './patient-events.ts';
import { personEvents } from './person-events.ts';
import { playbackEvents } from './playback-events.ts';
import { privacyEvents } from './privacy-events.ts';
import { anomalyEvents, rulesEvents } from './rule-events.ts';
import { sessionEvents } from './session-events.ts';
import { viewerEvents } from './viewer-events.ts';
import { deliveryEvents, webhookEvents } from './webhook-events.ts';

export const patientStreams = category('patient-', patientEvents, ({ patientId }) => patientId);
export const diaryStreams = category('diary-', diaryEvents, ({ personId }) => personId);
export const viewerStreams = category('viewer-', viewerEvents, ({ viewerId }) => viewerId);
export const breachStreams = category('breach-', breachEvents, ({ breachId }) => breachId);
export const incidentStreams = category('incident-', incidentEvents, ({ incidentId }) => incidentId);
export const groupingStream = single('grouping', groupingEvents);
export const drillStreams = category('drill-', drillEvents, ({ drillId }) => drillId);
export const drillSchedule = single('drills', drillScheduleEvents);
export const auditorStreams = category('auditor-', auditorEvents, ({ auditorId }) => auditorId);
export const privacyStreams = category('privacy-', privacyEvents, ({ patientId }) => patientId);
export const sessionStreams = category('session-', sessionEvents, ({ mediaSessionId }) => mediaSessionId);
export const contentStreams = category('content-', contentEvents, ({ sha256 }) => sha256);
export const mediaStreams = category('media-', mediaEvents, ({ mediaSessionId }) => mediaSessionId);
export const accountStreams = category('account-', accountEvents, ({ accountId }) => accountId);
export const playbackSwitch = single('playback-switch', playbackEvents);
export const housekeepingStream = single('recordings-housekeeping', housekeepingEvents);
export const webhooksStream = single('webhooks', webhookEvents);
export const deliveryStreams = category('delivery-', deliveryEvents, ({ deliveryId }) => deliveryId);
export const personStreams = category('person-', personEvents, ({ personId }) => personId);
export const rulesStream = single('rules-in-force', rulesEvents);
export const anomalyStreams = category('anomaly-', anomalyEvents, ({ anomalyId }) => anomalyId);
export const erasureStreams = category('erasure-', erasureEvents, ({ erasureId }) => erasureId);
/** Where the ledger lives, as far as this store knows. Each store has its own; it is not copied. */
export const homeStream = single('ledger-home', homeEvents);

/** Every stream the product writes; system streams and other products' streams on the same cluster are none of its business. */
export const categories = [
  patientStreams,
  diaryStreams,
  viewerStreams,
  breachStreams,
  incidentStreams,
  groupingStream,
  drillStreams,
  drillSchedule,
  auditorStreams,
  privacyStreams,
  sessionStreams,
  contentStreams,
  mediaStreams,
  accountStreams,
  playbackSwitch,
  housekeepingStream,
  webhooksStream,
  deliveryStreams,
  personStreams,
  rulesStream,
  anomalyStreams,
  erasureStreams,
  homeStream,
] as const;

/** Every event of the ledger. */
export type LedgerEvent = EventIn<(typeof categories)[number]>;

/** The category of a stream; undefined for streams that are not the ledger's. */
export const categoryOf = (stream: string): Category | undefined => categories.find(({ holds }) => holds(stream));
