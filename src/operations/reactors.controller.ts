import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { Commands } from '../command-path/commands.ts';
import { CauseOf } from '../http/cause.ts';
import { ApiResponse, ApiTags, Operation } from '../http/documented.ts';
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
  @Operation({
    id: 'listReactors',
    summary: 'List the reactors',
    description:
      'A reactor acts on events once they are in the ledger. Each is answered with how many events wait for it and how many it has parked.',
  })
  @ApiResponse(list)
  async all() {
    return { reactors: await this.reactors.standings() };
  }

  @Get(':name')
  @Operation({
    id: 'getReactor',
    summary: 'Get one reactor',
    description: 'Answers how many events wait for this reactor and how many it has parked.',
    refuses: ['reactor-not-found'],
  })
  @ApiResponse(standing)
  async one(@Param({ schema: ReactorParams }) { name }: Named) {
    return this.reactors.of(name).standing();
  }

  /** The operator decides nothing by hand: parked events are acted on like any other, once their cause is fixed. */
  @Post(':name/replay')
  @HttpCode(202)
  @Operation({
    id: 'replayReactor',
    summary: 'Replay parked events of a reactor',
    description:
      'Events that the reactor could not act on were parked. Once their cause is fixed, this gives them to the reactor again, to be acted on like any other.',
    refuses: ['reactor-not-found'],
  })
  @ApiResponse({ ...standing, status: 202 })
  async replay(@Param({ schema: ReactorParams }) { name }: Named, @CauseOf() cause: Cause) {
    await this.commands.execute(new ReplayParked({ reactors: [name] }, cause));
    return this.reactors.of(name).standing();
  }
}
