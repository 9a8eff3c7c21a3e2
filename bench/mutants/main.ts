import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Host } from './application.ts';
import { mutants } from './catalogue.ts';
import type { Mutant } from './mutant.ts';
import { differences, isHeld, isTight, line, table, writeTable } from './report.ts';
import { attempt, type Control, type Outcome, prepareGround } from './run.ts';
import { mutated, typeErrors } from './variant.ts';

/*
 * npm run mutants [-- --only <name> …] [--list] [--write] [--applies]: single bugs, injected one at a time, and the same attacks on each. It fails when
 * one of them shows something foreign, when something is stopped and nobody hears of it, and when docs/mutants.md says otherwise.
 * With --applies nothing is injected: every bug must still be one that can be, and the attacks must find nothing without any.
 */
const EXIT_USAGE = 64;
const WORKERS = 2;
const MOST_DETAILS = 8;

const options = {
  only: { type: 'string', multiple: true, default: [] as string[] },
  list: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
  applies: { type: 'boolean', default: false },
  details: { type: 'boolean', default: false },
} as const;

const main = async (): Promise<number> => {
  const { values } = parseArgs({ options });
  if (values.list) {
    for (const { kind, name, bug } of mutants) console.log(`${kind.padEnd(18)} ${name.padEnd(40)} ${bug}`);
    return 0;
  }
  const chosen =
    values.only.length > 0 ? mutants.filter(({ name }) => values.only.some((part) => name.includes(part))) : mutants;
  if (chosen.length === 0) {
    console.error(`there is no mutant "${values.only.join('", "')}"; --list shows them all`);
    return EXIT_USAGE;
  }
  // All of them at once, before anything runs: what does not apply any more has to be looked at, whatever the rest does.
  const refused = await unusable(chosen);
  for (const why of refused) console.error(why);
  if (refused.length > 0) return 1;

  const folder = await mkdtemp(join(tmpdir(), 'mutants-'));
  try {
    const ground = await prepareGround(folder);
    const hosts = Array.from({ length: WORKERS }, () => new Host());
    const control = await attempt(hosts[0] as Host, ground);
    console.log(line(control, 0, chosen.length));
    if (values.details || !isSound(control)) tell(control);
    const injected = values.applies ? [] : chosen;
    const outcomes = await inTurn(injected, hosts, async (host, mutant, done) => {
      const outcome = await attempt(host, ground, mutant, control);
      console.log(line(outcome, done() + 1, chosen.length));
      if (values.details) tell(outcome);
      return outcome;
    });
    // What was too slow beside others is asked again alone. What leaked has leaked.
    for (const [i, outcome] of outcomes.entries()) {
      if (isHeld(outcome, chosen[i] as Mutant) || !isTight(outcome)) continue;
      outcomes[i] = await attempt(hosts[0] as Host, ground, chosen[i], control);
      console.log(line(outcomes[i], i + 1, chosen.length));
    }
    await Promise.all(hosts.map((host) => host.end()));
    return await conclude(injected, outcomes, control, values);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const unusable = async (chosen: readonly Mutant[]): Promise<string[]> => {
  const texts = await Promise.allSettled(chosen.map((mutant) => mutated(mutant)));
  const gone = texts.flatMap((text) =>
    text.status === 'rejected' ? [`no longer applies: ${String(text.reason.message)}`] : [],
  );
  if (gone.length > 0) return gone;
  const names = new Set(chosen.map(({ name }) => name));
  if (names.size < chosen.length) return ['two mutants have the same name'];
  return [...(await typeErrors(chosen))].map(([name, error]) => `does not compile: ${name}: ${error}`);
};

/** Without a bug nothing may leak, and everybody must get what is theirs. */
const isSound = ({ foreignBytes, foreignItems, acts, broken, dead }: Control): boolean =>
  foreignBytes + foreignItems + acts + broken.length === 0 && dead === undefined;

const tell = ({ leaks, broken, stopped, incidents, missing, dead }: Outcome): void => {
  const leaked = leaks.map(({ request, ...leak }) => `${request}: ${Object.values(leak).reverse().join(' ')}`);
  for (const [what, those] of Object.entries({ leaked, broken, stopped, incidents, missing })) {
    const different = [...new Set(those)];
    const rest = different.splice(MOST_DETAILS).length;
    for (const one of different) console.log(`      ${what.padEnd(10)} ${one}`);
    if (rest > 0) console.log(`      ${what.padEnd(10)} and ${rest} more`);
  }
  if (dead !== undefined) console.log(`      dead       ${dead}`);
};

const inTurn = async <T, R>(
  items: readonly T[],
  hosts: readonly Host[],
  work: (host: Host, item: T, done: () => number) => Promise<R>,
) => {
  const results: R[] = [];
  let [next, done] = [0, 0];
  const worker = async (host: Host) => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(host, items[i] as T, () => done++);
  };
  await Promise.all(hosts.map(worker));
  return results;
};

const conclude = async (
  chosen: readonly Mutant[],
  outcomes: readonly Outcome[],
  control: Control,
  { write, only, applies }: { write: boolean; only: readonly string[]; applies: boolean },
): Promise<number> => {
  console.log(`\n${table(chosen, outcomes)}\n`);
  const failed = outcomes.filter((outcome, i) => !isHeld(outcome, chosen[i] as Mutant));
  const wholeRun = only.length === 0 && !applies;
  if (write && wholeRun) await writeTable(chosen, outcomes);
  const differs = wholeRun ? await differences(chosen, outcomes) : [];
  for (const what of differs) console.log(`docs/mutants.md says otherwise: ${what}`);
  if (!isSound(control)) console.log('the application without a bug does not hold either');
  const failures = failed.length + (isSound(control) ? 0 : 1);
  console.log(`${outcomes.length + 1 - failures} passed, ${failures} failed`);
  return failures + differs.length === 0 ? 0 : 1;
};

process.exitCode = await main();
