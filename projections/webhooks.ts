import { webhooksStream } from '../events/categories.ts';
import type { Recorded } from '../events/event.ts';
import type { WebhookEvent } from '../events/webhook-events.ts';
import { projection } from './projection.ts';

/** Where product events are sent, as its events add up. */
export type Webhook = {
  readonly webhookId: string;
  readonly url: string;
  readonly types: readonly string[];
  /** Of its secret; 1 is the first. */
  readonly generation: number;
  /** SHA-256 of the secret of this generation. */
  readonly secretDigest: string;
  /** Until when messages are signed with the secret of the generation before as well. */
  readonly overlapUntil?: string;
};

/** A webhook after an event of it; undefined once it is removed. */
export const webhookAfter = (webhook: Webhook | undefined, event: WebhookEvent): Webhook | undefined => {
  switch (event.type) {
    case 'WebhookRegistered': {
      const { webhookId, url, types, secretDigest } = event.data;
      return { webhookId, url, types, generation: 1, secretDigest };
    }
    case 'WebhookSecretRotated': {
      const { generation, overlapUntil, secretDigest } = event.data;
      return webhook && { ...webhook, generation, overlapUntil, secretDigest };
    }
    case 'WebhookRemoved':
      return undefined;
  }
};

/** A webhook as those who read are told of it. */
export type TrackedWebhook = Webhook & {
  readonly status: 'active' | 'removed';
  readonly registeredBy: string;
  readonly registeredAt: string;
  /** The position of its registration in `$all`: events after it are sent. */
  readonly since: number;
};

const tracked = (before: TrackedWebhook | undefined, event: Recorded<WebhookEvent>): TrackedWebhook | undefined => {
  const {
    registeredBy = event.metadata.actor.id,
    registeredAt = event.recordedAt,
    since = Number(event.position),
  } = before ?? {};
  const after = webhookAfter(before, event);
  if (!after) return before && { ...before, status: 'removed' };
  return { ...after, status: 'active', registeredBy, registeredAt, since };
};

/** Every webhook by its id. */
export const registeredWebhooks = projection({
  name: 'webhooks-v1',
  categories: [webhooksStream],
  keysOf: ({ data }) => [data.webhookId],
  shelfOf: ({ status }: TrackedWebhook) => status,
  initial: (): TrackedWebhook | undefined => undefined,
  on: { WebhookRegistered: tracked, WebhookSecretRotated: tracked, WebhookRemoved: tracked },
  ignores: [],
});
