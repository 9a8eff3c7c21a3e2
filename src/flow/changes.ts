import { timerMs } from './timers.ts';

/** Waiting for something to become true: who changes it announces that, and each waiter looks for itself. */
export class Changes {
  private readonly looks = new Set<() => void>();

  /** To be called after every change that a waiter may wait for. */
  announce(): void {
    for (const look of this.looks) look();
  }

  /**
   * Resolves as soon as `holds` does, with true, or after `limitMs`, with false.
   * @param holds is asked at once and at each announcement; must be cheap
   * @throws what `holds` throws
   */
  async until(holds: () => boolean, limitMs: number): Promise<boolean> {
    if (holds()) return true;
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        this.looks.delete(look);
        settle();
      };
      const look = () => {
        try {
          if (holds()) end(() => resolve(true));
        } catch (error) {
          end(() => reject(error));
        }
      };
      const timer = setTimeout(() => end(() => resolve(false)), timerMs(limitMs));
      this.looks.add(look);
    });
  }
}
