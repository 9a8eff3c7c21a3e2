import { prune, put } from './bounded.ts';

/*
 * Remembered across patients: sliding windows by viewer, by patient and by release, bounded in time and number. Record times
 * count, and the order of the log: no clock is read.
 */

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** The week under way and the four before it: at least 28 days. */
const WEEKS_KEPT = 5;
const OPENS_KEPT = 2_000;
const REFUSALS_KEPT = 200;
const SLOTS_KEPT = 500;
const VIEWERS_OF_A_PATIENT = 100;
const FLAGS_KEPT = 100;
const SERVICE_HOURS = 28 * 24;

/** One recording that was opened. */
export type Open = {
  readonly at: number;
  readonly viewId: string;
  readonly patientId: string;
  readonly recordingId: string;
  readonly isExplained: boolean;
  readonly isStaff: boolean;
  readonly appVersion: string;
  /** Undefined where the ledger does not know how large the recording is. */
  readonly bytes: number | undefined;
  played: number;
  /** Whether a transfer of it ended. */
  hasEnded: boolean;
};

export type ViewerWindow = {
  /** Of the last 24 hours, the oldest first. */
  readonly opens: Open[];
  /** The patients of the last 24 hours, the least recently opened first. */
  readonly patients: Map<string, { at: number; isExplained: boolean }>;
  /** Of patients whom the viewer has nothing to do with. */
  readonly refusals: { readonly at: number; readonly patientId: string }[];
  /** Views by hour of the day in UTC, week by week. */
  readonly weeks: { readonly week: number; readonly hours: number[] }[];
  /** Of services: views by hour since the epoch. */
  readonly serviceHours: Map<number, number>;
  /** When the viewer is booked, by consultation. */
  readonly slots: Map<string, { readonly start: number; readonly end: number }>;
};

export const noWindow = (): ViewerWindow => ({
  opens: [],
  patients: new Map(),
  refusals: [],
  weeks: [],
  serviceHours: new Map(),
  slots: new Map(),
});

export const takeOpen = (window: ViewerWindow, open: Open, isService: boolean): void => {
  const { at, patientId } = open;
  window.opens.push(open);
  prune(window.opens, at - DAY_MS, OPENS_KEPT);
  const before = window.patients.get(patientId);
  put(window.patients, patientId, { at, isExplained: open.isExplained && (before?.isExplained ?? true) }, OPENS_KEPT);
  for (const [oldest, one] of window.patients) {
    if (one.at > at - DAY_MS) break;
    window.patients.delete(oldest);
  }
  const week = Math.floor(at / WEEK_MS);
  let current = window.weeks.at(-1);
  if (current?.week !== week) {
    current = { week, hours: new Array<number>(24).fill(0) };
    window.weeks.push(current);
    while (window.weeks.length > WEEKS_KEPT || (window.weeks[0]?.week ?? week) <= week - WEEKS_KEPT)
      window.weeks.shift();
  }
  const hour = hourOf(at);
  current.hours[hour] = (current.hours[hour] ?? 0) + 1;
  if (!isService) return;
  const since = Math.floor(at / HOUR_MS);
  put(window.serviceHours, since, (window.serviceHours.get(since) ?? 0) + 1, SERVICE_HOURS);
};

export const takeRefusal = (window: ViewerWindow, at: number, patientId: string): void => {
  window.refusals.push({ at, patientId });
  prune(window.refusals, at - DAY_MS, REFUSALS_KEPT);
};

/** A view that was counted and opened nothing after all. */
export const takeBack = ({ opens, patients }: ViewerWindow, viewId: string): void => {
  const place = opens.findLastIndex((one) => one.viewId === viewId);
  const [open] = place < 0 ? [] : opens.splice(place, 1);
  if (open && !opens.some(({ patientId }) => patientId === open.patientId)) patients.delete(open.patientId);
};

export const takePlayed = ({ opens }: ViewerWindow, viewId: string, bytes: number): Open | undefined => {
  const open = opens.findLast((one) => one.viewId === viewId);
  if (!open) return undefined;
  open.played += bytes;
  open.hasEnded = true;
  return open;
};

/** The viewer is booked at a time; one that is long over goes. */
export const takeSlot = (
  { slots }: ViewerWindow,
  id: string,
  slot: { start: number; end: number },
  at: number,
): void => {
  put(slots, id, slot, SLOTS_KEPT);
  for (const [oldest, { end }] of slots) {
    if (end > at - DAY_MS) break;
    slots.delete(oldest);
  }
};

const hourOf = (at: number): number => Math.floor((at % DAY_MS) / HOUR_MS);

/** Views of the last weeks: in all, and by hour of the day in UTC. */
export type UsualHours = { readonly total: number; readonly byHour: readonly number[] };

/** The last 24 hours do not count: what a viewer does now does not become usual by doing it again. */
export const usualHours = ({ weeks, opens }: ViewerWindow, at: number): UsualHours => {
  const byHour = new Array<number>(24).fill(0);
  let total = 0;
  const count = (hour: number, views: number) => {
    byHour[hour] = (byHour[hour] ?? 0) + views;
    total += views;
  };
  for (const { hours } of weeks) for (let hour = 0; hour < 24; hour++) count(hour, hours[hour] ?? 0);
  for (let i = opens.length - 1; i >= 0; i--) {
    const open = opens[i];
    if (!open || open.at <= at - DAY_MS) break;
    count(hourOf(open.at), -1);
  }
  return { total, byHour };
};

/** Whether fewer than a share of the viewer's views were at this hour of the day. */
export const isUnusual = ({ total, byHour }: UsualHours, at: number, share: number): boolean =>
  (byHour[hourOf(at)] ?? 0) < total * share;

/** How many different patients' recordings were opened since a time, and whether each is explained. */
export const patientsSince = (
  { opens }: ViewerWindow,
  after: number,
): { readonly count: number; readonly areExplained: boolean } => {
  const patients = new Set<string>();
  let areExplained = true;
  for (let i = opens.length - 1; i >= 0; i--) {
    const open = opens[i] as Open;
    if (open.at <= after) break;
    patients.add(open.patientId);
    areExplained &&= open.isExplained;
  }
  return { count: patients.size, areExplained };
};

export const refusedPatientsSince = ({ refusals }: ViewerWindow, after: number): number =>
  new Set(refusals.flatMap(({ at, patientId }) => (at > after ? [patientId] : []))).size;

/** Those who looked at one patient and have nothing to do with them, with their last look. */
export type VictimWindow = Map<string, number>;

export const takeStranger = (window: VictimWindow, viewerId: string, at: number): number => {
  put(window, viewerId, at, VIEWERS_OF_A_PATIENT);
  for (const [oldest, seen] of window) {
    if (seen > at - DAY_MS) break;
    window.delete(oldest);
  }
  return window.size;
};

/** One release of the ledger: how much was viewed under it, and how much of that went wrong. */
export type ReleaseWindow = {
  readonly firstAt: number;
  /** The release that was seen first before this one. */
  readonly previous: string | undefined;
  views: number;
  /** Flagged, refused and prevented. */
  wrong: number;
  /** Views that the first key let pass and the second did not. */
  readonly flags: { readonly at: number }[];
};

export const takeFlag = ({ flags }: ReleaseWindow, at: number): void => {
  flags.push({ at });
  prune(flags, at - 30 * DAY_MS, FLAGS_KEPT);
};
