/** Why a receiver could not be reached, or did not take any message. */
export type Failure =
  /** Its address is none that this process may connect to. */
  | 'address-not-allowed'
  /** There is no connection: no such host, nothing listens, a certificate that is not trusted, the network. */
  | 'not-connected'
  /** It did not answer in time, or broke the connection off. */
  | 'no-answer'
  /** It names another address, and none is followed: only this one was allowed. */
  | 'redirected'
  /** It answered with a status that speaks of the receiver and not of the message. */
  | 'unwilling'
  /** The request could not be made at all, such as for a header that HTTP does not allow. */
  | 'not-sendable';

/** What came of an attempt. Without addresses, headers or bodies: it is put on record. */
export type Outcome =
  | { readonly kind: 'taken'; readonly status: number }
  /** The receiver works, and does not want this message. */
  | { readonly kind: 'refused'; readonly status: number }
  | {
      readonly kind: 'failed';
      readonly why: Failure;
      /** Of Node's, like ECONNREFUSED. */
      readonly code?: string;
      readonly status?: number;
      /** How long the receiver asked to be left alone. */
      readonly retryAfterMs?: number;
    };

/** These speak of the message sent; every other one speaks of the receiver, its address, or who may use it. */
const OF_THE_MESSAGE: ReadonlySet<number> = new Set([400, 409, 413, 415, 422]);
const MAY_ASK_FOR_TIME: ReadonlySet<number> = new Set([429, 503]);

export const outcomeOf = (status: number, retryAfter: string | undefined, now: number): Outcome => {
  if (status >= 200 && status < 300) return { kind: 'taken', status };
  if (OF_THE_MESSAGE.has(status)) return { kind: 'refused', status };
  if (status >= 300 && status < 400) return { kind: 'failed', why: 'redirected', status };
  const asked = MAY_ASK_FOR_TIME.has(status) ? retryAfterMs(retryAfter, now) : undefined;
  return { kind: 'failed', why: 'unwilling', status, ...(asked !== undefined && { retryAfterMs: asked }) };
};

const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** `Retry-After` of RFC 9110: seconds, or a date. Undefined when it is neither. */
export const retryAfterMs = (header: string | undefined, now: number): number | undefined => {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const date = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
};
