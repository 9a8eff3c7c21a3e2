/** One sub-command of `npm run -s ledger -- <command>`. */
export type Command = {
  readonly summary: string;
  /** How it is called, with its options, one line each. */
  readonly usage: string;
  /**
   * Prints its result, and nothing else, to standard output.
   * @throws UsageError when it was called the wrong way; any other error is a failure
   */
  run(args: readonly string[]): Promise<void>;
};

/** The command line itself is wrong; the message says what, and the usage is shown with it. */
export class UsageError extends Error {}
