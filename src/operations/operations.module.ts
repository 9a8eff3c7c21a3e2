import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.ts';
import { operationsCommands } from './commands.ts';
import { ReactorsController } from './reactors.controller.ts';

/** What an operator asks of the running application. */
@Module({ imports: [HttpModule], controllers: [ReactorsController], providers: [...operationsCommands] })
export class OperationsModule {}
