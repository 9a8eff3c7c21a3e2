import { setTimeout } from 'node:timers/promises';

/** How many times as long as on quiet cores something takes here (`patience.js`). */
export const patience = () => Number(process.env.SUITES_PATIENCE);

/** Looks soon at first, then less often: several suites wait on one machine, and each look is work that others wait for. */
const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 80;

/** Waits until `look` gives something truthy, and fails after `limitMs`, or longer where the machine is slower or does other work. */
export const eventually = async <T>(look: () => T | Promise<T>, limitMs = 10_000): Promise<NonNullable<T>> => {
  const limit = limitMs * patience();
  const end = Date.now() + limit;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`not within ${limit} ms: ${look}`);
    await setTimeout(pause);
  }
};
