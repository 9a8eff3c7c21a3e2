import { constants } from 'node:fs';
import { access, copyFile, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { DataFolderUnusable } from './log/errors.ts';
import { eventFile, openEventFile } from './log/layout.ts';
import { NodeLock } from './log/node-lock.ts';
import { type Progress, type Verification, verifyFile } from './verify.ts';

/** The target of a backup or a restore is already there; nothing is ever written over. */
export class AlreadyThere extends Error {
  readonly code = 'already-there';
  constructor(file: string) {
    super(`${file} is already there. It was left alone; choose another name or move it away.`);
  }
}

/** A copy that isn't what it was copied from, or a source that is damaged itself. */
export class NotSound extends Error {
  readonly code = 'not-sound';
  constructor(
    file: string,
    readonly faults: readonly string[],
  ) {
    super(`${file} is damaged: ${faults[0]}`);
  }
}

/**
 * Copies a data folder's events as of one moment into one file, checks the copy and gives it its name only then. The
 * node may run and write meanwhile. Users, passwords and certificates aren't in it: a restored node makes its own.
 * @throws AlreadyThere, NotSound, DataFolderUnusable, DataFormatRefused
 */
export const backUp = async (dir: string, target: string, progress?: Progress): Promise<Verification> => {
  const file = resolve(target);
  await refuseExisting(file);
  const partial = `${file}.partial`;
  await rm(partial, { force: true });
  const source = openEventFile(eventFile(dir), 'read');
  try {
    // Compacting leaves out free pages, which hold old data.
    await source.environment.backup(partial, true);
  } catch (error) {
    throw new DataFolderUnusable(dirname(file), error);
  } finally {
    await source.environment.close();
  }
  return checkedAndNamed(partial, file, progress);
};

/**
 * Makes a data folder out of a backup. The folder may be there, but without events and without a node on it.
 * @throws AlreadyThere, NotSound, DataFolderInUse, DataFolderUnusable, DataFormatRefused
 */
export const restore = async (backup: string, dir: string, progress?: Progress): Promise<Verification> => {
  const source = resolve(backup);
  const target = eventFile(resolve(dir));
  await access(source, constants.R_OK).catch((error: unknown) => {
    throw new DataFolderUnusable(source, error);
  });
  const lock = NodeLock.acquire(dir);
  try {
    await refuseExisting(target);
    const partial = `${target}.partial`;
    await copyFile(source, partial);
    return await checkedAndNamed(partial, target, progress);
  } finally {
    await lock.release();
  }
};

const checkedAndNamed = async (partial: string, file: string, progress?: Progress): Promise<Verification> => {
  try {
    const verification = await verifyFile(partial, progress);
    if (verification.faults.length > 0) throw new NotSound(partial, verification.faults);
    await makeDurable(partial, 0o600);
    await rename(partial, file);
    await makeDurable(dirname(file));
    return verification;
  } finally {
    await rm(partial, { force: true });
    // LMDB leaves a lock file beside whatever it opens.
    await rm(`${partial}-lock`, { force: true });
  }
};

const refuseExisting = async (file: string): Promise<void> => {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new DataFolderUnusable(file, error);
  });
  if (found !== undefined) throw new AlreadyThere(file);
};

const makeDurable = async (path: string, mode?: number): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    if (mode !== undefined) await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
};
