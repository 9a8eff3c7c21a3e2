import { access, chmod, constants, readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../flow/folder.ts';
import { type Config, ConfigError } from './config.ts';

const OTHERS = 0o077;

/** By which a folder is known to be one of the ledger's; `lost+found` is on every new volume. */
export const OF_A_LEDGER = [
  'backtests',
  'console-session-secret',
  'dev-signing-key.json',
  'eventstore',
  'exports',
  'exports-making',
  'history',
  'read-models',
  'recordings',
  'rules',
  'view-cookie-secret',
];
const OF_NO_MATTER = ['lost+found'];

/**
 * Makes `DATA_DIR`, for this user alone: events, recordings and keys are in it, and another user who can enter it can read files that an earlier release
 * made with laxer modes, or put a file in place of another. Untouched where nothing of this configuration is kept there.
 * @throws ConfigError in one line that says what to do
 */
export const prepareDataDir = async ({ dataDir, storeUrl, recordings, tokens, views }: Config): Promise<void> => {
  if (storeUrl && recordings.s3 && tokens.issuer && views.cookieSecret) return;
  if (dataDir === dirname(dataDir)) throw refused(`${dataDir} is the root of the file system: set a folder of its own`);
  try {
    await makeFolder(dataDir);
    const found = await stat(dataDir);
    if (!found.isDirectory()) throw refused(`${dataDir} is not a folder: set another`);
    if ((found.mode & OTHERS) !== 0) await close(dataDir, found.uid);
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw error instanceof ConfigError ? error : unusable(dataDir, error);
  }
};

/** What others use is not closed to them: a folder with files in it, none of them the ledger's, was named by mistake. */
const close = async (dataDir: string, uid: number): Promise<void> => {
  if (uid !== process.getuid?.())
    throw refused(`${dataDir} is open to others and not this user's: chmod 700 it, or set another`);
  const names = (await readdir(dataDir)).filter((name) => !OF_NO_MATTER.includes(name));
  if (names.length > 0 && !names.some((name) => OF_A_LEDGER.includes(name)))
    throw refused(`${dataDir} is open to others and holds files that are not the ledger's: set a folder of its own`);
  await chmod(dataDir, 0o700);
};

/** The refusal of a file or folder in `DATA_DIR`, or of itself. */
export const unusable = (path: string, error: unknown): ConfigError =>
  refused(whyNot(path, error as NodeJS.ErrnoException));

/** @param message begins with the path, and says what to do */
export const refused = (message: string): ConfigError => new ConfigError([{ setting: 'DATA_DIR', message }]);

const whyNot = (path: string, { code, message }: NodeJS.ErrnoException): string => {
  if (code === 'EEXIST' || code === 'ENOTDIR') return `${path} is not a folder: set another`;
  if (code === 'EISDIR') return `${path} is a folder, and must be a file: move it away, or set another`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `${path} cannot be written by this user: set another`;
  if (code === 'ENOENT') return `${path} cannot be made there: set another`;
  return `${path} cannot be used: ${code ?? message}`;
};
