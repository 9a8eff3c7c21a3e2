import { Module } from '@nestjs/common';
import { HttpModule } from '../../http/http.module.ts';
import { RulesModule } from '../../rules/rules.module.ts';
import { BacktestsController } from './backtests.controller.ts';
import { Backtests } from './backtests.ts';
import { backtestCommands } from './commands.ts';

/** What other rules would have said of the history. */
@Module({
  imports: [HttpModule, RulesModule],
  controllers: [BacktestsController],
  providers: [Backtests, ...backtestCommands],
})
export class BacktestsModule {}
