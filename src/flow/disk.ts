import { constants } from 'node:os';

/** What the operating system refuses, by its code and by its words, and what that means to who runs the instance. */
const refusals = [
  ['ENOSPC', 'No space left on device', 'the disk of DATA_DIR is full'],
  ['EDQUOT', 'Disk quota exceeded', 'the disk quota of DATA_DIR is used up'],
  ['EROFS', 'Read-only file system', 'DATA_DIR is on a read-only file system'],
  ['EACCES', 'Permission denied', 'DATA_DIR does not belong to the user of this process'],
  ['EPERM', 'Operation not permitted', 'DATA_DIR does not belong to the user of this process'],
  ['EMFILE', 'Too many open files', 'this process has too many files open (raise its limit of open files)'],
  ['ENFILE', 'Too many open files in system', 'the machine has too many files open'],
  ['EIO', 'Input/output error', 'the disk of DATA_DIR reports errors'],
  ['ENOTDIR', 'Not a directory', 'DATA_DIR or a folder in it is a file'],
] as const;

/**
 * Why the disk did not do what it was asked, without a path; undefined for an error that is not the disk's. Nothing is wrong then with
 * what a file holds.
 */
export const refusalOfDisk = (error: unknown): string | undefined => {
  const { code, message = '', cause } = (error ?? {}) as { code?: unknown; message?: string; cause?: unknown };
  // A library that is not Node's own gives the number of the system, or its words alone, with more before or behind them.
  const found = refusals.find(
    ([known, words]) =>
      code === known ||
      code === constants.errno[known] ||
      message.endsWith(`: ${words}`) ||
      message.startsWith(`${words}: `),
  );
  return found?.[2] ?? (cause === undefined ? undefined : refusalOfDisk(cause));
};
