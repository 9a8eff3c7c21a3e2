import { cp, mkdtemp, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningApp } from './app.ts';

/** How another application connects to the store of one that runs. */
export const storeOf = async ({ config }: RunningApp): Promise<string> => {
  if (config.storeUrl !== undefined) return config.storeUrl;
  const file = join(config.dataDir, 'eventstore', 'access', 'credentials-admin.json');
  return (JSON.parse(await readFile(file, 'utf8')) as { connectionString: string }).connectionString;
};

/** The process of an application's embedded node: what runs on its data folder. */
export const nodePidOf = async ({ config }: RunningApp): Promise<number> => {
  const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  for (const pid of children.trim().split(' ').filter(Boolean)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(config.dataDir)) return Number(pid);
  }
  throw new Error('no embedded node runs for this application');
};

/**
 * Settings of another instance on the same store, recordings and keys. Its folder is its own, as is the process that it would be: of two in one
 * process that open one file of LMDB, one can wait for ever for a write that the other is asked for.
 */
export const besideIt = async (app: RunningApp): Promise<Readonly<Record<string, string>>> => {
  const { dataDir } = app.config;
  const folder = await mkdtemp(join(dataDir, 'beside-'));
  for (const name of ['dev-signing-key.json', 'view-cookie-secret'])
    await cp(join(dataDir, name), join(folder, name)).catch(() => undefined);
  await symlink(join(dataDir, 'recordings'), join(folder, 'recordings'));
  return { STORE_URL: await storeOf(app), DATA_DIR: folder };
};
