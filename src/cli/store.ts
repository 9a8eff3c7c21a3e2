import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { readConfig } from '../config/config.ts';
import { type Command, UsageError } from './command.ts';

/** A command of the embedded node on the store of this configuration; what it prints and how it ends is passed on. */
const nodeCommand =
  (name: string, wantsFile: boolean): Command['run'] =>
  async (args) => {
    if (args.length !== (wantsFile ? 1 : 0))
      throw new UsageError(
        wantsFile ? 'the name of the backup file is needed, and nothing else' : 'it takes no arguments',
      );
    const { dataDir, storeUrl } = readConfig();
    if (storeUrl)
      throw new Error(
        'STORE_URL is set: this store is not the embedded one; use the backup and verification of your cluster',
      );
    const entry = createRequire(import.meta.url).resolve('#embedded-node');
    const node = spawn(process.execPath, [entry, name, '--dir', join(dataDir, 'eventstore'), ...args], {
      stdio: 'inherit',
    });
    const code = await new Promise<number>((resolve, reject) => {
      node.once('error', reject);
      node.once('exit', (exitCode) => resolve(exitCode ?? 1));
    });
    if (code !== 0) throw new Error(`${name} ended with exit code ${code}`);
  };

export const verifyStore: Command = {
  summary: 'walk the files of the embedded store and say whether they are sound',
  usage: 'verify-store    (the store under DATA_DIR; it may be running)',
  run: nodeCommand('verify', false),
};

export const compact: Command = {
  summary: 'give back the room of deleted and expired events of the embedded store',
  usage: 'compact         (the store under DATA_DIR; the application must be stopped)',
  run: nodeCommand('compact', false),
};

export const backup: Command = {
  summary: 'copy the embedded store, while it runs, into one file',
  usage: 'backup <file>',
  run: nodeCommand('backup', true),
};

export const restore: Command = {
  summary: 'make the embedded store from a backup',
  usage: 'restore <file>  (into DATA_DIR, which must not have a store)',
  run: nodeCommand('restore', true),
};
