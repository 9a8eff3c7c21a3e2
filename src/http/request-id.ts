/**
 * The shapes of a UUID and of a ULID. The id stays in the metadata of events for good, so that nothing a person could have typed
 * may pass for one.
 */
export const REQUEST_ID =
  '^([0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}|[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25})$';

const pattern = new RegExp(REQUEST_ID);

export const isRequestId = (text: string): boolean => pattern.test(text);
