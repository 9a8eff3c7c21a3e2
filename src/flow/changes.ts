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
   * @param holds is asked at once and at each announcement; must be cheap and must not throw
   */
  until(holds: () => boolean, limitMs: number): Promise<boolean> {
    if (holds()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (result: boolean) => {
        clearTimeout(timer);
        this.looks.delete(look);
        resolve(result);
      };
      const look = () => {
        if (holds()) done(true);
      };
      const timer = setTimeout(() => done(false), timerMs(limitMs));
      this.looks.add(look);
    });
  }
}
