import { timerMs } from './timers.ts';

export type Expected<T> = {
  /** @returns undefined when nothing arrived in time, counted from the call */
  within(ms: number): Promise<T | undefined>;
  /** Must be called in the end, whatever happened. */
  cancel(): void;
};

/** Waiting for what arrives under a key; several may wait for the same. A value that no caller waits for yet is not kept. */
export class Arrivals<T> {
  private readonly waiting = new Map<string, Set<(value: T) => void>>();

  isExpected(key: string): boolean {
    return this.waiting.has(key);
  }

  arrived(key: string, value: T): void {
    for (const tell of this.waiting.get(key) ?? []) tell(value);
  }

  /** To be called before what makes it arrive is begun: it may arrive before that is known to be done. */
  expect(key: string): Expected<T> {
    const waiting = this.waiting.get(key) ?? new Set();
    this.waiting.set(key, waiting);
    let tell: (value: T) => void = () => {};
    const arrival = new Promise<T>((resolve) => {
      tell = resolve;
      waiting.add(tell);
    });
    return {
      within: async (ms) => {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<undefined>((resolve) => {
          timer = setTimeout(resolve, timerMs(ms), undefined);
        });
        try {
          return await Promise.race([arrival, late]);
        } finally {
          clearTimeout(timer);
        }
      },
      cancel: () => {
        waiting.delete(tell);
        if (waiting.size === 0 && this.waiting.get(key) === waiting) this.waiting.delete(key);
      },
    };
  }
}
