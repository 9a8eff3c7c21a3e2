import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long work that can be divided may keep the event loop at a time: sockets, timers and other requests wait meanwhile. */
const LONGEST_MS = 10;

/** When work of this turn of the loop was first seen; undefined before any was. */
let began: number | undefined;

/**
 * Whether all the work of this turn of the loop has taken so long that the rest is to wait for the next one. To be asked again after each
 * `freeLoop`: of many that waited, one may have used the turn up.
 */
export const isLoopKept = (): boolean => {
  const now = performance.now();
  if (began === undefined) {
    began = now;
    setImmediate(() => {
      began = undefined;
    });
  }
  return now - began >= LONGEST_MS;
};

/** Lets everything else that is ready have its turn. */
export const freeLoop = (): Promise<void> => nextTurn();
