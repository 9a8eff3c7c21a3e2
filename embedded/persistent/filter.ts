import type { StoredEvent } from '../wire/stored-event.ts';
import type { FilterDefinition } from './definition.ts';

/** The predicate of a filter on `$all`. A regular expression matches anywhere unless it is anchored. */
export const matcher = (filter: FilterDefinition | undefined): ((event: StoredEvent) => boolean) => {
  if (filter === undefined) return () => true;
  const subject = filter.context === 'eventType' ? (e: StoredEvent) => e.type : (e: StoredEvent) => e.stream;
  if (filter.type === 'prefix') {
    return (event) => {
      const text = subject(event);
      return filter.data.some((prefix) => text.startsWith(prefix));
    };
  }
  const patterns = filter.data.map((pattern) => new RegExp(pattern));
  return (event) => {
    const text = subject(event);
    return patterns.some((pattern) => pattern.test(text));
  };
};
