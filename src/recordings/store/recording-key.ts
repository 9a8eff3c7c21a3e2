import { patientStreams } from '../../../events/categories.ts';
import { Id } from '../../../events/values.ts';

const PREFIX = patientStreams.prefix;

/** What `patientId` and `recordingId` a key was made of. */
export type KeyOwner = { readonly patientId: string; readonly recordingId: string };

/**
 * `patient-<patientId>/<recordingId>`: the patient's own stream and the recording in it, so that whoever finds an object can
 * ask the ledger about it. The prefix also keeps an id such as `..` from being a path.
 * @throws TypeError when an id is not one
 */
export const recordingKey = ({ patientId, recordingId }: KeyOwner): string => {
  const key = `${PREFIX}${patientId}/${recordingId}`;
  checkKey(key);
  return key;
};

/** The ids in a key, or undefined when this is no recording's key (an operator's file, a temporary one). */
export const keyOwner = (key: string): KeyOwner | undefined => {
  const [folder = '', recordingId = '', ...rest] = key.split('/');
  const patientId = folder.slice(PREFIX.length);
  const named = folder.startsWith(PREFIX) && rest.length === 0 && isId(patientId) && isId(recordingId);
  return named && !recordingId.startsWith('.') ? { patientId, recordingId } : undefined;
};

/** Every store calls this before a key becomes a path or an address. @throws TypeError */
export const checkKey = (key: string): void => {
  if (keyOwner(key) === undefined) throw new TypeError(`not the key of a recording: ${JSON.stringify(key)}`);
};

const isId = (text: string) => Id.safeParse(text).success;
