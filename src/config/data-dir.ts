import { access, chmod, constants, mkdir, stat } from 'node:fs/promises';
import { type Config, ConfigError } from './config.ts';

const OTHERS = 0o077;

/**
 * Makes `DATA_DIR`, for this user alone: events, recordings and keys are in it, and another user who can enter it can read files that an earlier release
 * made with laxer modes, or put a file in place of another. Untouched where nothing of this configuration is kept there.
 * @throws ConfigError in one line that says what to do
 */
export const prepareDataDir = async ({ dataDir, storeUrl, recordings, tokens, views }: Config): Promise<void> => {
  if (storeUrl && recordings.s3 && tokens.issuer && views.cookieSecret) return;
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const { mode, uid } = await stat(dataDir);
    if ((mode & OTHERS) !== 0) {
      if (uid !== process.getuid?.())
        throw refused(`${dataDir} is open to others and not this user's: chmod 700 it, or set another`);
      await chmod(dataDir, 0o700);
    }
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw error instanceof ConfigError ? error : refused(whyNot(dataDir, error as NodeJS.ErrnoException));
  }
};

const refused = (message: string) => new ConfigError([{ setting: 'DATA_DIR', message }]);

const whyNot = (dataDir: string, { code, message }: NodeJS.ErrnoException): string => {
  if (code === 'EEXIST' || code === 'ENOTDIR') return `${dataDir} is not a folder: set another`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `${dataDir} cannot be written by this user: set another`;
  return `${dataDir} cannot be used: ${code ?? message}`;
};
