import { latest } from '../../flow/latest.ts';

type Day = { readonly year: number; readonly month: number; readonly day: number };

const HOUR_MS = 3_600_000;
/** No zone is further from UTC. */
const FURTHEST_MS = 15 * HOUR_MS;

const formats = new Map<string, Intl.DateTimeFormat>();
const formatOf = (zone: string): Intl.DateTimeFormat => {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone: zone, calendar: 'iso8601', numberingSystem: 'latn' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
  });
  formats.set(zone, format);
  return format;
};

/** The calendar day of an instant in a zone. */
export const dayOf = (at: number, zone: string): Day => {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  return { year: parts.get('year') ?? 0, month: parts.get('month') ?? 0, day: parts.get('day') ?? 0 };
};

/** So many days later on the calendar, whatever the clocks do meanwhile. */
export const plusDays = ({ year, month, day }: Day, days: number): Day => {
  const at = new Date(Date.UTC(year, month - 1, day + days));
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate() };
};

const numberOf = ({ year, month, day }: Day): number => year * 10_000 + month * 100 + day;

/**
 * The last millisecond of a day in a zone. Found, not computed: in some zones a day begins at one o'clock, and now and then one has 23 hours
 * or 25.
 */
export const endOf = (day: Day, zone: string): number => {
  const key = `${numberOf(day)} ${zone}`;
  const end = ends.get(key) ?? foundEnd(day, zone);
  ends.set(key, end);
  return end;
};

/** The same few days are asked for again and again. */
const ends = latest<string, number>(1_000);

const foundEnd = (day: Day, zone: string): number => {
  const next = plusDays(day, 1);
  const midnight = Date.UTC(next.year, next.month - 1, next.day);
  let [before, after] = [midnight - FURTHEST_MS, midnight + FURTHEST_MS];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (numberOf(dayOf(middle, zone)) >= numberOf(next)) after = middle;
    else before = middle;
  }
  return before;
};
