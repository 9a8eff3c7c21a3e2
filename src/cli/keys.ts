import { parseArgs } from 'node:util';
import { type Command, UsageError } from './command.ts';

export const keys: Command = {
  summary: 'back up, restore, and wrap anew the keys that recordings are sealed under',
  usage: `keys backup <file>    copy every wrapped key, while the application runs or not, into one file
keys restore <file>   add those that the key store lacks; destroyed keys stay destroyed
keys rewrap [--new-key] [--from <kms>]
                      wrap every key under the newest key-encryption key; stopped, it is run again and continues
  --new-key           with KEYS_KMS=file: make a further one first
  --from <kms>        file, aws or vault: what holds the one that they are under, where KEYS_KMS is another by now
keys renew --patient <id>
                      begin another key of this patient, for recordings from now on

The key store of the settings: KEYS_BUCKET, or DATA_DIR/keys. No event is in it, and no key in a back-up of events.`,

  async run(args) {
    const [what, ...rest] = args;
    // The AWS SDK takes longer to load than most commands run: other commands do not wait for it.
    const { backUpKeys, renewKey, restoreKeys, rewrapKeys } = await import('./key-store.ts');
    if (what === 'backup' || what === 'restore') {
      const [file, ...more] = rest;
      if (file === undefined || more.length > 0)
        throw new UsageError('the name of the back-up file is needed, and nothing else');
      return what === 'backup' ? backUpKeys(file) : restoreKeys(file);
    }
    if (what === 'rewrap') {
      const { values } = parseArgs({
        args: rest,
        options: { 'new-key': { type: 'boolean', default: false }, from: { type: 'string' } },
      });
      return rewrapKeys({ newKey: values['new-key'], from: values.from });
    }
    if (what === 'renew') {
      const { values } = parseArgs({ args: rest, options: { patient: { type: 'string' } } });
      return renewKey(values.patient);
    }
    throw new UsageError('say backup, restore, rewrap or renew');
  },
};
