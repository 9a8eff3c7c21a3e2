import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Host } from './application.ts';
import { attack } from './attacks.ts';
import { type Clinic, foundClinic, tamper } from './clinic.ts';
import { type Credentials, credentialsOf } from './credentials.ts';
import { type Due, type Incident, Incidents, isAbout, nameOf } from './incidents.ts';
import type { Mutant } from './mutant.ts';
import { type Leak, STOPPED, Trial } from './trial.ts';
import { buildVariant, copyBuild, linkTree } from './variant.ts';

/** A data folder in which the clinic has had its history, and what an attacker knows of it. */
export type Ground = {
  readonly folder: string;
  /** The build as it was when the run began. */
  readonly build: string;
  readonly dataDir: string;
  readonly clinic: Clinic;
  readonly credentials: Credentials;
};

export type Outcome = {
  readonly name: string;
  readonly foreignBytes: number;
  readonly foreignItems: number;
  /** Foreign requests that changed something. */
  readonly acts: number;
  /** Foreign requests that got past what refuses them without the bug, and were stopped by something else. */
  readonly stopped: readonly string[];
  /** Beyond those that had to be, and those that the same attacks lead to without the bug. */
  readonly incidents: readonly string[];
  readonly broken: readonly string[];
  readonly leaks: readonly Leak[];
  /** Incidents that there had to be after what was answered, and were not. */
  readonly missing: readonly string[];
  /** Why it never ran, if it did not. */
  readonly dead?: string;
  readonly ms: number;
};

/** The application without a bug: what every mutant is compared with. */
export type Control = Outcome & { readonly answers: ReadonlyMap<string, string> };

const INCIDENT_MS = 2_500;

export const prepareGround = async (folder: string): Promise<Ground> => {
  const dataDir = await mkdtemp(join(folder, 'clinic-'));
  const build = await copyBuild(folder);
  const host = new Host();
  try {
    const app = await host.start(await buildVariant(folder, build), dataDir);
    const credentials = await credentialsOf(dataDir);
    const clinic = await foundClinic(app, credentials);
    await app.stop();
    await tamper(dataDir, clinic);
    return { folder, build, dataDir, clinic, credentials };
  } finally {
    await host.end();
  }
};

/** Runs all attacks on the application with this one bug. */
export const attempt = async (host: Host, ground: Ground, mutant?: Mutant, control?: Control): Promise<Control> => {
  const started = performance.now();
  const [dataDir, variant] = await Promise.all([
    mkdtemp(join(ground.folder, 'data-')),
    buildVariant(ground.folder, ground.build, mutant),
  ]);
  // Recordings are written once; all else in the folder is written to.
  await linkTree(ground.dataDir, dataDir, (path) => !path.includes('/recordings/'));
  const name = mutant?.name ?? 'no bug at all';
  const nothing = {
    ...{
      name,
      foreignBytes: 0,
      foreignItems: 0,
      acts: 0,
      stopped: [],
      incidents: [],
      missing: [],
      broken: [],
      leaks: [],
    },
    answers: new Map(),
  };
  try {
    const app = await host.start(variant, dataDir);
    const incidents = new Incidents(app.connectionString);
    try {
      const before = await incidents.all();
      const trial = new Trial(app, structuredClone(ground.clinic), ground.credentials, !mutant?.intact);
      await attack(trial);
      const stopped = control ? stoppedIn(trial.outcomes, control.answers) : [];
      const told = await openedSince(before, incidents, trial.due, control?.incidents ?? [], stopped.length > 0);
      // What leaks without the bug is not the bug's.
      const usual = new Set(control?.leaks.map((leak) => JSON.stringify(leak)));
      const leaks = trial.leaks.filter((leak) => !usual.has(JSON.stringify(leak)));
      const bytes = leaks.flatMap((leak) => (leak.kind === 'bytes' ? [leak.count] : []));
      return {
        ...{ name, stopped, ...told, leaks, broken: trial.broken, answers: trial.outcomes },
        foreignBytes: bytes.reduce((sum, count) => sum + count, 0),
        foreignItems: leaks.filter(({ kind }) => kind === 'item').length,
        acts: leaks.filter(({ kind }) => kind === 'act').length,
        ms: performance.now() - started,
      };
    } finally {
      await incidents.close();
      await app.stop();
    }
  } catch (error) {
    return {
      ...nothing,
      dead: error instanceof Error ? error.message : String(error),
      ms: performance.now() - started,
    };
  } finally {
    await Promise.all([dataDir, variant].map((path) => rm(path, { recursive: true, force: true })));
  }
};

const stoppedIn = (answers: ReadonlyMap<string, string>, usual: ReadonlyMap<string, string>): string[] =>
  [...answers]
    .filter(([request, answer]) => answer !== usual.get(request) && STOPPED.has(answer.split(' ')[1] ?? ''))
    .map(([request, answer]) => `${request}: ${answer}`);

/** What the desk learned; where something was stopped, or something that must be is not there, it is waited for. */
const openedSince = async (
  before: ReadonlyMap<string, Incident>,
  incidents: Incidents,
  due: readonly Due[],
  usual: readonly string[],
  expected: boolean,
): Promise<{ incidents: string[]; missing: string[] }> => {
  const until = Date.now() + INCIDENT_MS;
  for (;;) {
    const missing = [...due];
    const known = [...usual];
    const fresh: string[] = [];
    for (const [id, incident] of await incidents.all()) {
      if (before.has(id) || take(missing, (one) => isAbout(incident, one))) continue;
      const name = nameOf({ severity: incident.severity, rule: incident.rule });
      if (!take(known, (one) => one === name)) fresh.push(name);
    }
    if ((missing.length === 0 && (fresh.length > 0 || !expected)) || Date.now() > until)
      return { incidents: fresh, missing: missing.map(nameOf) };
    await delay(50);
  }
};

/** Takes the first of them. @returns whether there was one */
const take = <T>(from: T[], isIt: (one: T) => boolean): boolean => {
  const at = from.findIndex(isIt);
  if (at >= 0) from.splice(at, 1);
  return at >= 0;
};
