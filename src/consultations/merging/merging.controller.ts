import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { Commands } from '../../command-path/commands.ts';
import { type ConditionalCause, ConditionalCauseOf } from '../../http/cause.ts';
import { ApiResponse, ApiTags, Operation } from '../../http/documented.ts';
import { WithRevision } from '../../http/revision-tag.ts';
import { assertOfNoDrill } from '../drill-ids.ts';
import { PatientParams } from '../schemas.ts';
import { MergePatients, UnmergePatients } from './commands.ts';
import { Merging, type PatientIdentity } from './merging.ts';
import { MergeBody, PatientIdentitySchema, UnmergeBody } from './schemas.ts';

type Params = z.output<typeof PatientParams>;

const identity = { status: 200, description: 'which ids are this person now', standardSchema: PatientIdentitySchema };

/** Two ids of one person: said by the systems that know, and by compliance. */
@ApiTags('Patients')
@WithRevision()
@Controller('v1/patients/:patientId')
export class MergingController {
  constructor(
    private readonly commands: Commands,
    private readonly merging: Merging,
  ) {}

  @Get('identity')
  @Operation({
    id: 'getPatientIdentity',
    summary: 'Which ids are one person',
    description: 'Which ids were merged into this one, and which one it was merged into.',
    refuses: ['patient-not-found'],
  })
  @ApiResponse(identity)
  get(@Param({ schema: PatientParams }) { patientId }: Params): Promise<PatientIdentity> {
    return this.merging.of(patientId);
  }

  @Post('merge')
  @HttpCode(200)
  @Operation({
    id: 'mergePatient',
    summary: 'Take two ids of one person for one patient',
    description:
      'Nothing moves: the surviving id sees everything under both, and each look says which id was used. Refused for ids that met in a consultation, and where one of them was merged already.',
    refuses: ['own-case', 'patient-not-found', 'merge-refused'],
  })
  @ApiResponse(identity)
  merge(
    @Param({ schema: PatientParams }) { patientId }: Params,
    @Body({ schema: MergeBody }) { survivingPatientId }: z.output<typeof MergeBody>,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ): Promise<PatientIdentity> {
    assertOfNoDrill({ patientId, survivingPatientId });
    return this.commands.execute(new MergePatients({ patientId, survivingPatientId }, cause, ifMatch));
  }

  @Post('unmerge')
  @HttpCode(200)
  @Operation({
    id: 'unmergePatient',
    summary: 'Take back that two ids are one person',
    description:
      'From then on each id sees its own again. Transfers under way by the merge are cut, and every look meanwhile stays on record.',
    refuses: ['own-case', 'patient-not-found', 'merge-refused'],
  })
  @ApiResponse(identity)
  unmerge(
    @Param({ schema: PatientParams }) { patientId }: Params,
    @Body({ schema: UnmergeBody }) body: z.output<typeof UnmergeBody>,
    @ConditionalCauseOf() { cause, ifMatch }: ConditionalCause,
  ): Promise<PatientIdentity> {
    return this.commands.execute(new UnmergePatients({ patientId, ...body }, cause, ifMatch));
  }
}
