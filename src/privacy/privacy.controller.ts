import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Caller } from '../auth/caller.decorator.ts';
import { Commands } from '../command-path/commands.ts';
import { CauseOf } from '../http/cause.ts';
import { ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import { encodeCursor } from '../http/schemas.ts';
import type { Cause } from '../ledger/ledger.ts';
import type { Actor } from '../request/actor.ts';
import { ChooseAccessNotifications, LiftAccessHold, PlaceAccessHold } from './commands.ts';
import { Privacy } from './privacy.ts';
import * as schemas from './schemas.ts';

type Params<S extends z.ZodType> = z.output<S>;

const chosen = { status: 200, description: 'what stands now', standardSchema: schemas.NotificationsSchema };
const hold = { description: 'the hold as it is now', standardSchema: schemas.HoldSchema };

/** What patients choose for themselves, and what compliance keeps from them for a while. */
@ApiTags('Access')
@Controller('v1')
export class PrivacyController {
  constructor(
    private readonly commands: Commands,
    private readonly privacy: Privacy,
  ) {}

  /** Of the caller's own token: no caller can choose for another person. */
  @Get('me/access-notifications')
  @Operation({
    id: 'getAccessNotifications',
    summary: 'Get the caller’s choice of notifications',
    description: 'Answers whether the caller, a patient, is notified of accesses to their recordings.',
  })
  @ApiResponse(chosen)
  notifications(@Caller() actor: Actor) {
    return this.privacy.notifications(actor.id);
  }

  @Put('me/access-notifications')
  @Operation({
    id: 'chooseAccessNotifications',
    summary: 'Choose notifications of accesses',
    description: 'Patients choose whether they are notified of accesses to their own recordings.',
  })
  @ApiResponse(chosen)
  choose(
    @Body({ schema: schemas.NotificationsBody }) { notify }: Params<typeof schemas.NotificationsBody>,
    @CauseOf() cause: Cause,
  ) {
    return this.commands.execute(new ChooseAccessNotifications({ patientId: cause.actor.id, notify }, cause));
  }

  @Post('patients/:patientId/access-holds')
  @Operation({
    id: 'placeAccessHold',
    summary: 'Keep accesses from a patient for a while',
    description:
      'Compliance keeps accesses from the patient’s own list where the law allows it, as during an inquiry. The hold ends by itself at its time.',
    refuses: ['own-case'],
  })
  @ApiResponse({ status: 201, ...hold })
  place(
    @Param({ schema: schemas.PatientParams }) { patientId }: Params<typeof schemas.PatientParams>,
    @Body({ schema: schemas.HoldBody }) body: Params<typeof schemas.HoldBody>,
    @CauseOf() cause: Cause,
  ) {
    return this.commands.execute(new PlaceAccessHold({ patientId, ...body }, cause));
  }

  @Get('patients/:patientId/access-holds')
  @Operation({
    id: 'listAccessHolds',
    summary: 'List the holds of a patient',
    description: 'Answers a page of the holds on the patient’s list of accesses, newest first.',
    refuses: ['own-case'],
  })
  @ApiResponse({ status: 200, description: 'a page, newest first', standardSchema: schemas.HoldListSchema })
  async holds(
    @Param({ schema: schemas.PatientParams }) { patientId }: Params<typeof schemas.PatientParams>,
    @Query({ schema: schemas.HoldList }) { cursor, limit }: Params<typeof schemas.HoldList>,
    @Caller() actor: Actor,
  ) {
    const { items, next } = await this.privacy.list(patientId, actor.id, { before: cursor, limit });
    return { items, next: next === null ? null : encodeCursor(next) };
  }

  @Post('patients/:patientId/access-holds/:holdId/lift')
  @HttpCode(200)
  @Operation({
    id: 'liftAccessHold',
    summary: 'Lift a hold',
    description: 'Ends a hold before its time: from then on the patient’s list shows what it kept back.',
    refuses: ['own-case', 'hold-not-found'],
  })
  @ApiResponse({ status: 200, ...hold })
  lift(@Param({ schema: schemas.HoldParams }) target: Params<typeof schemas.HoldParams>, @CauseOf() cause: Cause) {
    return this.commands.execute(new LiftAccessHold(target, cause));
  }
}
