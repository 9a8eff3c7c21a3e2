import { useEffect, useSyncExternalStore } from 'react';

/** One clock for all that counts on the page: a second's tick, and none while the page is hidden. */
let now = Date.now();
const listeners = new Set<() => void>();
let timer: number | undefined;

const tick = () => {
  now = Date.now();
  for (const listener of listeners) listener();
};

const run = () => {
  const needed = listeners.size > 0 && !document.hidden;
  if (needed && timer === undefined) timer = window.setInterval(tick, 1_000);
  if (!needed && timer !== undefined) {
    window.clearInterval(timer);
    timer = undefined;
  }
};

document.addEventListener('visibilitychange', () => {
  run();
  if (!document.hidden) tick();
});

const listen = (listener: () => void) => {
  listeners.add(listener);
  run();
  return () => {
    listeners.delete(listener);
    run();
  };
};

/** The time of this machine in milliseconds, new each second. */
export const useNow = (): number => {
  useEffect(tick, []);
  return useSyncExternalStore(listen, () => now);
};
