import { Controller, Get, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Caller } from '../../auth/caller.decorator.ts';
import { Forbidden } from '../../auth/errors.ts';
import { PatientNotFound } from '../../consultations/errors.ts';
import { Guardians } from '../../consultations/guardians.ts';
import { CauseOf } from '../../http/cause.ts';
import { ApiResponse, ApiTags, Operation } from '../../http/documented.ts';
import { encodeCursor } from '../../http/schemas.ts';
import type { Cause } from '../../ledger/ledger.ts';
import { type Actor, hasRole } from '../../request/actor.ts';
import { Auditors } from '../history/auditors.ts';
import { Accesses } from './accesses.ts';
import { Persons } from './persons.ts';
import { AccessList, AccessListFor, AccessListSchema, PatientParams } from './schemas.ts';

@ApiTags('Access')
@Controller('v1')
export class AccessesController {
  constructor(
    private readonly accesses: Accesses,
    private readonly persons: Persons,
    private readonly auditors: Auditors,
    private readonly guardians: Guardians,
  ) {}

  /** From the stream that is named by the caller's own token: no caller can ask about another person. */
  @Get('me/accesses')
  @Operation({
    id: 'listMyAccesses',
    summary: 'List who opened the caller’s recordings',
    description:
      'Answers a page of accesses to the caller’s own consultations and recordings, newest first: shown, opened, refused, played, audited.',
  })
  @ApiResponse({ status: 200, description: 'a page, newest first', standardSchema: AccessListSchema })
  async list(@Query({ schema: AccessList }) { cursor, limit }: z.output<typeof AccessList>, @Caller() actor: Actor) {
    const { items, next } = await this.accesses.told(actor.id, { before: cursor, limit });
    return { items, next: next && encodeCursor(next) };
  }

  /**
   * For apps by a service, which is told what the patient is told, or the guardian whom it names; for a guardian by their own token; and for
   * compliance. The patient sees that they asked.
   */
  @Get('patients/:patientId/accesses')
  @Operation({
    id: 'listPatientAccesses',
    summary: 'List who opened a patient’s recordings',
    description:
      'Answers what the patient is told of accesses: to compliance, to a service for the patient or the guardian it names, and to a guardian for the consultations they are one in. Each call is on record, and the patient sees that they asked.',
    refuses: ['forbidden', 'patient-not-found'],
  })
  @ApiResponse({ status: 200, description: 'a page, newest first', standardSchema: AccessListSchema })
  async ofPatient(
    @Param({ schema: PatientParams }) { patientId }: z.output<typeof PatientParams>,
    @Query({ schema: AccessListFor }) { onBehalfOf, cursor, limit }: z.output<typeof AccessListFor>,
    @Caller() actor: Actor,
    @CauseOf() cause: Cause,
  ) {
    const within = await this.withinFor(actor, patientId, onBehalfOf);
    // Of their own data an officer is told what any patient is.
    const patientIds = [...(await this.persons.of(patientId)).ledgers.keys()];
    const isNamed = hasRole(actor, 'compliance') && !patientIds.includes(actor.id) && within === undefined;
    const { items, next } = await this.accesses.told(patientId, { before: cursor, limit }, { isNamed, within });
    const asked = { accesses: { patientId, before: cursor ?? null, limit } };
    const reading = { asOf: await this.accesses.position(), format: 'json', onBehalfOf, rows: items.length } as const;
    await this.auditors.historyRead(actor.id, { question: asked, ...reading, patientIds }, cause);
    return { items, next: next && encodeCursor(next) };
  }

  /**
   * The consultations that the caller may be told of; undefined: all of the patient's. A guardian is one in some of them: what else became of
   * the patient is not theirs.
   * @throws Forbidden, PatientNotFound, LedgerUnavailable
   */
  private async withinFor(
    actor: Actor,
    patientId: string,
    onBehalfOf: string | undefined,
  ): Promise<ReadonlySet<string> | undefined> {
    const isService = hasRole(actor, 'service');
    if (onBehalfOf !== undefined && !isService) throw new Forbidden('only a service asks on behalf of a person');
    if (onBehalfOf === undefined && (isService || hasRole(actor, 'compliance'))) return undefined;
    const personId = onBehalfOf ?? actor.id;
    if (personId === patientId && (isService || hasRole(actor, 'patient'))) return undefined;
    const within = await this.guardians.consultationsOf(personId, patientId);
    if (within.size > 0) return within;
    if (!isService) throw new PatientNotFound();
    throw new Forbidden('that person is neither the patient nor a guardian in a consultation of theirs');
  }
}
