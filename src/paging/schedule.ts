import { DateTime } from 'luxon';
import type { QuietHours, Schedule } from './policy.ts';

/** A time during which one person is on call. */
export type Shift = { readonly from: number; readonly to: number; readonly person: string | null };

/** The handover that begins a week, 0 the first. Weeks are counted on the calendar: a day of 23 or 25 hours does not move the hour. */
const handover = ({ from, timeZone }: Schedule, week: number): number =>
  DateTime.fromISO(from, { zone: timeZone }).plus({ weeks: week }).toMillis();

/** @returns undefined before the first handover */
const weekAt = (schedule: Schedule, at: number): number | undefined => {
  const { from, timeZone } = schedule;
  const first = DateTime.fromISO(from, { zone: timeZone });
  const guess = Math.floor(DateTime.fromMillis(at, { zone: timeZone }).diff(first, 'weeks').weeks);
  // An hour that is skipped or comes twice may put the guess beside the week.
  const week = [guess + 1, guess, guess - 1].find((each) => handover(schedule, each) <= at);
  return week === undefined || week < 0 ? undefined : week;
};

/** Who is on call at a time; undefined where no person is. */
export const onCall = (schedule: Schedule, at: number): string | undefined => {
  const { people, overrides } = schedule;
  const override = overrides.findLast(({ from, to }) => from <= at && at < to);
  if (override) return override.person ?? undefined;
  const week = weekAt(schedule, at);
  return week === undefined ? undefined : (people[week % people.length] ?? undefined);
};

/** Who is on call between two times, from one change to the next. */
export const shifts = (schedule: Schedule, from: number, to: number): readonly Shift[] => {
  const begins = new Set([from]);
  const within = (at: number) => at > from && at < to;
  for (const { from: begin, to: end } of schedule.overrides)
    for (const at of [begin, end]) if (within(at)) begins.add(at);
  for (let week = Math.max(0, (weekAt(schedule, from) ?? -1) + 1); handover(schedule, week) < to; week++)
    begins.add(handover(schedule, week));
  const all: Shift[] = [];
  const times = [...begins].sort((a, b) => a - b);
  times.forEach((at, i) => {
    const person = onCall(schedule, at) ?? null;
    const end = times[i + 1] ?? to;
    const last = all.at(-1);
    if (last?.person === person) all[all.length - 1] = { ...last, to: end };
    else all.push({ from: at, to: end, person });
  });
  return all;
};

/** The next time after `at` that the quiet hours end. */
export const nextEnd = ({ to, timeZone }: QuietHours, at: number): number => {
  const day = DateTime.fromMillis(at, { zone: timeZone }).startOf('day');
  const end = (days: number) =>
    day
      .plus({ days })
      .set({ hour: Math.floor(to / 60), minute: to % 60 })
      .toMillis();
  return [0, 1, 2].map(end).find((each) => each > at) ?? end(2);
};

const isQuiet = ({ from, to, timeZone }: QuietHours, at: number): boolean => {
  const { hour, minute } = DateTime.fromMillis(at, { zone: timeZone });
  const now = hour * 60 + minute;
  return from < to ? now >= from && now < to : now >= from || now < to;
};

/** A time at which a page may be sent: itself, or the end of the quiet hours that it is in. */
export const afterQuiet = (quiet: QuietHours | undefined, at: number): number =>
  quiet && isQuiet(quiet, at) ? nextEnd(quiet, at) : at;
