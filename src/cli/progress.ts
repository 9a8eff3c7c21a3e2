/** How far something is, and how fast it goes. */
export type Step = {
  readonly what: string;
  /** 0 to 1. */
  readonly done: () => number;
  readonly count: () => number;
  readonly unit: string;
};

const BAR = 24;
const TTY_EVERY_MS = 200;
const LINE_EVERY_MS = 5_000;
/** The rate is of this long: an average over hours says nothing of now. */
const RATE_OVER_MS = 10_000;

/**
 * Shows a step while it runs, on standard error, since standard output is the result's: a bar on a terminal, a line every few seconds
 * elsewhere.
 */
export const showing = async <T>(step: Step, work: () => Promise<T>): Promise<T> => {
  const out = process.stderr;
  const began = performance.now();
  const samples: { readonly at: number; readonly count: number; readonly done: number }[] = [];
  const sample = () => {
    const now = { at: performance.now(), count: step.count(), done: step.done() };
    samples.push(now);
    while (samples.length > 2 && now.at - (samples[0]?.at ?? 0) > RATE_OVER_MS) samples.shift();
    return now;
  };
  const text = () => {
    const now = sample();
    const first = samples[0] ?? now;
    const seconds = Math.max(0.001, (now.at - first.at) / 1_000);
    const rate = (now.count - first.count) / seconds;
    const speed = (now.done - first.done) / seconds;
    const left = speed > 0 && now.done < 1 ? `, ${duration((1 - now.done) / speed)} left` : '';
    return `${String(Math.floor(now.done * 100)).padStart(3)} %  ${grouped(now.count)} ${step.unit}, ${grouped(rate)}/s${left}`;
  };
  const show = () => {
    if (!out.isTTY) return void out.write(`${step.what}: ${text().trim()}\n`);
    const filled = Math.round(step.done() * BAR);
    out.write(`\r\x1b[K${step.what} [${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}] ${text()}`);
  };
  sample();
  const timer = setInterval(show, out.isTTY ? TTY_EVERY_MS : LINE_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    const seconds = (performance.now() - began) / 1_000;
    const rate = step.count() / Math.max(0.001, seconds);
    if (out.isTTY) out.write('\r\x1b[K');
    out.write(`${step.what}: ${grouped(step.count())} ${step.unit} in ${duration(seconds)}, ${grouped(rate)}/s\n`);
  }
};

export const grouped = (count: number): string => Math.round(count).toLocaleString('en');

export const duration = (seconds: number): string => {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};
