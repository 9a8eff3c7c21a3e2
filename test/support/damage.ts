import { readFile, writeFile } from 'node:fs/promises';

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
