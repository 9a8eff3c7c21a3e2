import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { HttpModule } from '../http/http.module.ts';
import { BreachBoard } from './board.ts';
import { BreachesController } from './breaches.controller.ts';
import { Breaches } from './breaches.ts';
import { breachCommands } from './commands.ts';
import { BreachFlags } from './flags.ts';
import { OnCallGateway } from './on-call.gateway.ts';
import { Opener } from './opener.ts';

/** BreachFlags: the board, the desk and the screens of those on call. */
@Module({
  imports: [AccessModule, HttpModule],
  controllers: [BreachesController],
  providers: [BreachBoard, Breaches, BreachFlags, OnCallGateway, Opener, ...breachCommands],
  exports: [BreachBoard, Breaches],
})
export class BreachesModule {}
