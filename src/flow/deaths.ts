import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** A file at whose opening the process died so often in a row is opened by another process first. */
const SUSPECT = 3;
/** A process that lived so long did not die of its file. */
const LIVED_MS = 30_000;
/** A damaged file may lead round in a circle. */
const TRIAL_MS = 300_000;

/** What a process of its own does with a file before this one opens it: a script of CommonJS, and its arguments. */
export type Trial = { readonly script: string; readonly args: readonly string[] };

/**
 * Counts the processes that died soon after they opened a file: a library that maps files into memory ends the process on a damaged one. So does
 * an orchestrator that kills one process after the other, and then nothing is wrong with the file: to build it again may take hours.
 */
export class Deaths {
  private readonly lived: NodeJS.Timeout;

  private constructor(
    private readonly file: string,
    died: number,
  ) {
    writeFileSync(file, String(died + 1), { mode: 0o600 });
    this.lived = setTimeout(() => this.survived(), LIVED_MS).unref();
  }

  /**
   * To be called before the file is opened.
   * @param file where the count is kept
   * @throws DiedOfIt: other processes died, and so did the one that tried it now
   */
  static async before(file: string, trial: Trial): Promise<Deaths> {
    const died = existsSync(file) ? Number(readFileSync(file, 'utf8')) || 0 : 0;
    if (died >= SUSPECT && (await dies(trial)))
      throw new DiedOfIt(`the process died ${died} times soon after it was opened, and one that tried it did, too`);
    return new Deaths(file, died);
  }

  /** The file was closed, or did no harm. */
  survived(): void {
    clearTimeout(this.lived);
    rmSync(this.file, { force: true });
  }
}

export class DiedOfIt extends Error {}

/** An error is no death: this process will meet it, too, and says why. */
const dies = ({ script, args }: Trial): Promise<boolean> =>
  new Promise((resolve) => {
    execFile(process.execPath, ['-e', script, ...args], { timeout: TRIAL_MS, killSignal: 'SIGKILL' }, (error) =>
      resolve(typeof error?.signal === 'string'),
    );
  });
