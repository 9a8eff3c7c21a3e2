import { setTimeout } from 'node:timers/promises';

/** Waits until `look` gives something truthy, and fails after `limitMs`. */
export const eventually = async <T>(look: () => T | Promise<T>, limitMs = 10_000): Promise<NonNullable<T>> => {
  const end = Date.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms: ${look}`);
    await setTimeout(10);
  }
};
