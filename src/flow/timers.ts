/** `setTimeout` counts in 32 bits, and takes a longer time for none at all. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** As long as asked, or about 24 days: who waits longer than that looks again then. */
export const timerMs = (ms: number): number => Math.min(ms, LONGEST_TIMER_MS);
