/** What a reader has found so far. */
export type Found = {
  seconds: () => number | undefined;
  /** Whether it may end here without a byte missing. */
  mayEnd: boolean;
};

/**
 * A reader asks for the bytes that pass by as it needs them: it yields how many it wants next, and is given them, or less than none to go
 * past as many. What it wants is kept in memory until it is there, so that the reader bounds it. It returns where the bytes are no longer
 * what it knows: then nothing more is said of them.
 */
export type Reading = Generator<number, void, Buffer>;

/**
 * Whether a container with so many parts in so many bytes is one. Speech is sent in pieces of some 20 bytes and more; a container of
 * nothing but headers would cost more to read than to send.
 */
export const isPlausible = (parts: number, bytes: number): boolean => parts < 4_096 + bytes / 16;
