import { writeSync } from 'node:fs';
import { backUp, NotSound, restore } from './backup.ts';
import { type Compaction, compact } from './compact.ts';
import { type Command, command } from './configuration.ts';
import { badPageIn, damageIn } from './log/damage.ts';
import { EXIT, KEEP_AND_RESTORE, PROGRESS, say, sayDamaged } from './outcome.ts';
import { type Verification, verifyFolder } from './verify.ts';

/*
 * A command on a data folder, in the process that `operate` started for it: a damaged page may end the process that
 * reads it. The last line on standard output says how it ended, and so does the exit code.
 */

const carryOut = async (asked: Command): Promise<number> => {
  try {
    if (asked.name === 'verify') return verified(await verifyFolder(asked.dir, showProgress));
    if (asked.name === 'compact') return compacted(await compact(asked.dir, showProgress));
    const { dir, file } = asked;
    if (asked.name === 'backup') say(`backed up ${counted(await backUp(dir, file, showProgress))} to ${file}`);
    else say(`restored ${counted(await restore(file, dir, showProgress))} into ${dir}`);
    return EXIT.fine;
  } catch (error) {
    if (error instanceof NotSound) return sayDamaged(error.faults, error.message);
    // The operator may ask to restore any file; a data folder was this node's own.
    const damage = asked.name === 'restore' ? badPageIn(error) : damageIn(error);
    if (damage !== undefined) return sayDamaged([damage], 'Nothing was written.');
    throw error;
  }
};

const verified = (verification: Verification): number => {
  if (verification.faults.length > 0)
    return sayDamaged(verification.faults, `${counted(verification)}. ${KEEP_AND_RESTORE}`);
  say(`sound: ${counted(verification)}`);
  return EXIT.fine;
};

const compacted = ({ events, leftOut, before, after }: Compaction): number => {
  say(`compacted: ${events} events kept, ${leftOut} left out, ${megabytes(before)} before, ${megabytes(after)} now`);
  return EXIT.fine;
};

const counted = ({ events, streams, lastPosition }: Verification): string =>
  `${events} events in ${streams} streams, last position ${lastPosition}`;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** To the process that waits for this one, which shows it, and knows from it how far this one came. */
const showProgress = (done: number, total: number) => {
  writeSync(PROGRESS, `${done} ${total}\n`);
};

const args = process.argv.slice(2);
// What this process writes is for its user alone.
process.umask(0o077);
try {
  process.exitCode = await carryOut(command(args, process.env));
} catch (error) {
  say(`${args[0]} failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = EXIT.notDone;
}
