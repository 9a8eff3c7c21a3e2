import type { Appended, Catalogue, DomainEvent, EventOf } from './event.ts';

declare const held: unique symbol;

/** The name of a stream. What it may hold is known to the compiler alone. */
export type Stream<E extends DomainEvent = DomainEvent> = string & { readonly [held]: E };

/** One kind of stream: how its streams are called, what they hold, and whose each event is. */
export type Category<E extends DomainEvent = DomainEvent> = {
  /** What the names of its streams begin with, and those of no other category. */
  readonly prefix: string;
  readonly catalogue: Catalogue;
  /** The stream of one patient, viewer, breach … */
  readonly of: (id: string) => Stream<E>;
  /** Whose a stream is; undefined for streams of other categories. */
  readonly idIn: (stream: string) => string | undefined;
  /** The stream that an event belongs on, by what the event itself says. */
  streamOf(event: E): Stream<E>;
  /** Whether a stream is one of this category's. */
  readonly holds: (stream: string) => stream is Stream<E>;
  /** Whether an event came through the gate (`gate.ts`) from a stream of this category. */
  readonly includes: (event: Appended) => event is Appended<E>;
};

/** The events of a category. */
export type EventIn<C> = C extends Category<infer E> ? E : never;

/** A category of one stream. */
export type SingleStream<E extends DomainEvent> = Category<E> & { readonly stream: Stream<E> };

/** @param ownerOf the id whose stream it is, by the data of any of its events */
export const category = <C extends Catalogue>(
  prefix: `${string}-`,
  catalogue: C,
  ownerOf: (data: EventOf<C>['data']) => string,
): Category<EventOf<C>> => {
  type E = EventOf<C>;
  const of = (id: string) => `${prefix}${id}` as Stream<E>;
  const holds = (stream: string) => stream.startsWith(prefix);
  return {
    ...named<E>(prefix, holds),
    catalogue,
    of,
    idIn: (stream) => (holds(stream) ? stream.slice(prefix.length) : undefined),
    streamOf: ({ data }) => of(ownerOf(data)),
  };
};

export const single = <C extends Catalogue>(name: string, catalogue: C): SingleStream<EventOf<C>> => {
  type E = EventOf<C>;
  const stream = name as Stream<E>;
  const only = () => stream;
  return {
    ...named<E>(name, (other) => other === name),
    catalogue,
    of: only,
    idIn: () => undefined,
    streamOf: only,
    stream,
  };
};

const named = <E extends DomainEvent>(prefix: string, holds: (stream: string) => boolean) => ({
  prefix,
  holds: (stream: string): stream is Stream<E> => holds(stream),
  includes: (event: Appended): event is Appended<E> => holds(event.stream),
});
