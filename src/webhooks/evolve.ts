import type { Appended } from '../../events/event.ts';
import type { DeliveryEvent, WebhookEvent } from '../../events/webhook-events.ts';
import { deliveryAfter, type WebhookDelivery } from '../../projections/webhook-deliveries.ts';
import { type Webhook, webhookAfter } from '../../projections/webhooks.ts';

/** The webhooks there are, by id. */
export type RegisteredWebhooks = ReadonlyMap<string, Webhook>;

export const webhooksFold = {
  initial: (): RegisteredWebhooks => new Map(),
  evolve: (webhooks: RegisteredWebhooks, event: Appended<WebhookEvent>): RegisteredWebhooks => {
    const { webhookId } = event.data;
    const changed = new Map(webhooks);
    const after = webhookAfter(webhooks.get(webhookId), event);
    if (after) changed.set(webhookId, after);
    else changed.delete(webhookId);
    return changed;
  },
};

export const deliveryFold = {
  initial: (): WebhookDelivery | undefined => undefined,
  evolve: (delivery: WebhookDelivery | undefined, event: Appended<DeliveryEvent>) => deliveryAfter(delivery, event),
};
