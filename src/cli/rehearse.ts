import { parseArgs } from 'node:util';
import { type Command, UsageError } from './command.ts';

export const rehearse: Command = {
  summary: 'put the questions that people really asked to this build, before it is deployed',
  usage: `rehearse [--from <time|position>] [--to <time|position>] [--questions <n>]

  --from <moment>    only questions from then on
  --to <moment>      only questions up to then
  --questions <n>    only the newest so many
  --store <store>    esdb://…, @<file with it>, or a DATA_DIR; the store of the settings by default. It is only read,
                     but for --record
  --record <person>  put on record, as run by this person, what it found (RehearsalRun)
  --ndjson           one JSON object a line: each difference, and the result as the last one

Ends with 1 where this build lets in whom the ledger says was refused, or lists consultations that are not the viewer's.`,

  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        from: { type: 'string' },
        to: { type: 'string' },
        questions: { type: 'string' },
        store: { type: 'string' },
        record: { type: 'string' },
        ndjson: { type: 'boolean', default: false },
      },
    });
    const { questions, ...others } = values;
    if (questions !== undefined && !/^[1-9]\d{0,8}$/.test(questions))
      throw new UsageError('--questions is a number from 1 on');
    const { rehearsed } = await import('./rehearsing.ts');
    await rehearsed({ ...others, questions: questions === undefined ? undefined : Number(questions) });
  },
};
