import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/** Puts a file, or what a folder says of its files, on disk. */
export const makeDurable = (path: string, mode?: number): void => {
  const descriptor = openSync(path, 'r');
  try {
    if (mode !== undefined) chmodSync(path, mode);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/** Where a file is made that gets its name once it is whole. */
export const partialOf = (file: string): string => `${file}.partial`;

/** Where an event file is compacted; a file left there by an interruption is continued. */
export const compactingOf = (file: string): string => `${file}.compacting`;

/** LMDB leaves a lock file beside whatever it opens. */
export const removeEventFile = (path: string): void => {
  for (const name of [path, `${path}-lock`]) rmSync(name, { force: true });
};

/** Gives a new event file the place of another, in one step. No process may have the new one open. */
export const putInPlace = (made: string, path: string): void => {
  makeDurable(made, 0o600);
  // A lock file says things about the file it was made for.
  for (const name of [`${made}-lock`, `${path}-lock`]) rmSync(name, { force: true });
  renameSync(made, path);
  makeDurable(dirname(path));
};
