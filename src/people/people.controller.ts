import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import type { z } from 'zod';
import { Commands } from '../command-path/commands.ts';
import { CauseOf } from '../http/cause.ts';
import { ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import type { Cause } from '../ledger/ledger.ts';
import { StatePersonFacts } from './commands.ts';
import { People } from './people.ts';
import { FactsBody, PersonParams, PersonSchema } from './schemas.ts';

type Params = z.output<typeof PersonParams>;

/** Facts about staff and patients that rules compare: from the systems that know them, and for compliance to look at. */
@ApiTags('Rules')
@Controller('v1/people')
export class PeopleController {
  constructor(
    private readonly commands: Commands,
    private readonly people: People,
  ) {}

  @Put(':personId/facts')
  @Operation({
    id: 'statePersonFacts',
    summary: 'State facts about a person',
    description:
      'The system that knows staff and patients states what rules compare: names and addresses are kept as keys alone, never as text.',
    refuses: ['people-facts-unavailable'],
  })
  @ApiResponse({ status: 200, description: 'the facts as they are known now', standardSchema: PersonSchema })
  state(
    @Param({ schema: PersonParams }) params: Params,
    @Body({ schema: FactsBody }) body: FactsBody,
    @CauseOf() cause: Cause,
  ) {
    return this.commands.execute(new StatePersonFacts({ ...params, ...body }, cause));
  }

  @Get(':personId/facts')
  @Operation({
    id: 'getPersonFacts',
    summary: 'Get the facts about a person',
    description: 'Answers the facts that are known of the person; names and addresses are keys.',
    refuses: ['person-not-found'],
  })
  @ApiResponse({ status: 200, description: 'the facts, names and addresses as keys', standardSchema: PersonSchema })
  get(@Param({ schema: PersonParams }) { personId }: Params) {
    return this.people.get(personId);
  }
}
