import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What lies under a folder, by path. */
export const filesUnder = async (folder: string): Promise<Map<string, Buffer>> => {
  const found = new Map<string, Buffer>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name);
      found.set(path, await readFile(path));
    }
  return found;
};
