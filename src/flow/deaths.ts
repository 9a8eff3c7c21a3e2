import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** A file at whose opening the process died so often in a row is not opened again. */
const MOST = 3;
/** A process that lived so long did not die of its file. */
const LIVED_MS = 30_000;

/** Counts the processes that died soon after they opened a file: a library that maps files into memory ends the process on a damaged one. */
export class Deaths {
  private readonly lived: NodeJS.Timeout;

  /**
   * To be made before the file is opened.
   * @param file where the count is kept
   * @throws TooManyDeaths
   */
  constructor(private readonly file: string) {
    const died = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    if (died >= MOST) throw new TooManyDeaths(`the process died ${died} times soon after it was opened`);
    writeFileSync(file, String(died + 1), { mode: 0o600 });
    this.lived = setTimeout(() => this.survived(), LIVED_MS).unref();
  }

  /** The file was closed, or did no harm. */
  survived(): void {
    clearTimeout(this.lived);
    rmSync(this.file, { force: true });
  }
}

export class TooManyDeaths extends Error {}
