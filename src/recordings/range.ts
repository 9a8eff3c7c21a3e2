import { DomainError } from '../errors.ts';
import type { ByteRange } from '../objects/object-store.ts';

/** What to answer: all of it (200), or `first` to `last`, inclusive (206). */
export type Wanted = { readonly kind: 'whole' } | ({ readonly kind: 'part' } & ByteRange);

export type RangeQuestion = {
  /** The `Range` header. */
  readonly range?: string;
  /** The `If-Range` header. */
  readonly ifRange?: string;
  /** The entity tag of the object, with its quotes. */
  readonly etag?: string;
  readonly totalBytes: number;
};

/** Answer 416 with `Content-Range: <contentRange>`. */
export class RangeNotSatisfiable extends DomainError {
  readonly code = 'range-not-satisfiable';
  readonly contentRange: string;
  constructor(totalBytes: number) {
    super(`the content has ${totalBytes} bytes; ask for one range in them, like bytes=0-499, bytes=500- or bytes=-500`);
    this.contentRange = `bytes */${totalBytes}`;
  }
}

const whole: Wanted = { kind: 'whole' };
const ONE_RANGE = /^(\d*)-(\d*)$/;

/**
 * One byte range as RFC 9110 section 14 has it: `first-last`, `first-` or `-suffix`. Other units are ignored, as it demands.
 * Several ranges are answered with the whole, which it allows: no player asks for them, and each part would have to be
 * counted and cut by itself. A malformed range is refused rather than ignored, so that a client that asks for a few bytes is not
 * sent, and recorded as having been sent, everything.
 * @throws RangeNotSatisfiable
 */
export const parseRange = ({ range, ifRange, etag, totalBytes }: RangeQuestion): Wanted => {
  if (range === undefined) return whole;
  // If-Range takes a strong comparison; we never send Last-Modified, so a date cannot be ours (section 13.1.5).
  if (ifRange !== undefined && (ifRange !== etag || ifRange.startsWith('W/'))) return whole;
  const [unit = '', set] = range.split(/=(.*)/s);
  if (unit.trim().toLowerCase() !== 'bytes') return whole;

  const ranges = (set ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '') // A list may have empty members (section 5.6.1).
    .map((one) => one.match(ONE_RANGE));
  const [only, ...others] = ranges;
  if (!only || others.includes(null)) throw new RangeNotSatisfiable(totalBytes);
  if (others.length > 0) return whole;

  const [, from = '', to = ''] = only;
  if (from === '') return suffix(to, totalBytes);
  const first = Number(from);
  const last = to === '' ? totalBytes - 1 : Number(to);
  if (first >= totalBytes || last < first) throw new RangeNotSatisfiable(totalBytes);
  return { kind: 'part', first, last: Math.min(last, totalBytes - 1) };
};

/** The `Content-Range` of a 206. */
export const contentRange = ({ first, last }: ByteRange, totalBytes: number): string =>
  `bytes ${first}-${last}/${totalBytes}`;

const suffix = (length: string, totalBytes: number): Wanted => {
  if (Number(length) === 0 || totalBytes === 0) throw new RangeNotSatisfiable(totalBytes);
  return { kind: 'part', first: Math.max(0, totalBytes - Number(length)), last: totalBytes - 1 };
};
