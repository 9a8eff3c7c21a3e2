import { styleText } from 'node:util';

/** Appends that come before a measurement: the node's rate, and so its client's, was seen to climb until here. */
export const WARM_UP = 10_000;

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The value below which that share of the values lies. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

/**
 * Runs two measurements in turn, A B A B …, so that a machine that gets slower or faster meanwhile does so for both.
 * @returns the median of each, and of the ratio of each pair
 */
export const alternate = async (
  rounds: number,
  a: (round: number) => Promise<number>,
  b: (round: number) => Promise<number>,
): Promise<{ a: number; b: number; ratio: number }> => {
  const pairs: [number, number][] = [];
  for (let round = 0; round < rounds; round++) pairs.push([await a(round), await b(round)]);
  return {
    a: median(pairs.map(([one]) => one)),
    b: median(pairs.map(([, other]) => other)),
    ratio: median(pairs.map(([one, other]) => one / other)),
  };
};

export const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en')}/s`;

/** One line of the report: what was measured, the figures, and, where there is a goal, whether the ratio is what it should be. */
export const report = (
  what: string,
  figures: string,
  ratio: number,
  goal?: { atLeast: number } | { atMost: number },
): void => {
  const [mark, wanted] = goal === undefined ? ['    ', ''] : judged(ratio, goal);
  console.log(`${mark}  ${what}\n      ${figures}\n      ratio ${ratio.toFixed(2)}${wanted}\n`);
};

const judged = (ratio: number, goal: { atLeast: number } | { atMost: number }): [string, string] => {
  const met = 'atLeast' in goal ? ratio >= goal.atLeast : ratio <= goal.atMost;
  const wanted = 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`;
  return [met ? styleText('green', 'met ') : styleText('red', 'MISS'), ` (goal ${wanted})`];
};
