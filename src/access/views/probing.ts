import { latest } from '../../flow/latest.ts';

/** What a person asked for in vain: whose it is where that is known, and when, in milliseconds. */
export type Miss = { readonly personId: string; readonly patientId: string | undefined; readonly now: number };

export type ProbingKind = 'patients' | 'misses';
export type Noticed = { readonly kind: ProbingKind; readonly count: number; readonly windowMs: number };

/** Different patients in so long, and misses in so long. */
const PATIENTS_WINDOW_MS = 10 * 60_000;
const MISSES_WINDOW_MS = 5 * 60_000;
/** People whose misses are remembered, the latest; a caller without a token has no window, and none of these. */
const PEOPLE_KEPT = 10_000;

type Person = {
  /** When they asked for each patient last, the oldest first. */
  readonly patients: Map<string, number>;
  readonly misses: number[];
  /** Noticed already: one notice for each window. */
  readonly quietUntil: Record<ProbingKind, number>;
};

/**
 * One person who asks for many patients, or in vain again and again, is looking for ids. Sliding windows for each person, in bounded
 * memory: no more is remembered of a person than it takes to notice them.
 */
export class ProbingWindows {
  private readonly people = latest<string, Person>(PEOPLE_KEPT);

  /** @param limits 0 is no limit */
  constructor(private readonly limits: { readonly patients: number; readonly misses: number }) {}

  /** @returns what this miss makes noticeable, which is nothing most of the time */
  note({ personId, patientId, now }: Miss): Noticed[] {
    const person = this.people.get(personId) ?? nobodyYet();
    this.people.set(personId, person);
    const { patients, misses } = person;
    if (patientId !== undefined && patientId !== personId && this.limits.patients > 0) {
      patients.delete(patientId);
      patients.set(patientId, now);
      for (const [id, at] of patients)
        if (at <= now - PATIENTS_WINDOW_MS || patients.size > this.limits.patients) patients.delete(id);
    }
    if (this.limits.misses > 0) {
      misses.push(now);
      while ((misses[0] ?? now) <= now - MISSES_WINDOW_MS || misses.length > this.limits.misses) misses.shift();
    }
    return [
      ...noticed(person, 'patients', patients.size, this.limits.patients, PATIENTS_WINDOW_MS, now),
      ...noticed(person, 'misses', misses.length, this.limits.misses, MISSES_WINDOW_MS, now),
    ];
  }

  /** The detection could not be recorded: the next miss reports it again. */
  again(personId: string, kind: ProbingKind): void {
    const person = this.people.peek(personId);
    if (person) person.quietUntil[kind] = 0;
  }
}

const nobodyYet = (): Person => ({ patients: new Map(), misses: [], quietUntil: { patients: 0, misses: 0 } });

const noticed = (
  { quietUntil }: Person,
  kind: ProbingKind,
  count: number,
  limit: number,
  windowMs: number,
  now: number,
): Noticed[] => {
  if (limit === 0 || count < limit || now < quietUntil[kind]) return [];
  quietUntil[kind] = now + windowMs;
  return [{ kind, count, windowMs }];
};
