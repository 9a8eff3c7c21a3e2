import { parseArgs } from 'node:util';
import { type Command, UsageError } from './command.ts';

export const backtest: Command = {
  summary: 'judge every view of the history by other rules, and say what changes',
  usage: `backtest --rules <rules> [--against <rules>] [--from <time|position>] [--to <time|position>]

  --rules <rules>    current, name@version, or a .js file with a rule set
  --against <rules>  what they are compared with; current by default
  --from <moment>    views from then on are compared; what came before is folded all the same
  --to <moment>      nothing later is looked at; the newest event by default
  --store <store>    esdb://…, @<file with it>, or a DATA_DIR; the store of the settings by default. It is only read,
                     but for --record
  --record <person>  put on record, as run by this person, what it found (BacktestRun)
  --ndjson           one JSON object a line: each difference, and the result with its digest as the last one`,

  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rules: { type: 'string' },
        against: { type: 'string', default: 'current' },
        from: { type: 'string' },
        to: { type: 'string' },
        store: { type: 'string' },
        record: { type: 'string' },
        ndjson: { type: 'boolean', default: false },
      },
    });
    const { rules } = values;
    if (rules === undefined) throw new UsageError('--rules is needed');
    const { backtested } = await import('./backtesting.ts');
    await backtested({ ...values, rules });
  },
};
