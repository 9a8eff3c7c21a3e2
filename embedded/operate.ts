import { backUp, NotSound, restore } from './backup.ts';
import { command } from './configuration.ts';
import { type Verification, verifyFolder } from './verify.ts';

/** How a command ended, for scripts. */
export const EXIT = { fine: 0, damaged: 1, notDone: 2 } as const;

const SHOWN_FAULTS = 20;

/**
 * Carries out a command on a data folder (`command`). Progress goes to standard error; the last line on standard output says how it
 * ended. Gives the exit code: 0 fine, 1 damaged, 2 not done.
 */
export const operate = async (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  try {
    const asked = command(args, environment);
    if (asked.name === 'verify') return verified(await verifyFolder(asked.dir, showProgress));
    const { dir, file } = asked;
    if (asked.name === 'backup') say(`backed up ${counted(await backUp(dir, file, showProgress))} to ${file}`);
    else say(`restored ${counted(await restore(file, dir, showProgress))} into ${dir}`);
    return EXIT.fine;
  } catch (error) {
    if (error instanceof NotSound) return damaged(error.faults, error.message);
    say(`${args[0]} failed: ${error instanceof Error ? error.message : String(error)}`);
    return EXIT.notDone;
  }
};

const verified = (verification: Verification): number => {
  if (verification.faults.length > 0) return damaged(verification.faults, counted(verification));
  say(`sound: ${counted(verification)}`);
  return EXIT.fine;
};

const damaged = (faults: readonly string[], what: string): number => {
  for (const fault of faults.slice(0, SHOWN_FAULTS)) say(`fault: ${fault}`);
  say(`DAMAGED: ${faults.length} faults or more; ${what}`);
  return EXIT.damaged;
};

const counted = ({ events, streams, lastPosition }: Verification): string =>
  `${events} events in ${streams} streams, last position ${lastPosition}`;

const say = (line: string) => process.stdout.write(`${line}\n`);

const showProgress = (done: number, total: number) => {
  if (total > 0) process.stderr.write(`checked ${done} of ${total} entries (${Math.floor((100 * done) / total)} %)\n`);
};
