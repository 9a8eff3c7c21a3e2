import { constants } from 'node:fs';
import { access, copyFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { convertFile } from './convert.ts';
import { DataFolderUnusable, DataFormatRefused, OlderFormat } from './log/errors.ts';
import { partialOf, putInPlace, removeEventFile } from './log/files.ts';
import {
  type EventFile,
  eventFile,
  lastLogged,
  type OlderFile,
  openEventFile,
  openOlderFile,
  walSalts,
} from './log/layout.ts';
import { NodeLock } from './log/node-lock.ts';
import { RecentEvents } from './log/recent-events.ts';
import { addUnfiled, fileEvents, readWal } from './log/storage.ts';
import { type Run, recordsFrom } from './log/write-ahead-log.ts';
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
  const source = openEventFile(eventFile(dir), 'read');
  try {
    return await made(file, (partial) => copyEvents(dir, source, partial), progress);
  } finally {
    await source.environment.close();
  }
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
    return await made(target, (partial) => copyBackup(source, partial, progress), progress);
  } finally {
    await lock.release();
  }
};

const copyEvents = async (dir: string, source: EventFile, partial: string): Promise<void> => {
  // Read first: events put into the event file meanwhile are copied with it.
  const run = readWal(dir, source);
  try {
    // Compacting leaves out free pages, which hold old data.
    await source.environment.backup(partial, true);
    await complete(partial, run);
  } catch (error) {
    throw new DataFolderUnusable(dirname(partial), error);
  }
};

/** Makes the copy of an event file one that needs no write-ahead log. */
const complete = async (partial: string, run: Run): Promise<void> => {
  const copy = openEventFile(partial, 'write');
  try {
    const recent = new RecentEvents();
    addUnfiled(recent, copy, recordsFrom(run, lastLogged(copy) + 1n));
    await fileEvents(copy, recent, undefined);
  } finally {
    await copy.environment.close();
  }
};

/** Makes an event file that needs no write-ahead log; it gets its name once it has been checked. */
const made = async (
  file: string,
  make: (partial: string) => Promise<void>,
  progress?: Progress,
): Promise<Verification> => {
  const partial = partialOf(file);
  try {
    removeEventFile(partial);
    await make(partial);
    const verification = await verifyFile(partial, progress);
    if (verification.faults.length > 0) throw new NotSound(partial, verification.faults);
    putInPlace(partial, file);
    return verification;
  } finally {
    removeEventFile(partial);
  }
};

const copyBackup = async (source: string, partial: string, progress?: Progress): Promise<void> => {
  await copyFile(source, partial);
  try {
    await refuseUnfinished(openEventFile(partial, 'read'));
  } catch (error) {
    if (!(error instanceof OlderFormat)) throw error;
    await refuseUnfinished(openOlderFile(partial));
    removeEventFile(partial);
    await convertFile(source, partial, progress ?? (() => {}));
  }
};

/** Closes the file too. @throws DataFormatRefused */
const refuseUnfinished = async (file: OlderFile): Promise<void> => {
  try {
    if (walSalts(file) === undefined) return;
    throw new DataFormatRefused(
      'That is no backup but the events.mdb of a data folder, and lacks its newest events. ' +
        'Move the whole folder instead, or back it up.',
    );
  } finally {
    await file.environment.close();
  }
};

const refuseExisting = async (file: string): Promise<void> => {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new DataFolderUnusable(file, error);
  });
  if (found !== undefined) throw new AlreadyThere(file);
};
