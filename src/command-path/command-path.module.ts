import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Commands } from './commands.ts';

/** Nest's buses, and the one way to the command bus. */
@Global()
@Module({ imports: [CqrsModule], providers: [Commands], exports: [Commands, CqrsModule] })
export class CommandPathModule {}
