import { useSyncExternalStore } from 'react';

/** A value outside of React that components follow. */
export type Stored<T> = {
  get(): T;
  set(next: T): void;
  /** @returns what ends it */
  listen(listener: () => void): () => void;
};

export const stored = <T>(initial: T): Stored<T> => {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

/** One that this browser remembers; what it cannot read or keep is as if it had not been chosen. */
export const remembered = <T extends string>(key: string, options: readonly [T, ...T[]]): Stored<T> => {
  const name = `ledger-console.${key}`;
  const read = (): T => {
    try {
      const found = localStorage.getItem(name);
      return options.find((one) => one === found) ?? options[0];
    } catch {
      return options[0];
    }
  };
  const store = stored(read());
  return {
    ...store,
    set: (next) => {
      try {
        localStorage.setItem(name, next);
      } catch {
        // A browser that keeps nothing: it holds until the page is left.
      }
      store.set(next);
    },
  };
};

export const useStored = <T>({ listen, get }: Pick<Stored<T>, 'listen' | 'get'>): T =>
  useSyncExternalStore(listen, get);
