import { Pseudonyms } from './pseudonyms.ts';

const KEPT = /^[A-Za-z0-9_.-]{1,64}$/;
const HEX = '0123456789ABCDEF';

const OF_A_DRILL = /^drill-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[a-z]+[0-9]*$/;

let pseudonyms: Pseudonyms | undefined;

/** From here on this process keeps random ids, as that file says; with no secret, issued ones. */
export const keepIdsBy = (path: string, secret: string | undefined): void => {
  pseudonyms = secret === undefined ? undefined : new Pseudonyms(path, secret);
};

export const closePseudonyms = async (): Promise<void> => {
  const closing = pseudonyms;
  pseudonyms = undefined;
  await closing?.close();
};

/**
 * The id that the ledger keeps for one as it was issued, worked out a second time: the rule is in docs/identity.md. Everything that comes with a request or leaves
 * in an answer is in the issued form, everything stored in the kept one.
 * @returns '' for a value that is no issued id, an encoded one included: no stored id is equal to it
 */
export const keptId = (issued: unknown): string => {
  if (typeof issued !== 'string' || issued === '' || issued.startsWith('_.') || issued.startsWith('$')) return '';
  if (/(^|\/)\.\.?(\/|$)/.test(issued)) return '';
  if (pseudonyms) return isIssued(issued) ? (OF_A_DRILL.test(issued) ? issued : pseudonyms.of(issued)) : '';
  if (KEPT.test(issued)) return issued;
  let kept = '_.';
  for (const byte of Buffer.from(issued)) {
    const character = String.fromCharCode(byte);
    if (byte < 0x21 || byte > 0x7e || '"<>\\`{}'.includes(character)) return '';
    kept += /[A-Za-z0-9_-]/.test(character) ? character : `.${HEX[byte >> 4]}${HEX[byte & 15]}`;
  }
  return KEPT.test(kept) ? kept : '';
};

const isIssued = (text: string): boolean => text.length <= 64 && /^[!-~]+$/.test(text) && !/["<>\\`{}]/.test(text);
