import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';

/** The folder is open to others and can't be closed to them. */
export class FolderOpenToOthers extends Error {
  readonly code = 'folder-open-to-others';
}

/**
 * Makes a folder that only its owner may enter, or closes one that is there.
 * @throws FolderOpenToOthers
 */
export const privateFolder = (path: string): void => {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if ((statSync(path).mode & 0o077) === 0) return;
  try {
    chmodSync(path, 0o700);
  } catch (error) {
    throw new FolderOpenToOthers(
      `Other users of this machine can enter ${path}, and its permissions can't be changed. It must belong to the user who runs the node.`,
      { cause: error },
    );
  }
};

/** Writes a file that only its owner may read, whole or not at all: a crash leaves the old one. */
export const writePrivately = (path: string, content: string): void => {
  const draft = `${path}.new`;
  const file = openSync(draft, 'w', 0o600);
  try {
    // An old draft keeps its mode when it is opened again.
    chmodSync(draft, 0o600);
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
};

export const readIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};
