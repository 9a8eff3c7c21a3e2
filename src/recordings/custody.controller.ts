import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { Id, ReasonCode } from '../../events/values.ts';
import { ReasonBody, RecordingParams } from '../access/schemas.ts';
import { Commands } from '../command-path/commands.ts';
import type { RecordingRef } from '../consultations/refs.ts';
import { type ConditionalCause, ConditionalCauseOf } from '../http/cause.ts';
import { ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import { WithRevision } from '../http/revision-tag.ts';
import { Time } from '../http/schemas.ts';
import { GivenPersonId, PersonId } from '../request/person-id.ts';
import { AssignReviewer, EraseRecording, QuarantineRecording, ReleaseRecording } from './commands.ts';

type Reason = z.output<typeof ReasonBody>;

const CustodySchema = z
  .object({
    recordingId: Id,
    consultationId: Id,
    state: z.enum(['available', 'quarantined', 'erased']),
    revision: z.int(),
  })
  .meta({ id: 'Custody' });
const ReviewerBody = z
  .strictObject({ reviewerId: GivenPersonId, reason: ReasonCode, until: Time.describe('within 24 hours') })
  .meta({ id: 'ReviewerAssignment' });
const ReviewSchema = z
  .object({
    ...{ recordingId: Id, consultationId: Id, reviewerId: PersonId },
    until: z.iso.datetime(),
    revision: z.int(),
  })
  .meta({ id: 'Review' });
const ErasedSchema = CustodySchema.extend({
  objectRemoved: z.boolean().describe('false: the store was away, and the bytes go with the next sweep'),
}).meta({ id: 'ErasedRecording' });

/** The routes of compliance for one recording. */
@ApiTags('Recordings')
@WithRevision()
@Controller('v1/patients/:patientId/consultations/:consultationId/recordings/:recordingId')
export class CustodyController {
  constructor(private readonly commands: Commands) {}

  @Post('quarantine')
  @HttpCode(200)
  @Operation({
    id: 'quarantineRecording',
    summary: 'Quarantine a recording',
    description: 'Keeps the recording from all viewers until it is released.',
    refuses: ['recording-not-found', 'recording-erased'],
  })
  @ApiResponse({ status: 200, description: 'it is kept from all viewers', standardSchema: CustodySchema })
  quarantine(
    @Param({ schema: RecordingParams }) recording: RecordingRef,
    @Body({ schema: ReasonBody }) { reason }: Reason,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ) {
    return this.commands.execute(new QuarantineRecording({ ...recording, reason }, cause, ifMatch));
  }

  @Post('release')
  @HttpCode(200)
  @Operation({
    id: 'releaseRecording',
    summary: 'Release a recording',
    description: 'Ends the quarantine: participants can view the recording again.',
    refuses: ['own-case', 'step-up-needed', 'recording-not-found', 'recording-erased'],
  })
  @ApiResponse({ status: 200, description: 'participants can view it', standardSchema: CustodySchema })
  release(
    @Param({ schema: RecordingParams }) recording: RecordingRef,
    @Body({ schema: ReasonBody }) { reason }: Reason,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ) {
    return this.commands.execute(new ReleaseRecording({ ...recording, reason }, cause, ifMatch));
  }

  @Post('reviewers')
  @HttpCode(200)
  @Operation({
    id: 'assignReviewer',
    summary: 'Let a person review a recording',
    description:
      'Lets a person with the role `on-call` or `compliance` watch the recording with the purpose `review`, until a time within 24 hours. Both keys judge each view as ever, and the patient sees it. No officer assigns themself.',
    refuses: ['own-case', 'recording-not-found', 'recording-erased'],
  })
  @ApiResponse({ status: 200, description: 'who may review it, until when', standardSchema: ReviewSchema })
  assign(
    @Param({ schema: RecordingParams }) recording: RecordingRef,
    @Body({ schema: ReviewerBody }) body: z.output<typeof ReviewerBody>,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ) {
    return this.commands.execute(new AssignReviewer({ ...recording, ...body }, cause, ifMatch));
  }

  @Post('erase')
  @HttpCode(200)
  @Operation({
    id: 'eraseRecording',
    summary: 'Erase a recording',
    description: 'Removes the bytes of the recording for good. What the ledger says of it stays.',
    refuses: ['step-up-needed', 'recording-not-found', 'recording-store-unavailable'],
  })
  @ApiResponse({ status: 200, description: 'erased for good; the ledger stays', standardSchema: ErasedSchema })
  erase(
    @Param({ schema: RecordingParams }) recording: RecordingRef,
    @Body({ schema: ReasonBody }) { reason }: Reason,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ) {
    return this.commands.execute(new EraseRecording({ ...recording, reason }, cause, ifMatch));
  }
}
