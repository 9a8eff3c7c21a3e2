import { setTimeout } from 'node:timers/promises';

/** How many times as long as on quiet cores something takes here (`patience.js`). */
export const patience = () => Number(process.env.SUITES_PATIENCE);

/** Waits until `look` gives something truthy, and fails after `limitMs`, or longer where the machine is slower or does other work. */
export const eventually = async <T>(look: () => T | Promise<T>, limitMs = 10_000): Promise<NonNullable<T>> => {
  const limit = limitMs * patience();
  const end = Date.now() + limit;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`not within ${limit} ms: ${look}`);
    await setTimeout(10);
  }
};
