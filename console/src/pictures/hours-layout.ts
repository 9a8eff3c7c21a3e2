import { zoneOffset } from './time-axis.ts';

export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
/** 0: nothing. 1 to 4: quarters of the most. */
export type Level = 0 | 1 | 2 | 3 | 4;
export type HourCell = { readonly day: number; readonly hour: number; readonly count: number; readonly level: Level };

export type Hours = {
  /** By weekday from Monday, then by hour of the zone. */
  readonly cells: readonly (readonly HourCell[])[];
  readonly most: number;
  readonly total: number;
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** How often something happened in each hour of the week, by the clocks of a zone. Times in milliseconds since 1970. */
export const hoursOf = (times: readonly number[], timeZone: string): Hours => {
  const counts = WEEKDAYS.map(() => new Array<number>(24).fill(0));
  for (const at of times) {
    const local = at + zoneOffset(at, timeZone);
    // 1 January 1970 was a Thursday.
    const day = (((Math.floor(local / DAY) + 3) % 7) + 7) % 7;
    const row = counts[day];
    const hour = Math.floor((((local % DAY) + DAY) % DAY) / HOUR);
    if (row) row[hour] = (row[hour] ?? 0) + 1;
  }
  const flat = counts.flat();
  const most = Math.max(0, ...flat);
  const level = (count: number): Level => (count === 0 ? 0 : (Math.ceil((count / most) * 4) as Level));
  return {
    cells: counts.map((row, day) => row.map((count, hour) => ({ day, hour, count, level: level(count) }))),
    most,
    total: times.length,
  };
};
