import { type Command, UsageError } from './command.ts';

export const history: Command = {
  summary: 'build the index of the access history anew, or compare it with the log',
  usage: `history rebuild   throw the index away and build it from the first event
history verify    fold the log and compare every row; ends with 1 and the differences where they are not equal

The index lies under DATA_DIR/history. The application must be stopped: only one process has the index open.`,

  async run(args) {
    const [what, ...rest] = args;
    if ((what !== 'rebuild' && what !== 'verify') || rest.length > 0)
      throw new UsageError('say rebuild or verify, and nothing else');
    // DuckDB and the official client take longer to load than most commands run: other commands do not wait for them.
    const { rebuildHistory, verifyHistoryHere } = await import('./history-index.ts');
    await (what === 'rebuild' ? rebuildHistory() : verifyHistoryHere());
  },
};
