import type { Anchor } from '../event-store.ts';

/** A view with its place. */
export type Row = {
  /** Views are numbered in the order in which they came to be, from 0. */
  readonly place: number;
  readonly shelf: string;
  /** Of the last event that was folded, on its own stream. */
  readonly revision: number;
  /** Plain JSON. */
  readonly view: unknown;
};

/** An event that could not be read: what its stream adds up to lacks it. */
export type Gap = { readonly stream: string; readonly revision: number };

/** Changes written together: all of them or none. */
export type Batch = {
  readonly rows: ReadonlyMap<string, Row>;
  readonly gaps: readonly Gap[];
  /** Everything up to this event is in the views after it. */
  readonly checkpoint: Anchor;
};

/**
 * Where the views of one projection are kept, with the place up to which the log is in them. It may lose everything at any time, and never
 * a part: lost views are built again.
 */
export interface ViewStore {
  /** Undefined: nothing was taken in so far. */
  readonly checkpoint: Anchor | undefined;
  /** How many views there are. */
  readonly size: number;
  readonly gaps: readonly Gap[];
  get(key: string): Row | undefined;
  /** Of all shelves or one, newest first, below a place. */
  rows(shelf: string | undefined, before: number): Iterable<readonly [key: string, row: Row]>;
  /** How many views are on a shelf. @throws ViewsUnusable */
  count(shelf: string): number;
  /** One at a time. @throws ViewsUnusable */
  write(batch: Batch): Promise<void>;
  /** Forgets everything. @throws ViewsUnusable */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** The views kept cannot be relied on any more, or nothing can be kept. */
export class ViewsUnusable extends Error {}

/** Another process keeps its views in the same place. */
export class ViewsShared extends ViewsUnusable {}
