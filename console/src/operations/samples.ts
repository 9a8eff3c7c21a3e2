/** Readings of moments while a page was open: times in seconds since 1970, and a row of values for each name. */
export type Samples = {
  readonly times: readonly number[];
  readonly values: Readonly<Record<string, readonly (number | null)[]>>;
};

export const NO_SAMPLES: Samples = { times: [], values: {} };

/** An hour of one every 5 seconds; the oldest go first. */
export const MOST_SAMPLES = 720;

/** With the reading of a time. A name that was not read then, or not before, has null there. A time that is not later changes nothing. */
export const sampled = ({ times, values }: Samples, at: number, read: Readonly<Record<string, number>>): Samples => {
  const last = times.at(-1);
  if (last !== undefined && at <= last) return { times, values };
  const names = [...new Set([...Object.keys(values), ...Object.keys(read)])].sort();
  const from = Math.max(0, times.length + 1 - MOST_SAMPLES);
  return {
    times: [...times, at].slice(from),
    values: Object.fromEntries(
      names.map((name) => {
        const before = values[name] ?? new Array<null>(times.length).fill(null);
        return [name, [...before, read[name] ?? null].slice(from)];
      }),
    ),
  };
};
