import { copyFileSync, existsSync, linkSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { refuseWithoutRoom } from './log/disk-space.ts';
import { DataFormatRefused, usable } from './log/errors.ts';
import { makeDurable, putInPlace, removeEventFile } from './log/files.ts';
import { DATA_FORMAT, eventFile, lastOfOlder, markFile, openOlderFile, walFile } from './log/layout.ts';
import { type Progress, rewrite } from './log/rewrite.ts';
import { readWal } from './log/storage.ts';
import { verifyFile } from './verify.ts';

/**
 * Brings a data folder of the format before this one into this version's. The old files are there, untouched, until the
 * new one has been checked, and are kept after that. It may be killed at any moment: the next call continues. The
 * caller has the folder for itself.
 * @throws DataFormatRefused when something in it is damaged, DataFolderUnusable
 */
export const convertFolder = async (dir: string, progress: Progress): Promise<void> => {
  const path = eventFile(dir);
  const converted = `${path}.converting`;
  await refuseIncomplete(dir, path);
  refuseWithoutRoom(
    dir,
    { source: path, target: converted },
    (needed) => `it is in an older format, and ${needed} are needed to convert it`,
  );
  await convertFile(path, converted, progress);
  usable(dir, () => {
    keepFiles(dir);
    putInPlace(converted, path);
  });
};

/** A folder of which acknowledged events are missing stays as it is. @throws DataFormatRefused */
const refuseIncomplete = async (dir: string, path: string): Promise<void> => {
  const source = openOlderFile(path);
  try {
    readWal(dir, source);
  } finally {
    await source.environment.close();
  }
};

/** Makes an event file of this format out of one of the format before, and checks it. @throws DataFormatRefused */
export const convertFile = async (path: string, converted: string, progress: Progress): Promise<void> => {
  const source = openOlderFile(path);
  let events = 0;
  try {
    const last = lastOfOlder(source);
    events = Number(last + 1n);
    await rewrite({ source, last, firstKept: () => 0n, terms: 'conversion' }, converted, progress);
  } finally {
    await source.environment.close();
  }
  const verification = await verifyFile(converted, progress);
  if (verification.faults.length === 0 && verification.events === events) return;
  removeEventFile(converted);
  throw new DataFormatRefused(
    `${path} is damaged and can't be converted: ${verification.faults[0] ?? 'events are missing'}. Nothing was ` +
      'changed; restore a backup into an empty folder.',
  );
};

/** The event file under a second name, which costs no room, and copies of the two files that are written over. */
const keepFiles = (dir: string): void => {
  const path = eventFile(dir);
  const kept = keptFolder(dir);
  mkdirSync(kept, { recursive: true, mode: 0o700 });
  if (!existsSync(eventFile(kept))) {
    try {
      linkSync(path, eventFile(kept));
    } catch {
      // A file system without hard links.
      copyFileSync(path, eventFile(kept));
      makeDurable(eventFile(kept));
    }
  }
  for (const named of [walFile, markFile]) {
    if (!existsSync(named(dir))) continue;
    copyFileSync(named(dir), named(kept));
    makeDurable(named(kept));
  }
  makeDurable(kept);
  makeDurable(dir);
};

/** A folder that has no other event file: the files that an earlier conversion kept stay. */
const keptFolder = (dir: string): string => {
  const { ino } = statSync(eventFile(dir));
  for (let number = 1; ; number++) {
    const folder = join(dir, `before-format-${DATA_FORMAT}${number === 1 ? '' : `-${number}`}`);
    if (!existsSync(eventFile(folder)) || statSync(eventFile(folder)).ino === ino) return folder;
  }
};
