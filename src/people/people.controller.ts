import { Body, Controller, Get, Header, Param, Put } from '@nestjs/common';
import type { z } from 'zod';
import { Commands } from '../command-path/commands.ts';
import { CauseOf } from '../http/cause.ts';
import { ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import type { Cause } from '../ledger/ledger.ts';
import { StatePersonFacts } from './commands.ts';
import { Names } from './names.ts';
import { People } from './people.ts';
import { FactsBody, NameSchema, PersonParams, PersonSchema } from './schemas.ts';

type Params = z.output<typeof PersonParams>;

/** Facts about staff and patients that rules compare: from the systems that know them, and for compliance to look at. */
@ApiTags('Rules')
@Controller('v1/people')
export class PeopleController {
  constructor(
    private readonly commands: Commands,
    private readonly people: People,
    private readonly names: Names,
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

  @Get(':personId/name')
  @Header('cache-control', 'no-store')
  @Operation({
    id: 'getPersonName',
    summary: 'Ask what a person is called',
    description:
      'Asks the host app’s own system for the name of one person, where `CONSOLE_NAMES_URL` says which. That the caller asked is on record before the name leaves; the ledger keeps no name.',
    refuses: ['name-not-found', 'names-unavailable'],
  })
  @ApiResponse({ status: 200, description: 'the name, as that system tells it', standardSchema: NameSchema })
  async name(@Param({ schema: PersonParams }) { personId }: Params, @CauseOf() cause: Cause) {
    return { personId, name: await this.names.of(personId, cause) };
  }
}
