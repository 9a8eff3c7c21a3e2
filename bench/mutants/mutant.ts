export const kinds = [
  'policy',
  'lists',
  'queries',
  'the monitor',
  'fold cache',
  'upcast and decode',
  'clock',
  'suspension',
  'expiry',
  'cuts',
  'revocation',
  'who is asking',
  'who may let in',
  'the reader',
  'the bytes',
  'what leaves',
  'media session',
  'repetition',
  'the second key itself',
] as const;

/** One bug, as a person could make it: this text in this file becomes that one. */
export type Mutant = {
  /** Short and stable: it is what `--only` takes and what the table is kept by. */
  readonly name: string;
  readonly kind: (typeof kinds)[number];
  readonly file: string;
  /** Must be in the file exactly once. */
  readonly find: string;
  readonly put: string;
  /** What the bug is. */
  readonly bug: string;
  /** It does nothing unless somebody wrote past the application, too, and that would be a second fault: here nobody did. */
  readonly intact?: true;
  /** Why what it lets through cannot be stopped by the rest of the application. */
  readonly open?: string;
};
