import { readFile, writeFile } from 'node:fs/promises';
import { EventLog } from '../../embedded/log/event-log.ts';

const PAGE = 4_096;

/** Zeroes the pages of an event file that hold these bytes, as a disk does that lost them. */
export const zeroPagesWith = async (file: string, text: Buffer): Promise<void> => {
  const bytes = await readFile(file);
  let at = bytes.indexOf(text);
  if (at === -1) throw new Error(`${file} doesn't hold ${text.toString('hex')}.`);
  for (; at !== -1; at = bytes.indexOf(text)) {
    const page = at - (at % PAGE);
    bytes.fill(0, page, page + PAGE);
  }
  await writeFile(file, bytes);
};

/** Makes a store that has most of its events in the event file; one of them holds these bytes. */
export const fillStore = async (dir: string, marked: Buffer): Promise<void> => {
  const log = await EventLog.open(dir);
  for (let batch = 0; batch < 4; batch++) {
    const events = Array.from({ length: 1_000 }, (_, place) => ({
      id: crypto.randomUUID(),
      type: 'Noted',
      contentType: 'application/octet-stream' as const,
      data: batch === 1 && place === 500 ? marked : Buffer.alloc(200, 'x'),
      metadata: Buffer.alloc(0),
    }));
    await log.append('s', 'any', events);
  }
  await log.close();
};
