import type { Appended } from '../../events/event.ts';
import type { DeliveryEvent, WebhookEvent } from '../../events/webhook-events.ts';
import { PersistentMap } from '../../projections/persistent.ts';
import { deliveryAfter, type WebhookDelivery } from '../../projections/webhook-deliveries.ts';
import { type Webhook, webhookAfter } from '../../projections/webhooks.ts';

/** The webhooks there are, by id. */
export type RegisteredWebhooks = PersistentMap<string, Webhook>;

export const webhooksFold = {
  initial: (): RegisteredWebhooks => PersistentMap.empty(),
  evolve: (webhooks: RegisteredWebhooks, event: Appended<WebhookEvent>): RegisteredWebhooks => {
    const { webhookId } = event.data;
    const after = webhookAfter(webhooks.get(webhookId), event);
    return after ? webhooks.with(webhookId, after) : webhooks.without(webhookId);
  },
};

export const deliveryFold = {
  initial: (): WebhookDelivery | undefined => undefined,
  evolve: (delivery: WebhookDelivery | undefined, event: Appended<DeliveryEvent>) => deliveryAfter(delivery, event),
};
