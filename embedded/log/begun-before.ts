import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataFormatRefused } from './errors.ts';
import { eventFile } from './layout.ts';

/** What a node makes once it has its event file, and never before. */
const LATER_THAN_EVENTS = ['access', 'tls', 'events.mark', 'events.wal'];

/**
 * Refuses to begin a store where there was one: an operator who lost the events must hear of it, not find none.
 * @throws DataFormatRefused
 */
export const refuseToBeginAgain = (dir: string): void => {
  const file = eventFile(dir);
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0) return;
  const left = LATER_THAN_EVENTS.filter((name) => existsSync(join(dir, name)));
  if (left.length === 0) return;
  throw new DataFormatRefused(
    `${file} is gone; of the store that was here remain: ${left.join(', ')}. Was a volume not mounted, or were not all of ` +
      'its files put back? Put the events back, or restore a backup. To begin anew, without any of its ' +
      `events, remove ${left.map((name) => join(dir, name)).join(' and ')}.`,
  );
};
