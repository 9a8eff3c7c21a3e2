import 'reflect-metadata';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { readConfig as ReadConfig } from '../../src/config/config.ts';
import type { createApp as CreateApp } from '../../src/create-app.ts';

/*
 * A process that runs one variant of the application after the other. Loading what it is made from takes two seconds and loading a variant a
 * fifth of one: packages are found once, at their real place, and a variant's own modules by its own folder.
 */
export type ToHost =
  | { readonly start: { readonly folder: string; readonly env: Readonly<Record<string, string>> } }
  | 'stop';
export type FromHost =
  | { readonly kind: 'started'; readonly url: string }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'stopped' };

type App = Awaited<ReturnType<typeof CreateApp>>;
let app: App | undefined;

const tell = (what: FromHost) => process.send?.(what);

const start = async (folder: string, env: Readonly<Record<string, string>>): Promise<void> => {
  const from = async (file: string) => import(pathToFileURL(join(folder, 'dist/src', file)).href);
  const { createApp } = (await from('create-app.js')) as { createApp: typeof CreateApp };
  const { readConfig } = (await from('config/config.js')) as { readConfig: typeof ReadConfig };
  const config = readConfig(env);
  const logTo = { write: (line: string) => void (process.env.MUTANTS_LOG && process.stderr.write(line)) };
  app = await createApp({ config, logTo });
  await app.listen(config.http.port, config.http.host);
  tell({ kind: 'started', url: await app.getUrl() });
};

const stop = async (): Promise<void> => {
  await app?.close();
  app = undefined;
  tell({ kind: 'stopped' });
};

process.on('message', (message: ToHost) => {
  const work = message === 'stop' ? stop() : start(message.start.folder, message.start.env);
  work.catch((error: unknown) =>
    tell({ kind: 'failed', why: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
// As main.ts does it: nobody knows what state is left.
const die = (error: unknown): never => {
  tell({ kind: 'failed', why: `it died: ${error instanceof Error ? error.stack : String(error)}` });
  return process.exit(1);
};
process.on('unhandledRejection', die);
process.on('uncaughtException', die);
process.once('disconnect', () => process.exit(0));
