type Header = { readonly description: string; readonly schema: Readonly<Record<string, unknown>> };

const text = (description: string): Header => ({ description, schema: { type: 'string' } });
const count = (description: string): Header => ({ description, schema: { type: 'integer', minimum: 0 } });

/** Every header of an answer that a caller may go by. */
export const responseHeaders = {
  'X-Request-Id': text('names this request in the log; the caller’s own, where that is a UUID or ULID'),
  'X-RateLimit-Limit': count('requests that the caller may make in a minute, where they are counted'),
  'X-RateLimit-Remaining': count('requests that are left of them'),
  'X-RateLimit-Reset': count('seconds until the next minute begins'),
  'Retry-After': count('seconds after which asking again may help'),
  'WWW-Authenticate': text('the challenge (RFC 6750), with `acr_values` where a stronger sign-in is needed (RFC 9470)'),
  ETag: text('the revision, or the hash of a recording: for `If-Match`, `If-None-Match` and `If-Range`'),
  Location: text('where it is'),
  'X-Ledger-Position': text('the position in the log that the answer is as of'),
  'Accept-Ranges': text('`bytes`'),
  'Content-Range': text('which bytes these are of how many (RFC 9110, 14.4)'),
  'Content-Disposition': text('whether it is to be shown or kept, and under which name'),
  'Set-Cookie': text('opens the content of this one view, for a player that sends no token'),
  'Repr-Digest': text('the SHA-256 of the file (RFC 9530)'),
} as const satisfies Readonly<Record<string, Header>>;

/** What pages on other origins may read; no page reads a cookie. */
export const exposedHeaders: readonly string[] = Object.keys(responseHeaders).filter((name) => name !== 'Set-Cookie');

export type ResponseHeader = keyof typeof responseHeaders;

/** The headers of one answer, as the document has them: `@ApiResponse({ status: 201, headers: sends('Location') })`. */
export const sends = (...names: readonly ResponseHeader[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
