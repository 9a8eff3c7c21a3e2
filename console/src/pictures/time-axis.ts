const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Distances between two ticks, all of which people can count in. */
const STEPS = [
  SECOND,
  5 * SECOND,
  15 * SECOND,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  7 * DAY,
  28 * DAY,
  91 * DAY,
  364 * DAY,
];

/** A span of time, in milliseconds since 1970. */
export type Span = { readonly from: number; readonly until: number };

export type Tick = { readonly at: number; readonly label: string };

const clocks = new Map<string, Intl.DateTimeFormat>();
/** Made once for each zone: making one takes longer than a thousand uses of it. */
const clockOf = (timeZone: string): Intl.DateTimeFormat => {
  const numeric = 'numeric' as const;
  const parts = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric };
  const clock = clocks.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', { timeZone, ...parts, hourCycle: 'h23' });
  clocks.set(timeZone, clock);
  return clock;
};

/** How far the clocks of a zone are ahead of UTC at a time, in milliseconds. @throws RangeError for a zone that is not known */
export const zoneOffset = (at: number, timeZone: string): number => {
  const parts = clockOf(timeZone).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const shown = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return shown - Math.floor(at / SECOND) * SECOND;
};

/**
 * Times to write beneath a picture: at most `most`, evenly apart, at full hours or days of the zone where it spans that much.
 * The zone's offset is that of the span's beginning: one tick of a span over a change of clocks may say an hour later or earlier.
 */
export const ticks = ({ from, until }: Span, most: number, timeZone: string): readonly Tick[] => {
  const step = STEPS.find((each) => (until - from) / each <= most) ?? Math.ceil((until - from) / most / DAY) * DAY;
  const offset = zoneOffset(from, timeZone);
  const first = Math.ceil((from + offset) / step) * step - offset;
  const label = new Intl.DateTimeFormat('en-GB', { timeZone, ...partsOf(step) });
  const times: Tick[] = [];
  for (let at = first; at <= until; at += step) times.push({ at, label: label.format(at) });
  return times;
};

const partsOf = (step: number): Intl.DateTimeFormatOptions => {
  if (step < MINUTE) return { hour: '2-digit', minute: '2-digit', second: '2-digit' };
  if (step < 12 * HOUR) return { hour: '2-digit', minute: '2-digit' };
  if (step < 28 * DAY) return { day: 'numeric', month: 'short' };
  return { month: 'short', year: 'numeric' };
};

/** A span with some air at both ends, so that no mark touches the edge; of one moment, a minute. */
export const withAir = ({ from, until }: Span): Span => {
  const air = until === from ? 30 * SECOND : (until - from) * 0.03;
  return { from: Math.floor(from - air), until: Math.ceil(until + air) };
};
