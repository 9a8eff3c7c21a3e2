import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.ts';
import { peopleCommands } from './commands.ts';
import { Names } from './names.ts';
import { PeopleController } from './people.controller.ts';
import { People } from './people.ts';

/** Facts about people beside their consultations. */
@Module({
  imports: [HttpModule],
  controllers: [PeopleController],
  providers: [People, Names, ...peopleCommands],
  exports: [People],
})
export class PeopleModule {}
