/** How a command ended, for scripts. */
export const EXIT = { fine: 0, damaged: 1, notDone: 2 } as const;

/** File descriptor on which a command says how far it is: lines of entries done and entries in all. */
export const PROGRESS = 3;

/** What to do about a damaged data folder. */
export const KEEP_AND_RESTORE = 'Keep the folder as it is, and restore a backup into an empty one.';

const SHOWN_FAULTS = 20;

export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

export const sayDamaged = (faults: readonly string[], what: string): number => {
  for (const fault of faults.slice(0, SHOWN_FAULTS)) say(`fault: ${fault}`);
  say(`DAMAGED: ${faults.length} faults or more. ${what}`);
  return EXIT.damaged;
};
