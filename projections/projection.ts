import type { Appended, DomainEvent } from '../events/event.ts';

/**
 * A projection as data: a name that changes with its meaning, the key its views are kept by, and a pure handler for each event type
 * it cares about. The keys of `on` are the handled types. No clock, no randomness: a rebuild must give what the first run gave.
 */
export type Projection<View, E extends DomainEvent> = {
  readonly name: string;
  readonly keyOf: (event: Appended<E>) => string;
  readonly initial: () => View;
  readonly on: { readonly [T in E['type']]?: (view: View, event: Appended<Extract<E, { type: T }>>) => View };
};

/** The view after one more event; events without a handler leave it as it is. */
export const project = <View, E extends DomainEvent>(
  { on }: Projection<View, E>,
  view: View,
  event: Appended<E>,
): View => {
  const handler = (on as Record<string, ((view: View, event: Appended<E>) => View) | undefined>)[event.type];
  return handler ? handler(view, event) : view;
};
