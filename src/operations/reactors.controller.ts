import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { Commands } from '../command-path/commands.ts';
import { CauseOf } from '../http/cause.ts';
import { ApiResponse, ApiTags } from '../http/documented.ts';
import type { Cause } from '../ledger/ledger.ts';
import { Reactors } from '../ledger/react/reactors.ts';
import { ReplayParked } from './commands.ts';
import { ReactorParams, ReactorsSchema, StandingSchema } from './schemas.ts';

type Named = z.output<typeof ReactorParams>;

const standing = { status: 200, description: 'how far the reactor is', standardSchema: StandingSchema };
const list = { status: 200, description: 'every reactor of the application', standardSchema: ReactorsSchema };

/** How what acts on events is doing. */
@ApiTags('Operations')
@Controller('v1/reactors')
export class ReactorsController {
  constructor(
    private readonly reactors: Reactors,
    private readonly commands: Commands,
  ) {}

  @Get()
  @ApiResponse(list)
  async all() {
    return { reactors: await this.reactors.standings() };
  }

  @Get(':name')
  @ApiResponse(standing)
  async one(@Param({ schema: ReactorParams }) { name }: Named) {
    return this.reactors.of(name).standing();
  }

  /** The operator decides nothing by hand: parked events are acted on like any other, once their cause is fixed. */
  @Post(':name/replay')
  @HttpCode(202)
  @ApiResponse({ ...standing, status: 202 })
  async replay(@Param({ schema: ReactorParams }) { name }: Named, @CauseOf() cause: Cause) {
    await this.commands.execute(new ReplayParked({ reactors: [name] }, cause));
    return this.reactors.of(name).standing();
  }
}
