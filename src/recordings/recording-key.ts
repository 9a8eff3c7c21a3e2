import { patientStreams } from '../../events/categories.ts';
import { Id } from '../../events/values.ts';
import { isObjectKey, type KeyPolicy, type ObjectKey, objectKey } from '../objects/object-key.ts';

const PREFIX = patientStreams.prefix;

/** What `patientId` and `recordingId` a key was made of. */
export type KeyOwner = { readonly patientId: string; readonly recordingId: string };

const isId = (text: string) => Id.safeParse(text).success;

/**
 * `patient-<patientId>/<recordingId>`: the patient's own stream and the recording in it, so that a sweep that finds an object can
 * ask the ledger about it. The prefix also keeps an id such as `..` from being a path.
 */
export const recordingKeys: KeyPolicy = {
  noun: 'recording',
  segments: [(folder) => folder.startsWith(PREFIX) && isId(folder.slice(PREFIX.length)), isId],
};

/** @throws TypeError when an id is not one */
export const recordingKey = ({ patientId, recordingId }: KeyOwner): ObjectKey =>
  objectKey(`${PREFIX}${patientId}/${recordingId}`, recordingKeys);

/** The ids in a key, or undefined when this is no recording's key (an operator's file, a temporary one). */
export const keyOwner = (key: string): KeyOwner | undefined => {
  if (!isObjectKey(key, recordingKeys)) return undefined;
  const [folder = '', recordingId = ''] = key.split('/');
  return { patientId: folder.slice(PREFIX.length), recordingId };
};
