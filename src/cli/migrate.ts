import { parseArgs } from 'node:util';
import { type Command, UsageError } from './command.ts';

export const migrate: Command = {
  summary: 'move the ledger into another store, or compare the two',
  usage: `migrate --to <store> [--recordings-to <where>] [--keep-open | --verify | --reopen]

  --to <store>            esdb://…, @<file with it>, or the DATA_DIR of an embedded store that does not run
  --from <store>          likewise; the store of the settings by default
  --recordings-to <where> s3://<bucket>?endpoint=…&region=…&forcePathStyle=true&sse=…&sseKmsKeyId=…, or a folder;
                          without it recordings stay where they are
  --recordings-from       likewise; those of the settings by default
  --keep-open             copy all there is while the source stays writable; the next run copies the rest
  --leave-damaged         finish although recordings are missing or damaged at the source; each is named
  --verify                copy nothing; compare event by event, and recordings by their hashes
  --reopen                copy nothing; take the move back: the target becomes read-only and the source is written again
  --unchecked             with --reopen: without looking at the target, when it cannot be reached any more

A run that was killed is repeated: it continues where the target ends. When it is done the source is read-only.`,

  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        to: { type: 'string' },
        from: { type: 'string' },
        'recordings-to': { type: 'string' },
        'recordings-from': { type: 'string' },
        'keep-open': { type: 'boolean', default: false },
        'leave-damaged': { type: 'boolean', default: false },
        verify: { type: 'boolean', default: false },
        reopen: { type: 'boolean', default: false },
        unchecked: { type: 'boolean', default: false },
      },
    });
    if ([values['keep-open'], values.verify, values.reopen].filter(Boolean).length > 1)
      throw new UsageError('--keep-open, --verify and --reopen are three different things');
    if (values.unchecked && !values.reopen) throw new UsageError('--unchecked goes with --reopen');
    const { to } = values;
    if (to === undefined && !values.unchecked) throw new UsageError('--to is needed');
    // The official client and the AWS SDK take longer to load than most commands run: other commands do not wait for them.
    const { move } = await import('./moving.ts');
    await move(values);
  },
};
