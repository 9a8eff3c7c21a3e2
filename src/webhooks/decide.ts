import type { DeliveryEvent, ToldEvent, WebhookEvent } from '../../events/webhook-events.ts';
import type { WebhookDelivery } from '../../projections/webhook-deliveries.ts';
import { DeliveryNotFound, TooManyWebhooks, WebhookNotFound } from './errors.ts';
import type { RegisteredWebhooks } from './evolve.ts';

type Of<T> = Extract<WebhookEvent | DeliveryEvent, { type: T }>;

/** Each event is recorded once for each webhook that wants it. */
export const MOST_WEBHOOKS = 20;

/** @throws TooManyWebhooks */
export const register = (
  webhooks: RegisteredWebhooks,
  webhook: Of<'WebhookRegistered'>['data'],
): [Of<'WebhookRegistered'>] => {
  if (webhooks.size >= MOST_WEBHOOKS) throw new TooManyWebhooks(MOST_WEBHOOKS);
  return [{ type: 'WebhookRegistered', data: webhook }];
};

/** @throws WebhookNotFound */
export const rotate = (
  webhooks: RegisteredWebhooks,
  { webhookId, overlapUntil }: Pick<Of<'WebhookSecretRotated'>['data'], 'webhookId' | 'overlapUntil'>,
  digestOf: (generation: number) => string,
): [Of<'WebhookSecretRotated'>] => {
  const webhook = webhooks.get(webhookId);
  if (!webhook) throw new WebhookNotFound();
  const generation = webhook.generation + 1;
  const data = { webhookId, generation, overlapUntil, secretDigest: digestOf(generation) };
  return [{ type: 'WebhookSecretRotated', data }];
};

/** @throws WebhookNotFound */
export const remove = (webhooks: RegisteredWebhooks, webhookId: string): [Of<'WebhookRemoved'>] => {
  if (!webhooks.has(webhookId)) throw new WebhookNotFound();
  return [{ type: 'WebhookRemoved', data: { webhookId } }];
};

type Owned = {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly instance: string;
  readonly at: string;
};

/** An event that is handed out again is on its way already. */
export const queue = (
  delivery: WebhookDelivery | undefined,
  queued: Owned & { readonly event: ToldEvent },
): Of<'DeliveryQueued'>[] => (delivery ? [] : [{ type: 'DeliveryQueued', data: queued }]);

/**
 * Puts an attempt on record, once. What others did meanwhile stays: a delivery that another attempt completed is delivered, and one that an
 * officer had sent again is not given up by an attempt that began before.
 */
export const attempted = (
  delivery: WebhookDelivery | undefined,
  attempt: Omit<Of<'DeliveryAttempted'>['data'], 'number'>,
): Of<'DeliveryAttempted'>[] => {
  if (!delivery) return [];
  const { last, state, since, attempts } = delivery;
  if (last?.instance === attempt.instance && last.beganAt === attempt.beganAt) return [];
  const was = attempt.fate === 'delivered' || state === 'delivered' ? 'delivered' : attempt.fate;
  const isOfBefore = was === 'given-up' && Date.parse(since) > Date.parse(attempt.beganAt);
  const { dueAt = since, ...rest } = attempt;
  const fate = isOfBefore ? 'due' : was;
  return [
    { type: 'DeliveryAttempted', data: { ...rest, number: attempts + 1, fate, ...(fate === 'due' && { dueAt }) } },
  ];
};

/** From when on, in milliseconds since the epoch, an instance needs a claim for the next attempt, or may get one. */
export const claimableFrom = ({ dueAt, instance }: WebhookDelivery, by: string, lateMs: number): number =>
  Date.parse(dueAt) + (instance === by ? lateMs / 2 : lateMs);

/**
 * An instance that is late with an attempt may lose it to another one. It claims it anew from half of the time on, so that the two never
 * make it at once: only one of them can append.
 * @param lateMs how late an instance may be
 */
export const claim = (
  delivery: WebhookDelivery | undefined,
  { instance, at }: Omit<Owned, 'deliveryId' | 'webhookId'>,
  lateMs: number,
): Of<'DeliveryClaimed'>[] => {
  if (delivery?.state !== 'due' || Date.parse(at) < claimableFrom(delivery, instance, lateMs)) return [];
  const { deliveryId, webhookId } = delivery;
  return [{ type: 'DeliveryClaimed', data: { deliveryId, webhookId, instance, at } }];
};

/** @throws DeliveryNotFound */
export const resend = (delivery: WebhookDelivery | undefined, resent: Owned): [Of<'DeliveryResent'>] => {
  if (delivery?.webhookId !== resent.webhookId) throw new DeliveryNotFound();
  return [{ type: 'DeliveryResent', data: resent }];
};
