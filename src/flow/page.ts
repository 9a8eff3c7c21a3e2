/** A part of a list, and the place that the next part begins after; null at the end of the list. */
export type Page<T, Place> = { readonly items: readonly T[]; readonly next: Place | null };

/**
 * @param found the list from the page's beginning on: what the page shows and, where there is more, at least one after that
 * @param more whether the list continues beyond `found`, where that is known otherwise
 */
export const pageOf = <T, Place>(
  found: readonly T[],
  limit: number,
  placeOf: (item: T) => Place,
  more = false,
): Page<T, Place> => {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: last !== undefined && (more || found.length > limit) ? placeOf(last) : null };
};
