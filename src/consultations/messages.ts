import { z } from 'zod';
import type { PatientEvent } from '../../events/patient-events.ts';
import { Id, ProviderId } from '../../events/values.ts';
import type { Messages } from '../http/channels.ts';
import { PersonId } from '../request/person-id.ts';

/** A look at a recording is not a change of the consultation; `compliance/accesses/notices.gateway.ts` tells of those. */
const IS_ANNOUNCED = {
  ConsultationBooked: true,
  ConsultationRescheduled: true,
  ConsultationCancelled: true,
  ConsultationCompleted: true,
  ConsultationMissed: true,
  ParticipantInvited: true,
  ParticipantRemoved: true,
  ConsultationJoined: true,
  ConsultationLeft: true,
  RecordingConsentGiven: true,
  RecordingConsentWithdrawn: true,
  RecordingStored: true,
  RecordingResealed: false,
  RecordingQuarantined: true,
  RecordingReleased: true,
  RecordingErased: true,
  ReviewerAssigned: false,
  RecordingViewed: false,
  RecordingViewRefused: false,
  RecordingContentRefused: false,
  RecordingTransferBegan: false,
  RecordingPlayed: false,
  PatientsMerged: false,
  PatientsUnmerged: false,
  PatientErased: false,
} as const satisfies Record<PatientEvent['type'], boolean>;

type Announced = {
  [T in PatientEvent['type']]: (typeof IS_ANNOUNCED)[T] extends true ? T : never;
}[PatientEvent['type']];

export const isAnnounced = (type: PatientEvent['type']): type is Announced => IS_ANNOUNCED[type];

const announced = (Object.keys(IS_ANNOUNCED) as PatientEvent['type'][]).filter(isAnnounced);

const ConsultationChangedSchema = z
  .object({
    patientId: PersonId,
    consultationId: Id,
    type: z.enum(announced as [Announced, ...Announced[]]).describe('of the event'),
    revision: z.int().nonnegative().describe('from which on to read it (`X-Min-Revision`)'),
    personId: PersonId.optional().describe('who joined or left'),
    deviceId: ProviderId.optional().describe('on which of their devices, where it was named'),
  })
  .meta({ id: 'ConsultationChanged' });

/** What an app on `/me` hears: something about one of the person's consultations changed, and from which revision on to read it. */
export type ConsultationChanged = z.output<typeof ConsultationChangedSchema>;

export const tellsOfConsultations = {
  'consultation.changed': { says: 'one of the caller’s consultations changed', schema: ConsultationChangedSchema },
} as const satisfies Messages;
