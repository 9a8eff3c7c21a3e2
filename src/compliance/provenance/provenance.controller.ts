import { Controller, Get, Param } from '@nestjs/common';
import type { z } from 'zod';
import { RecordingParams } from '../../access/schemas.ts';
import { Caller } from '../../auth/caller.decorator.ts';
import { RecordingNotFound } from '../../consultations/errors.ts';
import { Patients } from '../../consultations/patients.ts';
import type { RecordingRef } from '../../consultations/refs.ts';
import { CauseOf } from '../../http/cause.ts';
import { ApiResponse, ApiTags, Operation } from '../../http/documented.ts';
import type { Cause } from '../../ledger/ledger.ts';
import type { Actor } from '../../request/actor.ts';
import { Accesses } from '../accesses/accesses.ts';
import { Auditors } from '../history/auditors.ts';
import { ProvenanceSchema } from './schemas.ts';
import { ProvenanceSteps } from './steps.ts';

/** Why a recording is taken to be of its consultation: for compliance officers, who are on record for having asked. */
@ApiTags('Compliance')
@Controller('v1/patients/:patientId/consultations/:consultationId/recordings/:recordingId/provenance')
export class ProvenanceController {
  constructor(
    private readonly patients: Patients,
    private readonly accesses: Accesses,
    private readonly auditors: Auditors,
    private readonly steps: ProvenanceSteps,
  ) {}

  @Get()
  @Operation({
    id: 'getRecordingProvenance',
    summary: 'Get where a recording comes from',
    description:
      'Answers the media session that a recording was made in, who joined it, the claim that it came by, its hash, and what it went through. The patient sees that an officer read it.',
    refuses: ['recording-not-found'],
  })
  @ApiResponse({ status: 200, description: 'where it comes from', standardSchema: ProvenanceSchema })
  async of(
    @Param({ schema: RecordingParams }) ref: RecordingRef,
    @Caller() actor: Actor,
    @CauseOf() cause: Cause,
  ): Promise<z.output<typeof ProvenanceSchema>> {
    const { patientId, consultationId, recordingId } = ref;
    const { state, revision } = await this.patients.get(patientId);
    const consultation = state.ledger.consultations.get(consultationId);
    const recording = consultation?.recordings.get(recordingId);
    if (!consultation || !recording) throw new RecordingNotFound();
    const { storedRevision: _, sealed: __, reviewers: ___, ...kept } = recording;
    const joined = [...(consultation.sessions.get(recording.mediaSessionId)?.entries() ?? [])];
    const answer = {
      ...{ patientId, consultationId, clinicianId: consultation.clinicianId, consent: consultation.recordingConsent },
      ...kept,
      joined: joined.map(([personId, capacity]) => ({ personId, capacity })),
      steps: await this.steps.of(ref, recording.mediaSessionId),
      revision,
    };
    const asOf = await this.accesses.position();
    const reading = { question: { provenance: ref }, asOf, format: 'json', rows: 1, patientIds: [patientId] } as const;
    await this.auditors.historyRead(actor.id, reading, cause);
    return answer;
  }
}
