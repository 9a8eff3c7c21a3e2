import { readFileSync } from 'node:fs';

const EVERY_MS = 1_000;

/**
 * Watches whether a process does anything: says something, takes processor time, or is stopped by a signal. Where there is no /proc,
 * what it says is all there is.
 *
 * Looks are counted rather than time, so that time in which this process was suspended itself (a paused machine) counts for nothing.
 */
export class LifeSigns {
  private readonly timer: NodeJS.Timeout;
  private silentLooks = 0;
  private processorTime = '';

  /** @param onSilent called once, when nothing was seen for so many looks, of which there is one in a second unless told */
  constructor(
    private readonly pid: number,
    looks: number,
    onSilent: () => void,
    everyMs = EVERY_MS,
  ) {
    this.timer = setInterval(() => {
      if (this.isWorking()) this.heard();
      else if (++this.silentLooks >= looks) {
        this.end();
        onSilent();
      }
    }, everyMs);
  }

  heard(): void {
    this.silentLooks = 0;
  }

  end(): void {
    clearInterval(this.timer);
  }

  private isWorking(): boolean {
    let stat: string;
    try {
      stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
    } catch {
      return false;
    }
    // proc(5): the program's name in brackets may hold anything; after it come the state, and 11 fields on the time in user and kernel mode.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const before = this.processorTime;
    this.processorTime = `${fields[11]} ${fields[12]}`;
    return this.processorTime !== before || /^[Tt]/.test(fields[0] ?? '');
  }
}
