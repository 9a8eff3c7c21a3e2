import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { HttpModule } from '../http/http.module.ts';
import { BreachBoard } from './board.ts';
import { BreachesController } from './breaches.controller.ts';
import { Breaches } from './breaches.ts';
import { breachCommands } from './commands.ts';
import { BreachFlags } from './flags.ts';
import { Opener } from './opener.ts';

/** Breaches: their causes, their board, and the steps that the desk takes on each. */
@Module({
  imports: [AccessModule, HttpModule],
  controllers: [BreachesController],
  providers: [BreachBoard, Breaches, BreachFlags, Opener, ...breachCommands],
  exports: [BreachBoard, Breaches, BreachFlags],
})
export class BreachesModule {}
