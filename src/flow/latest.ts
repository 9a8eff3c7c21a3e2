import { LRUCache } from 'lru-cache';

type Bounds<K extends object | string, V extends object | string | number | boolean> = Pick<
  LRUCache.Options<K, V, unknown>,
  'ttl'
>;

const one = () => 1;

/**
 * The latest used, so many at most. Bounded by size and not by number: by number the library takes the memory of all of them at once, which was a
 * seventh of the processor time of a start.
 */
export const latest = <K extends object | string, V extends object | string | number | boolean>(
  most: number,
  bounds: Bounds<K, V> = {},
): LRUCache<K, V> => new LRUCache<K, V>({ ...bounds, maxSize: most, sizeCalculation: one });
