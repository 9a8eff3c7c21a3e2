import { Change, handles } from '../../command-path/change.ts';
import { type BacktestAnswer, type BacktestRequest, Backtests } from './backtests.ts';

export class BeginBacktest extends Change<BacktestRequest, BacktestAnswer> {}

export const backtestCommands = [
  handles(BeginBacktest, Backtests, (backtests, { input, cause }) => backtests.begin(cause.actor.id, input, cause)),
];
