import { Change, handles } from '../command-path/change.ts';
import {
  type Booking,
  type Completion,
  Consultations,
  type NoShow,
  type Rescheduling,
  type Scheduled,
} from './consultations.ts';
import type * as decide from './decide.ts';
import type { ConsultationAnswer } from './patients.ts';

class ChangeConsultation<Input> extends Change<Input, ConsultationAnswer> {}

export class BookConsultation extends Change<Booking, Scheduled> {}
export class RescheduleConsultation extends Change<Rescheduling, Scheduled> {}
export class CancelConsultation extends ChangeConsultation<decide.CancelConsultation> {}
export class CompleteConsultation extends ChangeConsultation<Completion> {}
export class MissConsultation extends ChangeConsultation<NoShow> {}
export class InviteParticipant extends ChangeConsultation<decide.InviteParticipant> {}
export class RemoveParticipant extends ChangeConsultation<decide.RemoveParticipant> {}
export class JoinConsultation extends ChangeConsultation<decide.JoinConsultation> {}
export class LeaveConsultation extends ChangeConsultation<decide.LeaveConsultation> {}
export class GiveConsent extends ChangeConsultation<decide.GiveConsent> {}

export const consultationCommands = [
  handles(BookConsultation, Consultations, (its, change) => its.book(change)),
  handles(RescheduleConsultation, Consultations, (its, change) => its.reschedule(change)),
  handles(CancelConsultation, Consultations, (its, change) => its.cancel(change)),
  handles(CompleteConsultation, Consultations, (its, change) => its.complete(change)),
  handles(MissConsultation, Consultations, (its, change) => its.miss(change)),
  handles(InviteParticipant, Consultations, (its, change) => its.invite(change)),
  handles(RemoveParticipant, Consultations, (its, change) => its.remove(change)),
  handles(JoinConsultation, Consultations, (its, change) => its.join(change)),
  handles(LeaveConsultation, Consultations, (its, change) => its.leave(change)),
  handles(GiveConsent, Consultations, (its, change) => its.consent(change)),
];
