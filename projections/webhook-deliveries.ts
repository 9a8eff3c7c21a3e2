import { deliveryStreams } from '../events/categories.ts';
import type { Appended, Recorded } from '../events/event.ts';
import type { DeliveryEvent, ToldEvent } from '../events/webhook-events.ts';
import { projection } from './projection.ts';

export const deliveryStates = ['due', 'delivered', 'given-up'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

type Attempted = Extract<DeliveryEvent, { type: 'DeliveryAttempted' }>['data'];

/** One product event on its way to one webhook, as its events add up. */
export type WebhookDelivery = {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly event: ToldEvent;
  readonly state: DeliveryState;
  /** The instance that is to make the next attempt. */
  readonly instance: string;
  /** When the next attempt may be made, or the last one might have been. */
  readonly dueAt: string;
  /** From when its age counts: when it was queued, or resent. */
  readonly since: string;
  /** How many attempts are on record. */
  readonly attempts: number;
  readonly last?: Attempted;
  /** Of its last event. */
  readonly revision: number;
};

/** A delivery after an event of it; events of one that was not queued change nothing. */
export const deliveryAfter = (
  before: WebhookDelivery | undefined,
  { type, data, revision }: Appended<DeliveryEvent>,
): WebhookDelivery | undefined => {
  if (type === 'DeliveryQueued') {
    const { at, ...queued } = data;
    return { ...queued, state: 'due', dueAt: at, since: at, attempts: 0, revision };
  }
  if (!before) return undefined;
  switch (type) {
    case 'DeliveryAttempted': {
      const { number: attempts, instance, fate: state, dueAt = before.dueAt } = data;
      return { ...before, attempts, instance, state, dueAt, last: data, revision };
    }
    case 'DeliveryClaimed':
      return { ...before, instance: data.instance, dueAt: data.at, revision };
    case 'DeliveryResent':
      return { ...before, instance: data.instance, state: 'due', dueAt: data.at, since: data.at, revision };
  }
};

/** So many of its latest attempts are shown; all of them are in the ledger. */
const ATTEMPTS_SHOWN = 20;

/** A delivery as officers are told of it, with its latest attempts, the first of them first. */
export type TrackedDelivery = WebhookDelivery & { readonly queuedAt: string; readonly latest: readonly Attempted[] };

const tracked = (before: TrackedDelivery | undefined, event: Recorded<DeliveryEvent>): TrackedDelivery | undefined => {
  const after = deliveryAfter(before, event);
  if (!after) return undefined;
  const { queuedAt = event.recordedAt, latest = [] } = before ?? {};
  return {
    ...after,
    queuedAt,
    latest: event.type === 'DeliveryAttempted' ? [...latest, event.data].slice(-ATTEMPTS_SHOWN) : latest,
  };
};

/** Where the deliveries of a webhook in one state stand. */
export const deliveryShelf = (webhookId: string, state: DeliveryState): string => `${webhookId}:${state}`;

/** Every delivery by its id. */
export const webhookDeliveries = projection({
  name: 'webhook-deliveries-v1',
  categories: [deliveryStreams],
  shelfOf: ({ webhookId, state }: TrackedDelivery) => deliveryShelf(webhookId, state),
  initial: (): TrackedDelivery | undefined => undefined,
  on: { DeliveryQueued: tracked, DeliveryAttempted: tracked, DeliveryClaimed: tracked, DeliveryResent: tracked },
  ignores: [],
});
