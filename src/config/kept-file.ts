import { randomUUID } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../flow/folder.ts';
import { unusable } from './data-dir.ts';

/**
 * The text of a secret file, made on first use with mode 0600.
 * Several processes may be first at once: the text is written aside and linked into place, which only one of them can do, and
 * all then read the one that is there.
 * @throws ConfigError when the file cannot be read, or the folder not written
 */
export const keptFile = async (path: string, make: () => Promise<string>): Promise<string> => {
  try {
    return await readOrMade(path, make);
  } catch (error) {
    throw unusable(path, error);
  }
};

const readOrMade = async (path: string, make: () => Promise<string>): Promise<string> => {
  const existing = await readFile(path, 'utf8').catch(ifMissing);
  if (existing !== undefined) return existing;
  await makeFolder(dirname(path));
  const aside = `${path}.${randomUUID()}`;
  try {
    const file = await open(aside, 'wx', 0o600);
    try {
      await file.writeFile(await make());
      await file.sync();
    } finally {
      await file.close();
    }
    await link(aside, path).catch(ifTaken);
  } finally {
    await rm(aside, { force: true });
  }
  return readFile(path, 'utf8');
};

const hasCode = (error: unknown, code: string) => (error as NodeJS.ErrnoException).code === code;
const ifMissing = (error: unknown) => {
  if (hasCode(error, 'ENOENT')) return undefined;
  throw error;
};
const ifTaken = (error: unknown) => {
  if (!hasCode(error, 'EEXIST')) throw error;
};
