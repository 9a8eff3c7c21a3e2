/*
 * Maps of the latest so many entries, as plain data that can be kept in a file: the least recently touched entry goes first. What goes is
 * forgotten in the same order on every instance that has folded the same events.
 */

/** The value of a key, made where there is none; it counts as touched now. */
export const touched = <K, V>(map: Map<K, V>, key: K, max: number, make: () => V): V => {
  const value = map.get(key) ?? make();
  put(map, key, value, max);
  return value;
};

export const put = <K, V>(map: Map<K, V>, key: K, value: V, max: number): void => {
  map.delete(key);
  map.set(key, value);
  if (map.size > max) for (const [oldest] of map) return void map.delete(oldest);
};

/** Takes entries off the front of a list, which is in order of time, while they are older. */
export const prune = <T extends { readonly at: number }>(list: T[], after: number, max: number): void => {
  let gone = 0;
  for (const { at } of list) {
    if (at > after && list.length - gone <= max) break;
    gone += 1;
  }
  if (gone > 0) list.splice(0, gone);
};
