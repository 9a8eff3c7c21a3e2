declare const checked: unique symbol;

/** Names an object in a store: segments between slashes, each safe as the name of a file or a folder and in an address. */
export type ObjectKey = string & { readonly [checked]: true };

/** Which keys a store holds. Its makers build keys by it, and every store checks them by it before a key becomes a path. */
export type KeyPolicy = {
  /** What an object is in messages: `recording`. */
  readonly noun: string;
  /** Whether a text may stand at that place of a key; a key has exactly as many segments. */
  readonly segments: readonly ((segment: string) => boolean)[];
};

/** No segment begins with a dot: `.` and `..` are paths, and what begins with one is the store's own. S3 takes keys up to 1,024 bytes. */
const SAFE = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/;
const MOST_SEGMENTS = 7;

/** Whether it is a key of that policy. What an operator left in a store, or a write under way, is not. */
export const isObjectKey = (text: string, { segments }: KeyPolicy): text is ObjectKey => {
  const parts = text.split('/');
  return parts.length === segments.length && parts.every((part, place) => mayStand(part, place, segments));
};

/** Whether some key begins with these segments: where not, nothing below it is looked at. */
export const mayStand = (segment: string, place: number, segments: KeyPolicy['segments']): boolean =>
  place < MOST_SEGMENTS && SAFE.test(segment) && segments[place]?.(segment) === true;

/** @throws TypeError when it is not a key of that policy */
export const objectKey = (text: string, policy: KeyPolicy): ObjectKey => {
  if (isObjectKey(text, policy)) return text;
  throw new TypeError(`not the key of a ${policy.noun}: ${JSON.stringify(text)}`);
};
