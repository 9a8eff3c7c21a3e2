import { Controller, Get, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Caller } from '../../auth/caller.decorator.ts';
import { CauseOf } from '../../http/cause.ts';
import { ApiResponse, ApiTags } from '../../http/documented.ts';
import { encodeCursor } from '../../http/schemas.ts';
import type { Cause } from '../../ledger/ledger.ts';
import { type Actor, hasRole } from '../../request/actor.ts';
import { Auditors } from '../history/auditors.ts';
import { Accesses } from './accesses.ts';
import { AccessList, AccessListSchema, PatientParams } from './schemas.ts';

@ApiTags('Access')
@Controller('v1')
export class AccessesController {
  constructor(
    private readonly accesses: Accesses,
    private readonly auditors: Auditors,
  ) {}

  /** From the stream that is named by the caller's own token: no caller can ask about another person. */
  @Get('me/accesses')
  @ApiResponse({ status: 200, description: 'a page, newest first', standardSchema: AccessListSchema })
  async list(@Query({ schema: AccessList }) { cursor, limit }: z.output<typeof AccessList>, @Caller() actor: Actor) {
    const { items, next } = await this.accesses.told(actor.id, { before: cursor, limit });
    return { items, next: next && encodeCursor(next) };
  }

  /** For the patient's own app by a service, which is told what the patient is told, and for compliance; the patient sees that they asked. */
  @Get('patients/:patientId/accesses')
  @ApiResponse({ status: 200, description: 'a page, newest first', standardSchema: AccessListSchema })
  async ofPatient(
    @Param({ schema: PatientParams }) { patientId }: z.output<typeof PatientParams>,
    @Query({ schema: AccessList }) { cursor, limit }: z.output<typeof AccessList>,
    @Caller() actor: Actor,
    @CauseOf() cause: Cause,
  ) {
    // Of their own data an officer is told what any patient is.
    const isNamed = hasRole(actor, 'compliance') && actor.id !== patientId;
    const { items, next } = await this.accesses.told(patientId, { before: cursor, limit }, { isNamed });
    const asked = { accesses: { patientId, before: cursor ?? null, limit } };
    const reading = { asOf: await this.accesses.position(), format: 'json', rows: items.length } as const;
    await this.auditors.historyRead(actor.id, { question: asked, ...reading, patientIds: [patientId] }, cause);
    return { items, next: next && encodeCursor(next) };
  }
}
