import { Injectable } from '@nestjs/common';
import { mediaStreams, patientStreams } from '../../../events/categories.ts';
import { type Recorded, releasesOf } from '../../../events/event.ts';
import type { MediaEvent } from '../../../events/media-events.ts';
import type { PatientEvent } from '../../../events/patient-events.ts';
import type { RecordingRef } from '../../consultations/refs.ts';
import { Ledger } from '../../ledger/ledger.ts';

/** What a recording, and the consultation that it is of, went through. Views are no steps: they changed nothing of it. */
const WHAT = {
  ConsultationBooked: 'booked',
  ConsultationRescheduled: 'rescheduled',
  ConsultationCancelled: 'cancelled',
  ConsultationCompleted: 'completed',
  ConsultationMissed: 'missed',
  ParticipantInvited: 'invited',
  ParticipantRemoved: 'removed',
  ConsultationJoined: 'joined',
  ConsultationLeft: 'left',
  RecordingConsentGiven: 'consent-given',
  RecordingConsentWithdrawn: 'consent-withdrawn',
  RecordingClaimed: 'claimed',
  RecordingStored: 'filed',
  RecordingResealed: 'resealed',
  RecordingQuarantined: 'quarantined',
  RecordingReleased: 'released',
  ReviewerAssigned: 'reviewer-assigned',
  RecordingErased: 'erased',
} as const satisfies Partial<Record<PatientEvent['type'] | MediaEvent['type'], string>>;
type Told = keyof typeof WHAT;

export const stepKinds = Object.values(WHAT);
type StepKind = (typeof stepKinds)[number];

/** One of them. Ids and codes only, as in the event. */
type Step = {
  readonly what: StepKind;
  readonly at: string;
  readonly by: string;
  readonly appVersion: string;
  readonly clientRelease?: string;
  /** Who joined, left, was invited, agreed, or may review it. */
  readonly personId?: string;
  /** The media session that was joined or left. */
  readonly mediaSessionId?: string;
  /** The bucket that it was claimed from. */
  readonly bucket?: string;
  readonly reason?: string;
  /** Until when it may be reviewed. */
  readonly until?: string;
};

/** Tells what a recording went through, from the events themselves. */
@Injectable()
export class ProvenanceSteps {
  constructor(private readonly ledger: Ledger) {}

  /** From the booking on, in the order of the log; nothing of other recordings of the consultation. @throws LedgerUnavailable, UnreadableEvent */
  async of({ patientId, consultationId, recordingId }: RecordingRef, mediaSessionId: string): Promise<Step[]> {
    const found: Recorded<PatientEvent | MediaEvent>[] = [];
    for await (const event of this.ledger.store.read(patientStreams.of(patientId))) {
      const { data } = event;
      const isOfIt = 'consultationId' in data && data.consultationId === consultationId;
      if (isTold(event.type) && isOfIt && (!('recordingId' in data) || data.recordingId === recordingId))
        found.push(event);
    }
    const claims = new Map<string, Recorded<MediaEvent>>();
    for await (const event of this.ledger.store.read(mediaStreams.of(mediaSessionId))) {
      if (event.type === 'RecordingClaimed') claims.set(event.data.claimId, event);
      if (event.type !== 'RecordingClaimSettled' || event.data.recordingId !== recordingId) continue;
      const claim = claims.get(event.data.claimId);
      if (claim) found.push(claim);
    }
    return found.sort((a, b) => (a.position < b.position ? -1 : 1)).map(stepOf);
  }
}

const isTold = (type: string): type is Told => type in WHAT;

const stepOf = (event: Recorded<PatientEvent | MediaEvent>): Step => {
  const { type, data, recordedAt: at, metadata } = event;
  const said: Readonly<Record<string, unknown>> = data;
  const text = (name: string): string | undefined => (typeof said[name] === 'string' ? said[name] : undefined);
  return {
    ...{ what: WHAT[type as Told], at, by: metadata.actor.id, ...releasesOf(event) },
    ...present({
      personId: text('personId') ?? text('reviewerId'),
      mediaSessionId: type === 'RecordingStored' || type === 'RecordingClaimed' ? undefined : text('mediaSessionId'),
      ...{ bucket: text('bucket'), reason: text('reason') ?? text('reasonCode'), until: text('until') },
    }),
  };
};

const present = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
