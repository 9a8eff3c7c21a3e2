import type { Config } from '../config/config.ts';
import type { IdFile } from '../keys/id-file.ts';
import { openIds } from '../keys/opened.ts';
import { mapIdsBy } from '../request/person-id.ts';

let opened: IdFile | undefined;

/**
 * Commands speak of people by the ids of the issuer, as requests do. The file is open until the process ends.
 * @throws KeysUnavailable
 */
export const speakOfPeople = (config: Config): IdFile | undefined => {
  opened ??= openIds(config);
  mapIdsBy(opened);
  return opened;
};
