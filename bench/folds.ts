import { registeredFolds } from './folds/registry.ts';

const [FEW, MANY] = [5_000, 50_000];
const ROUNDS = 3;

const cpuUs = (work: () => void): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

/** The best of some rounds: what else the machine does makes it slower and never faster. */
const measured = (fold: (events: readonly unknown[]) => void, events: readonly unknown[]): number =>
  Math.min(...Array.from({ length: ROUNDS }, () => cpuUs(() => fold(events))));

console.log(`fold                        µs an event at ${FEW}   at ${MANY}   ${MANY} : ${FEW}`);
for (const { name, events, fold } of registeredFolds) {
  const [few, many] = [events(FEW), events(MANY)];
  fold(few);
  const [fewUs, manyUs] = [measured(fold, few), measured(fold, many)];
  const [each, eachOfMany] = [fewUs / FEW, manyUs / MANY];
  console.log(
    `${name.padEnd(28)}${each.toFixed(2).padStart(18)}${eachOfMany.toFixed(2).padStart(11)}${(manyUs / fewUs).toFixed(1).padStart(14)}`,
  );
}
