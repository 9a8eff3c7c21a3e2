import 'reflect-metadata';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { readConfig as ReadConfig } from '../../src/config/config.ts';
import type { createApp as CreateApp } from '../../src/create-app.ts';
import { serve } from './child.ts';

/*
 * A process that runs one variant of the application after the other. Loading what it is made from takes two seconds and loading a variant a
 * fifth of one: packages are found once, at their real place, and a variant's own modules by its own folder.
 */
export type ToHost = { readonly folder: string; readonly env: Readonly<Record<string, string>> } | 'stop';
export type FromHost =
  | { readonly kind: 'started'; readonly url: string }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'stopped' };

let app: Awaited<ReturnType<typeof CreateApp>> | undefined;

const start = async (folder: string, env: Readonly<Record<string, string>>): Promise<FromHost> => {
  const from = async (file: string) => import(pathToFileURL(join(folder, 'dist/src', file)).href);
  const { createApp } = (await from('create-app.js')) as { createApp: typeof CreateApp };
  const { readConfig } = (await from('config/config.js')) as { readConfig: typeof ReadConfig };
  const config = readConfig(env);
  const logTo = { write: (line: string) => void (process.env.MUTANTS_LOG && process.stderr.write(line)) };
  app = await createApp({ config, logTo });
  await app.listen(config.http.port, config.http.host);
  return { kind: 'started', url: await app.getUrl() };
};

const stop = async (): Promise<FromHost> => {
  await app?.close();
  app = undefined;
  return { kind: 'stopped' };
};

serve<ToHost>((what) => (what === 'stop' ? stop() : start(what.folder, what.env)));
