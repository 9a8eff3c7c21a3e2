import { pbkdf2Sync } from 'node:crypto';
import { availableParallelism, loadavg } from 'node:os';

/** What the work of `measured` takes on two quiet cores, for which the limits in suites are written, in ms. */
const THERE_MS = 60;
const LONGEST = 8;

const work = () => {
  const begun = performance.now();
  pbkdf2Sync('patience', 'salt', 60_000, 64, 'sha512');
  return performance.now() - begun;
};

/** How many times as long as there something takes here: by the speed of a core, and by what else the cores do. */
export const measured = () => {
  const [, middle] = [work(), work(), work()].sort((one, other) => one - other);
  const [load = 0] = loadavg();
  const factor = Math.max(1, middle / THERE_MS) * Math.max(1, load / availableParallelism());
  return Math.min(LONGEST, factor);
};
