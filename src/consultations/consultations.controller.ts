import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { Caller } from '../auth/caller.decorator.ts';
import { Forbidden } from '../auth/errors.ts';
import { Commands } from '../command-path/commands.ts';
import { type ConditionalCause, ConditionalCauseOf } from '../http/cause.ts';
import { MinRevision } from '../http/conditional.ts';
import { ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import { ValidationFailed } from '../http/problems.ts';
import { sends } from '../http/response-headers.ts';
import { WithRevision } from '../http/revision-tag.ts';
import { encodeCursor } from '../http/schemas.ts';
import { type Actor, hasRole } from '../request/actor.ts';
import { asIssued } from '../request/person-id.ts';
import * as changes from './commands.ts';
import type { Scheduled } from './consultations.ts';
import type * as decide from './decide.ts';
import { assertOfNoDrill } from './drill-ids.ts';
import { PatientNotFound } from './errors.ts';
import {
  ClinicianAvailability,
  GetConsultation,
  type ListAnswer,
  ListDiaryConsultations,
  ListPatientConsultations,
  MyConsultations,
} from './queries.ts';
import type { ConsultationRef } from './refs.ts';
import * as schemas from './schemas.ts';

type Params<S extends z.ZodType> = z.output<S>;

const one = { description: 'the consultation as it is now', standardSchema: schemas.ConsultationAnswerSchema };
const scheduled = { description: 'the consultation as it is now', standardSchema: schemas.ScheduledAnswerSchema };
const many = {
  description: 'a page, newest first unless asked for otherwise',
  standardSchema: schemas.ListAnswerSchema,
};

/** A service speaks for the people it serves; any other caller asks only for themselves. */
const callerOf = (actor: Actor): decide.Caller => (hasRole(actor, 'service') ? 'service' : { personId: actor.id });

/** Whom a fact is about: the caller, or the person a service names. */
const subject = (actor: Actor, personId: string | undefined): string => {
  if (!hasRole(actor, 'service')) {
    if (personId !== undefined && personId !== actor.id) throw new Forbidden('only a service speaks for others');
    return actor.id;
  }
  if (personId === undefined) throw new ValidationFailed([{ path: 'personId', message: 'is needed from a service' }]);
  return personId;
};

/** A calendar is its owner's, and the services' that book into it. The answer tells no one else whether there is such a clinician. */
const assertCalendarOf = (actor: Actor, clinicianId: string): void => {
  if (hasRole(actor, 'service') || (hasRole(actor, 'clinician') && actor.id === clinicianId)) return;
  throw new Forbidden('only services see the calendar of another person');
};

/** A list as it is answered; one made from one stream carries that stream's revision. */
const listed = ({ next, ...list }: ListAnswer) => ({
  ...list,
  next: next && encodeCursor([next.start, next.consultationId]),
});

@ApiTags('Consultations')
@WithRevision()
@Controller('v1/patients/:patientId/consultations')
export class ConsultationsController {
  constructor(
    private readonly commands: Commands,
    private readonly queryBus: QueryBus,
  ) {}

  @Post()
  @Operation({
    id: 'bookConsultation',
    summary: 'Book a consultation',
    description:
      'Books a slot for a patient with a clinician. Patients book for themselves, clinicians book with themselves, services book for anyone. The booking rules of the deployment apply, and a clinician has one consultation at a time.',
    refuses: [
      'patient-not-found',
      'patient-erased',
      'slot-taken',
      'patient-busy',
      'clinician-unknown',
      'too-many-bookings',
      'already-a-participant',
    ],
  })
  @ApiResponse({ status: 201, ...scheduled, headers: sends('Location') })
  async book(
    @Param({ schema: schemas.PatientParams }) { patientId }: Params<typeof schemas.PatientParams>,
    @Body({ schema: schemas.BookBody }) body: Params<typeof schemas.BookBody>,
    @Caller() actor: Actor,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Scheduled> {
    const isPatient = hasRole(actor, 'patient') && actor.id === patientId;
    const isClinician = hasRole(actor, 'clinician') && actor.id === body.clinicianId;
    if (!isPatient && !isClinician && !hasRole(actor, 'service')) throw new PatientNotFound();
    assertOfNoDrill({ patientId, clinicianId: body.clinicianId });
    const input = { patientId, ...body, byThemselves: !isClinician && !hasRole(actor, 'service') };
    const booked = await this.commands.execute(new changes.BookConsultation(input, cause, ifMatch));
    reply.header(
      'location',
      `/v1/patients/${encodeURIComponent(asIssued(patientId))}/consultations/${booked.consultationId}`,
    );
    return booked;
  }

  @Get()
  @Operation({
    id: 'listPatientConsultations',
    summary: 'List the consultations of a patient',
    description:
      'Answers a page of the patient’s consultations, the latest start first unless asked for otherwise, to the patient and to services.',
    refuses: ['patient-not-found'],
  })
  @ApiResponse({ status: 200, ...many })
  async list(
    @Param({ schema: schemas.PatientParams }) { patientId }: Params<typeof schemas.PatientParams>,
    @Query({ schema: schemas.ListParams }) query: Params<typeof schemas.ListParams>,
    @Caller() actor: Actor,
    @MinRevision() minRevision: number | undefined,
  ) {
    const isPatient = hasRole(actor, 'patient') && actor.id === patientId;
    if (!isPatient && !hasRole(actor, 'service')) throw new PatientNotFound();
    const list = new ListPatientConsultations(patientId, schemas.listQuery(query), minRevision);
    return listed(await this.queryBus.execute(list));
  }

  @Get(':consultationId')
  @Operation({
    id: 'getConsultation',
    summary: 'Get a consultation',
    description:
      'Answers the consultation with its participants and recordings to those who take part in it and to services. Anyone else is told that it does not exist.',
    refuses: ['consultation-not-found'],
  })
  @ApiResponse({ status: 200, ...one })
  async get(
    @Param({ schema: schemas.ConsultationParams }) target: ConsultationRef,
    @Caller() actor: Actor,
    @MinRevision() minRevision: number | undefined,
  ) {
    return this.queryBus.execute(new GetConsultation(target, callerOf(actor), minRevision));
  }

  @Post(':consultationId/reschedule')
  @HttpCode(200)
  @Operation({
    id: 'rescheduleConsultation',
    summary: 'Move a consultation to another slot',
    description: 'Moves a consultation that is still booked to another start and end. The rules of a booking apply.',
    refuses: [
      'forbidden',
      'consultation-not-found',
      'consultation-closed',
      'slot-taken',
      'patient-busy',
      'clinician-unknown',
    ],
  })
  @ApiResponse({ status: 200, ...scheduled })
  async reschedule(
    @Param({ schema: schemas.ConsultationParams }) target: ConsultationRef,
    @Body({ schema: schemas.RescheduleBody }) body: Params<typeof schemas.RescheduleBody>,
    @Caller() actor: Actor,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ) {
    const isClinician = hasRole(actor, 'clinician') && actor.id !== target.patientId;
    const byThemselves = !isClinician && !hasRole(actor, 'service');
    const input = { ...target, ...body, caller: callerOf(actor), byThemselves };
    return this.commands.execute(new changes.RescheduleConsultation(input, cause, ifMatch));
  }

  @Post(':consultationId/cancel')
  @HttpCode(200)
  @Operation({
    id: 'cancelConsultation',
    summary: 'Cancel a consultation',
    description:
      'Cancels a consultation that is still booked and frees the clinician’s slot. The reason is a code, kept with the event.',
    refuses: ['forbidden', 'consultation-not-found', 'consultation-closed'],
  })
  @ApiResponse({ status: 200, ...one })
  async cancel(
    @Param({ schema: schemas.ConsultationParams }) target: ConsultationRef,
    @Body({ schema: schemas.CancelBody }) { reasonCode }: Params<typeof schemas.CancelBody>,
    @Caller() actor: Actor,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ) {
    const input = { ...target, reasonCode, caller: callerOf(actor) };
    return this.commands.execute(new changes.CancelConsultation(input, cause, ifMatch));
  }

  @Post(':consultationId/complete')
  @HttpCode(200)
  @Operation({
    id: 'completeConsultation',
    summary: 'Complete a consultation',
    description: 'Says that the consultation took place and is over. Recordings can still be filed for it.',
    refuses: ['consultation-not-found', 'consultation-closed', 'consultation-not-due'],
  })
  @ApiResponse({ status: 200, ...one })
  async complete(
    @Param({ schema: schemas.ConsultationParams }) target: ConsultationRef,
    @Body({ schema: schemas.NoBody }) _body: Params<typeof schemas.NoBody>,
    @Caller() actor: Actor,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ) {
    const input = { ...target, caller: callerOf(actor) };
    return this.commands.execute(new changes.CompleteConsultation(input, cause, ifMatch));
  }

  @Post(':consultationId/no-show')
  @HttpCode(200)
  @Operation({
    id: 'markNoShow',
    summary: 'Say who did not come',
    description: 'Closes a consultation that did not take place because the patient or the clinician did not come.',
    refuses: ['consultation-not-found', 'consultation-closed', 'consultation-not-due', 'participant-joined'],
  })
  @ApiResponse({ status: 200, ...one })
  async noShow(
    @Param({ schema: schemas.ConsultationParams }) target: ConsultationRef,
    @Body({ schema: schemas.NoShowBody }) { by }: Params<typeof schemas.NoShowBody>,
    @Caller() actor: Actor,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ) {
    const input = { ...target, by, caller: callerOf(actor) };
    return this.commands.execute(new changes.MissConsultation(input, cause, ifMatch));
  }

  @Post(':consultationId/participants')
  @HttpCode(200)
  @Operation({
    id: 'inviteParticipant',
    summary: 'Invite a participant',
    description:
      'Lets another person take part, such as a guardian, an interpreter or a specialist. From then on they may see the consultation.',
    refuses: ['consultation-not-found', 'consultation-closed', 'already-a-participant'],
  })
  @ApiResponse({ status: 200, ...one })
  async invite(
    @Param({ schema: schemas.ConsultationParams }) target: ConsultationRef,
    @Body({ schema: schemas.InviteBody }) body: Params<typeof schemas.InviteBody>,
    @Caller() actor: Actor,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ) {
    assertOfNoDrill({ personId: body.personId });
    const input = { ...target, ...body, caller: callerOf(actor) };
    return this.commands.execute(new changes.InviteParticipant(input, cause, ifMatch));
  }

  @Delete(':consultationId/participants/:personId')
  @Operation({
    id: 'removeParticipant',
    summary: 'Remove a participant',
    description:
      'Takes an invited person’s access to the consultation and its recordings away, also after it is closed. The patient and the booked clinician stay.',
    refuses: ['consultation-not-found', 'participant-not-found', 'participant-required'],
  })
  @ApiResponse({ status: 200, ...one })
  async remove(
    @Param({ schema: schemas.ParticipantParams }) target: Params<typeof schemas.ParticipantParams>,
    @Caller() actor: Actor,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ) {
    const input = { ...target, caller: callerOf(actor) };
    return this.commands.execute(new changes.RemoveParticipant(input, cause, ifMatch));
  }

  @Post(':consultationId/join')
  @HttpCode(200)
  @Operation({
    id: 'joinConsultation',
    summary: 'Join a consultation',
    description:
      'Puts on record that a participant joined a media session. Recordings are filed under the media sessions that were joined.',
    refuses: [
      'forbidden',
      'consultation-not-found',
      'participant-not-found',
      'consultation-closed',
      'media-session-taken',
    ],
  })
  @ApiResponse({ status: 200, ...one })
  async join(
    @Param({ schema: schemas.ConsultationParams }) target: ConsultationRef,
    @Body({ schema: schemas.JoinBody }) { personId, ...call }: Params<typeof schemas.JoinBody>,
    @Caller() actor: Actor,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ) {
    const input = { ...target, ...call, personId: subject(actor, personId), caller: callerOf(actor) };
    return this.commands.execute(new changes.JoinConsultation(input, cause, ifMatch));
  }

  @Post(':consultationId/leave')
  @HttpCode(200)
  @Operation({
    id: 'leaveConsultation',
    summary: 'Leave a consultation',
    description: 'Puts on record that a participant left.',
    refuses: ['forbidden', 'consultation-not-found', 'participant-not-found', 'consultation-closed', 'device-needed'],
  })
  @ApiResponse({ status: 200, ...one })
  async leave(
    @Param({ schema: schemas.ConsultationParams }) target: ConsultationRef,
    @Body({ schema: schemas.LeaveBody }) body: Params<typeof schemas.LeaveBody>,
    @Caller() actor: Actor,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ) {
    const { personId, ...device } = body ?? {};
    const input = { ...target, ...device, personId: subject(actor, personId), caller: callerOf(actor) };
    return this.commands.execute(new changes.LeaveConsultation(input, cause, ifMatch));
  }

  @Post(':consultationId/consent')
  @HttpCode(200)
  @Operation({
    id: 'consentToRecording',
    summary: 'Give or withdraw consent to recording',
    description:
      'Puts on record whether the patient, or a guardian for them, consents to being recorded. Without it no recording is taken.',
    refuses: ['consultation-not-found', 'participant-not-found', 'consultation-closed'],
  })
  @ApiResponse({ status: 200, ...one })
  async consent(
    @Param({ schema: schemas.ConsultationParams }) target: ConsultationRef,
    @Body({ schema: schemas.ConsentBody }) { given, personId }: Params<typeof schemas.ConsentBody>,
    @Caller() actor: Actor,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ) {
    const input = { ...target, given, personId: subject(actor, personId), caller: callerOf(actor) };
    return this.commands.execute(new changes.GiveConsent(input, cause, ifMatch));
  }
}

@ApiTags('Consultations')
@WithRevision()
@Controller('v1/me/consultations')
export class MyConsultationsController {
  constructor(private readonly queryBus: QueryBus) {}

  @Get()
  @Operation({
    id: 'listMyConsultations',
    summary: 'List the caller’s own consultations',
    description:
      'Answers a page of the consultations that the caller takes part in, the latest start first unless asked for otherwise. A caller cannot ask for those of another person here.',
  })
  @ApiResponse({ status: 200, ...many })
  async mine(
    @Query({ schema: schemas.ListParams }) query: Params<typeof schemas.ListParams>,
    @Caller() actor: Actor,
    @MinRevision() minRevision: number | undefined,
  ) {
    const list = new MyConsultations(actor, schemas.listQuery(query), minRevision);
    return listed(await this.queryBus.execute(list));
  }
}

@ApiTags('Consultations')
@Controller('v1/clinicians/:clinicianId')
export class CliniciansController {
  constructor(private readonly queryBus: QueryBus) {}

  @Get('consultations')
  @Operation({
    id: 'listClinicianConsultations',
    summary: 'List the consultations of a clinician',
    description:
      'Answers a page of the consultations in a clinician’s calendar, the latest start first unless asked for otherwise: to that clinician and to services.',
  })
  @ApiResponse({ status: 200, ...many })
  async calendar(
    @Param({ schema: schemas.ClinicianParams }) { clinicianId }: Params<typeof schemas.ClinicianParams>,
    @Query({ schema: schemas.ListParams }) query: Params<typeof schemas.ListParams>,
    @Caller() actor: Actor,
  ) {
    assertCalendarOf(actor, clinicianId);
    return listed(await this.queryBus.execute(new ListDiaryConsultations(clinicianId, schemas.listQuery(query), true)));
  }

  @Get('availability')
  @Operation({
    id: 'getClinicianAvailability',
    summary: 'Tell when a clinician is free',
    description:
      'Answers when a clinician is booked and when not, within a week from now or the time that is asked for: to that clinician and to services. The ledger knows no hours of work.',
  })
  @ApiResponse({ status: 200, description: 'busy and free, in order', standardSchema: schemas.AvailabilityAnswer })
  async availability(
    @Param({ schema: schemas.ClinicianParams }) { clinicianId }: Params<typeof schemas.ClinicianParams>,
    @Query({ schema: schemas.AvailabilityParams }) window: Params<typeof schemas.AvailabilityParams>,
    @Caller() actor: Actor,
  ) {
    assertCalendarOf(actor, clinicianId);
    return this.queryBus.execute(new ClinicianAvailability(clinicianId, window));
  }
}
