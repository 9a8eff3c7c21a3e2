import type { IncidentEvent, Resolution } from '../../../events/incident-events.ts';
import {
  type Allowance,
  type ClockRule,
  type ClockSet,
  NAMED_AUTHORITIES,
  rulesOf,
} from '../../../projections/clock-rules.ts';
import type { ClockedIncident } from '../../../projections/incident-clocks.ts';
import { dayOf, endOf, plusDays } from './calendar.ts';

export type ClockStatus = 'running' | 'met' | 'ran-out' | 'not-applicable';

/** One clock of one incident as it stood at a moment. */
export type ClockState = {
  readonly clock: string;
  readonly title: string;
  readonly source: string;
  /** False: the rule was not in force on that day, and is shown because it was chosen. */
  readonly inForce: boolean;
  readonly status: ClockStatus;
  /** Why a clock that was not started, or that there is no duty for, does not run. */
  readonly why?: string;
  readonly startedAt?: string;
  /** What started it: the code of a declared awareness, or `first-critical-flag`. */
  readonly basis?: string;
  /** Missing where the law gives no number. */
  readonly dueAt?: string;
  readonly metAt?: string;
  /** It was met, after it was due. */
  readonly late?: true;
  /** How long it has run, or ran until it was met, in milliseconds. */
  readonly ageMs?: number;
  readonly toFill?: string;
};

/** What clocks depend on, of one incident. */
export type ClockFacts = {
  readonly kind: string;
  readonly drillId?: string;
  readonly isMerged: boolean;
  readonly awareness?: { readonly awareAt: string; readonly basis: string };
  /** When the first critical breach of it was flagged. */
  readonly firstCriticalAt?: string;
  readonly people: number;
  readonly risk?: 'none' | 'risk' | 'high';
  /** How each of its breaches was resolved, while it is closed. */
  readonly resolutions?: readonly Resolution[];
  readonly authorities: readonly { readonly authority: string; readonly at: string }[];
  readonly peopleNotified: readonly { readonly at: string }[];
};

/** Which clocks there are, and where the days of the controller begin. */
export type ClockSettings = { readonly sets: readonly ClockSet[]; readonly zone: string };

export const FIRST_CRITICAL = 'first-critical-flag';

/** How an incident ended that was a breach of personal data. */
const WAS_ONE: Resolution = 'confirmed';
const RISKS = ['none', 'risk', 'high'] as const;

/**
 * Every clock of an incident as it stood at a moment. A fact that is not known (the risk, before it was assessed) never stops a clock.
 * @param at milliseconds since the epoch
 */
export const clocksAt = (facts: ClockFacts, { sets, zone }: ClockSettings, at: number): readonly ClockState[] => {
  const start = startOf(facts);
  return rulesOf(sets).flatMap((rule) => {
    const inForce = isInForce(rule, start?.at ?? at);
    // One that is over; of those that were chosen and have not begun, the officer is to see the hours.
    if (!inForce && rule.from !== undefined) return [];
    return [stateOf(rule, { facts, start, zone, at, inForce })];
  });
};

/** When the clocks of an incident began; undefined where they have not. */
const startOf = ({ awareness, firstCriticalAt }: ClockFacts) => {
  if (awareness) return { at: Date.parse(awareness.awareAt), basis: awareness.basis };
  return firstCriticalAt === undefined ? undefined : { at: Date.parse(firstCriticalAt), basis: FIRST_CRITICAL };
};

type Asked = {
  readonly facts: ClockFacts;
  readonly start: ReturnType<typeof startOf>;
  readonly zone: string;
  readonly at: number;
  readonly inForce: boolean;
};

const stateOf = (rule: ClockRule, { facts, start, zone, at, inForce }: Asked): ClockState => {
  const { clock, title, source, allows, toFill } = rule;
  const told = { clock, title, source, inForce, ...(toFill !== undefined && { toFill }) };
  const why = whyNot(rule, facts) ?? (start ? undefined : 'no critical breach was flagged, and awareness not declared');
  if (why !== undefined || !start) return { ...told, status: 'not-applicable', ...(why !== undefined && { why }) };
  const due = dueTime(allows, start.at, zone);
  const started = {
    ...told,
    startedAt: new Date(start.at).toISOString(),
    basis: start.basis,
    ...(due !== undefined && { dueAt: new Date(due).toISOString() }),
  };
  const met = metAt(rule, facts);
  if (met !== undefined) {
    const late = due !== undefined && Date.parse(met) > due && { late: true as const };
    return { ...started, status: 'met', metAt: met, ...late, ageMs: Math.max(0, Date.parse(met) - start.at) };
  }
  const status = due !== undefined && at > due ? 'ran-out' : 'running';
  return { ...started, status, ageMs: Math.max(0, at - start.at) };
};

/** Why there is no such duty, as far as is known. */
const whyNot = ({ when = {} }: ClockRule, facts: ClockFacts): string | undefined => {
  const { drillId, kind, isMerged, resolutions, risk, people } = facts;
  if (drillId !== undefined || kind === 'drill') return 'it is a drill';
  if (isMerged) return 'its breaches are part of another incident';
  if (kind === 'operations') return 'it is about the work of the ledger, not about personal data';
  if (resolutions && !resolutions.includes(WAS_ONE)) return 'it was closed, and no breach of it was confirmed';
  if (when.risk !== undefined && risk !== undefined && RISKS.indexOf(risk) < RISKS.indexOf(when.risk))
    return risk === 'none' ? 'it was assessed as no risk to the people' : 'it was assessed as no high risk';
  const { atLeast = 0, below = Number.POSITIVE_INFINITY } = when.people ?? {};
  if (people < atLeast) return `fewer than ${atLeast} people are affected`;
  return people >= below ? `${below} people or more are affected` : undefined;
};

const metAt = ({ endedBy }: ClockRule, { authorities, peopleNotified }: ClockFacts): string | undefined => {
  if (endedBy === 'people') return peopleNotified[0]?.at;
  const isTheirs = (authority: string) =>
    endedBy.authority === 'supervisory' ? !NAMED_AUTHORITIES.has(authority) : authority === endedBy.authority;
  return authorities.find(({ authority }) => isTheirs(authority))?.at;
};

/** @returns undefined where the law gives no number */
export const dueTime = (allows: Allowance, start: number, zone: string): number | undefined => {
  if (allows === 'undue-delay') return undefined;
  if ('hours' in allows) return start + allows.hours * 3_600_000;
  const day = dayOf(start, zone);
  if ('days' in allows) return endOf(plusDays(day, allows.days), zone);
  return endOf(plusDays({ year: day.year, month: 12, day: 31 }, allows.daysAfterYear), zone);
};

const isInForce = ({ from, until }: ClockRule, at: number): boolean => {
  const day = new Date(at).toISOString().slice(0, 10);
  return from !== undefined && from <= day && (until === undefined || day < until);
};

/**
 * That clocks ran out, once for each time they were due. One that is not law yet is shown, and calls no one.
 * @param clocks as they stand now
 */
export const ranOut = (
  { incidentId, ranOut: onRecord }: ClockedIncident,
  clocks: readonly ClockState[],
): readonly IncidentEvent[] =>
  clocks.flatMap(({ clock, status, inForce, dueAt }): readonly IncidentEvent[] =>
    status !== 'ran-out' ||
    !inForce ||
    dueAt === undefined ||
    onRecord.some((one) => one.clock === clock && one.dueAt === dueAt)
      ? []
      : [{ type: 'ClockRanOut', data: { incidentId, clock, dueAt } }],
  );
