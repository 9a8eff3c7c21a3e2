import { Module } from '@nestjs/common';
import { BreachesModule } from '../breaches/breaches.module.ts';
import { HttpModule } from '../http/http.module.ts';
import { AnomalyWatch } from './anomaly-watch.ts';
import { rulesCommands } from './commands.ts';
import { RulesController } from './rules.controller.ts';
import { Rules } from './rules.ts';
import { Watcher } from './watcher.ts';

/** Rules that look beyond one patient. */
@Module({
  imports: [BreachesModule, HttpModule],
  controllers: [RulesController],
  providers: [Watcher, AnomalyWatch, Rules, ...rulesCommands],
  exports: [Rules, Watcher],
})
export class RulesModule {}
