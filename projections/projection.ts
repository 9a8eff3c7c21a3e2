import type { Category, EventIn } from '../events/category.ts';
import type { Appended, DomainEvent, Recorded } from '../events/event.ts';

type Of<E extends DomainEvent, T> = Extract<E, { type: T }>;

/** Names nothing twice. */
type EachOnce<L extends readonly string[]> = L extends readonly [infer First, ...infer Rest extends readonly string[]]
  ? First extends Rest[number]
    ? 'a type is ignored twice'
    : EachOnce<Rest>
  : unknown;

/** Names every type that is not ignored, and none that is. */
type AllBut<E extends DomainEvent, Ignored extends readonly string[]> = {
  readonly [T in Exclude<E['type'], Ignored[number]>]: unknown;
} & { readonly [T in Ignored[number]]?: 'this type is ignored' };

/** A fold of one stream, as deciders use it: time is not its business. */
export type StreamFold<View, E extends DomainEvent> = {
  readonly initial: () => View;
  readonly evolve: (view: View, event: Appended<E>) => View;
};

/*
 * Every type of the categories is handled or ignored, once: one that is forgotten, named twice or of another category does not compile, so
 * that a new type of event is thought about wherever it may matter.
 */

/** What the events of one stream add up to. No clock, no randomness: folded again they give the same. */
export const streamFold = <View, E extends DomainEvent, const Ignored extends readonly E['type'][]>({
  initial,
  on,
}: {
  readonly category: Category<E>;
  readonly initial: () => View;
  readonly on: { readonly [T in E['type']]?: (view: View, event: Appended<Of<E, T>>) => View } & AllBut<E, Ignored>;
  readonly ignores: Ignored & EachOnce<Ignored>;
}): StreamFold<View, E> => ({
  initial,
  evolve: (view, event) => handlerOf<(view: View, event: Appended<E>) => View>(on, event)?.(view, event) ?? view,
});

/**
 * What the ledger adds up to for those who read: one view for each key, folded from every event about it. A view is plain JSON, so that it
 * can be kept in a file.
 */
export type Projection<View, E extends DomainEvent = DomainEvent> = {
  /** Names its file and its series in the metrics. A handler that does something else now makes another projection: with another name. */
  readonly name: string;
  readonly categories: readonly Category<E>[];
  /** The keys whose views an event changes. */
  readonly keysOf: (event: Recorded<E>) => readonly string[];
  /** The shelf that a view stands on, for lists of some of them. */
  readonly shelfOf: (view: View) => string;
  readonly evolve: (view: View | undefined, event: Recorded<E>, key: string) => View | undefined;
};

/**
 * No clock, no randomness: built again, a view is what it was.
 * @param initial undefined where there is no view before some event
 * @param keysOf by default the id of the stream
 */
export const projection = <
  View,
  const Categories extends readonly Category[],
  const Ignored extends readonly EventIn<Categories[number]>['type'][],
>({
  name,
  categories,
  keysOf,
  shelfOf = () => '',
  initial,
  on,
}: {
  readonly name: string;
  readonly categories: Categories;
  readonly keysOf?: (event: Recorded<EventIn<Categories[number]>>) => readonly string[];
  readonly initial: () => View | undefined;
  readonly shelfOf?: (view: View) => string;
  readonly on: {
    readonly [T in EventIn<Categories[number]>['type']]?: (
      view: View | undefined,
      event: Recorded<Of<EventIn<Categories[number]>, T>>,
      key: string,
    ) => View | undefined;
  } & AllBut<EventIn<Categories[number]>, Ignored>;
  readonly ignores: Ignored & EachOnce<Ignored>;
}): Projection<View, EventIn<Categories[number]>> => {
  type E = EventIn<Categories[number]>;
  const all: readonly Category<E>[] = categories as readonly Category[] as readonly Category<E>[];
  const idOf = ({ stream }: Recorded<E>) => {
    const id = all.find(({ holds }) => holds(stream))?.idIn(stream);
    return id === undefined ? [] : [id];
  };
  return {
    name,
    categories: all,
    keysOf: keysOf ?? idOf,
    shelfOf,
    evolve: (view, event, key) => {
      const handler = handlerOf<(view: View | undefined, event: Recorded<E>, key: string) => View | undefined>(
        on,
        event,
      );
      return handler ? handler(view ?? initial(), event, key) : view;
    },
  };
};

const handlerOf = <Handler>(on: object, { type }: DomainEvent): Handler | undefined =>
  Object.hasOwn(on, type) ? (on as Record<string, Handler>)[type] : undefined;
