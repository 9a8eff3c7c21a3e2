/** Numbers and lengths as people read them. */

const whole = new Intl.NumberFormat('en');
export const count = (n: number): string => whole.format(n);

/** `1 view`, `2 views`. */
export const counted = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

const rounded = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;
export const bytes = (n: number): string => {
  const step = n < 1_000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(n) / 3));
  return step === 0 ? counted(n, 'byte') : `${rounded.format(n / 1_000 ** step)} ${UNITS[step]}`;
};

const two = (n: number) => String(n).padStart(2, '0');

/** `04:59`, `2:04:59`, `3 d 02:04`; of lengths without a sign. */
export const clockLength = (ms: number): string => {
  const seconds = Math.floor(Math.abs(ms) / 1_000);
  const [d, h, m, s] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  if (d > 0) return `${d} d ${two(h)}:${two(m)}`;
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
};

/** `3 s`, `4 min`, `2 h 10 min`, `3 d`: how long something took or has been. */
export const length = (ms: number): string => {
  const seconds = Math.abs(ms) / 1_000;
  if (seconds < 1) return `${Math.round(Math.abs(ms))} ms`;
  if (seconds < 60) return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d`;
};

/** `release-regression` → `release regression`; codes are words already. */
export const words = (code: string): string => code.replaceAll('-', ' ');
export const sentence = (code: string): string => {
  const said = words(code);
  return said.charAt(0).toUpperCase() + said.slice(1);
};
