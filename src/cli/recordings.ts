import { parseArgs } from 'node:util';
import { type Command, UsageError } from './command.ts';

export const recordings: Command = {
  summary: 'seal the recordings that are stored in clear',
  usage: `recordings seal [--store <store>]

Each is read, compared with its SHA-256, sealed, read again and compared, and put on record; then its object in clear is removed. Stopped at any
moment it is run again and continues. The application may run meanwhile: every instance must have been started with KEYS_KMS before.

  --store <store>  esdb://…, @<file with it>, or a DATA_DIR; the store of the settings by default`,

  async run(args) {
    const [what, ...rest] = args;
    if (what !== 'seal') throw new UsageError('say seal');
    const { values } = parseArgs({ args: rest, options: { store: { type: 'string' } } });
    const { sealRecordings } = await import('./sealing-recordings.ts');
    await sealRecordings(values.store);
  },
};
