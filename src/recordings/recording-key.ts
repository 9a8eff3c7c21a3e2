import { patientStreams } from '../../events/categories.ts';
import { Id } from '../../events/values.ts';
import { isObjectKey, type KeyPolicy, type ObjectKey, objectKey } from '../objects/object-key.ts';

const PREFIX = patientStreams.prefix;

/** What `patientId` and `recordingId` a key was made of. */
export type KeyOwner = { readonly patientId: string; readonly recordingId: string };

/** The ids in a key, and of a sealed object which of the recording's seals it has. */
export type Named = KeyOwner & { readonly sealId?: string };

const SEAL_ID = /^(.+)\.([0-9a-f]{16})$/;
const SEAL_ID_BYTES = 8;

const isId = (text: string) => Id.safeParse(text).success;

/**
 * `patient-<patientId>/<recordingId>`: the patient's own stream and the recording in it, so that a sweep that finds an object can
 * ask the ledger about it. The prefix also keeps an id such as `..` from being a path.
 */
export const recordingKeys: KeyPolicy = {
  noun: 'recording',
  segments: [(folder) => folder.startsWith(PREFIX) && isId(folder.slice(PREFIX.length)), isId],
};

/** The first segment of every key of a patient's. */
export const recordingsOf = (patientId: string): string => `${PREFIX}${patientId}`;

/** @throws TypeError when an id is not one */
export const recordingKey = ({ patientId, recordingId }: KeyOwner): ObjectKey =>
  objectKey(`${PREFIX}${patientId}/${recordingId}`, recordingKeys);

/**
 * The key of a recording's object as it is stored: `patient-<patientId>/<recordingId>` in clear, `….<sealId>` sealed. A recording that is sealed twice
 * has two objects, and the one that its event names is the one that counts.
 * @param sealId by `sealIdOf`; undefined for an object in clear
 */
export const storedAs = (owner: KeyOwner, sealId: string | undefined): ObjectKey =>
  sealId === undefined
    ? recordingKey(owner)
    : objectKey(`${PREFIX}${owner.patientId}/${owner.recordingId}.${sealId}`, recordingKeys);

/** Which seal it is: the beginning of its salt. */
export const sealIdOf = (head: Buffer): string => head.subarray(0, SEAL_ID_BYTES).toString('hex');

/** As an event has it: the head in base64. */
export const sealIdIn = (sealed: { readonly head: string } | undefined): string | undefined =>
  sealed && sealIdOf(Buffer.from(sealed.head, 'base64'));

/** What a key says, or undefined when this is no recording's key (an operator's file, a temporary one). */
export const keyOwner = (key: string): Named | undefined => {
  if (!isObjectKey(key, recordingKeys)) return undefined;
  const [folder = '', name = ''] = key.split('/');
  const [, recordingId = name, sealId] = SEAL_ID.exec(name) ?? [];
  return { patientId: folder.slice(PREFIX.length), recordingId, ...(sealId !== undefined && { sealId }) };
};
