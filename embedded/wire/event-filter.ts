import { RE2JS, RE2JSException } from 're2js';
import { invalidArgument } from './status-error.ts';
import type { StoredEvent } from './stored-event.ts';

export type EventFilter = (event: StoredEvent) => boolean;

const MAX_REGEX_LENGTH = 1_000;

/**
 * A filter by event type or stream name: a regular expression, which matches anywhere unless it is anchored, or else
 * any of the prefixes.
 *
 * The expression comes from a client and is tried on every event of the log, so it runs on a linear-time engine: a
 * backtracking one could be stopped for hours by `(a+)+$`. The price is RE2's syntax: no look-around, no
 * back-references.
 * @throws StatusError when the expression isn't understood
 */
export const eventFilter = (on: 'event-type' | 'stream', regex: string, prefixes: readonly string[]): EventFilter => {
  const subject = on === 'event-type' ? (event: StoredEvent) => event.type : (event: StoredEvent) => event.stream;
  if (regex === '') {
    return (event) => {
      const text = subject(event);
      return prefixes.some((prefix) => text.startsWith(prefix));
    };
  }
  if (regex.length > MAX_REGEX_LENGTH) {
    throw invalidArgument(`A filter's regular expression may have at most ${MAX_REGEX_LENGTH} characters.`);
  }
  const pattern = compile(regex);
  return (event) => pattern.test(subject(event));
};

const compile = (regex: string): RE2JS => {
  try {
    return RE2JS.compile(regex);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw invalidArgument(`The filter's regular expression can't be used: ${error.message}`);
  }
};
