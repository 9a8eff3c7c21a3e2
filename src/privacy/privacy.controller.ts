import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Caller } from '../auth/caller.decorator.ts';
import { Commands } from '../command-path/commands.ts';
import { CauseOf } from '../http/cause.ts';
import { ApiResponse, ApiTags } from '../http/documented.ts';
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
  @ApiResponse(chosen)
  notifications(@Caller() actor: Actor) {
    return this.privacy.notifications(actor.id);
  }

  @Put('me/access-notifications')
  @ApiResponse(chosen)
  choose(
    @Body({ schema: schemas.NotificationsBody }) { notify }: Params<typeof schemas.NotificationsBody>,
    @CauseOf() cause: Cause,
  ) {
    return this.commands.execute(new ChooseAccessNotifications({ patientId: cause.actor.id, notify }, cause));
  }

  @Post('patients/:patientId/access-holds')
  @ApiResponse({ status: 201, ...hold })
  place(
    @Param({ schema: schemas.PatientParams }) { patientId }: Params<typeof schemas.PatientParams>,
    @Body({ schema: schemas.HoldBody }) body: Params<typeof schemas.HoldBody>,
    @CauseOf() cause: Cause,
  ) {
    return this.commands.execute(new PlaceAccessHold({ patientId, ...body }, cause));
  }

  @Get('patients/:patientId/access-holds')
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
  @ApiResponse({ status: 200, ...hold })
  lift(@Param({ schema: schemas.HoldParams }) target: Params<typeof schemas.HoldParams>, @CauseOf() cause: Cause) {
    return this.commands.execute(new LiftAccessHold(target, cause));
  }
}
