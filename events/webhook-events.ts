import { z } from 'zod';
import type { EventOf } from './event.ts';
import { Id, ProviderId, Sha256Hex, UtcTime } from './values.ts';

/** The longest address that a webhook may have. */
export const URL_MAX = 500;

/** A kind of product event: `consultation.booked`. */
export const ProductType = z.string().regex(/^[a-z]+\.[a-z-]+$/);
/** Some of them: `consultation.booked`, `consultation.*`, or `*`. */
export const TypePattern = z.string().regex(/^(\*|[a-z]+\.(\*|[a-z-]+))$/);

const webhook = { webhookId: Id };
/** Of a secret that is derived from a setting: an instance with another setting sees that its own is not the one that was given out. */
const derived = { secretDigest: Sha256Hex };

/** Where product events are sent, on `webhooks`: one stream, so that how many there are is decided at its revision. */
export const webhookEvents = {
  WebhookRegistered: z.object({
    ...webhook,
    /** Configuration that an officer entered: without a user, a query or a fragment. */
    url: z.url({ protocol: /^https?$/ }).max(URL_MAX),
    types: z.array(TypePattern).min(1),
    ...derived,
  }),
  /** Messages are signed with the secret of this generation, and until then with the one before as well. */
  WebhookSecretRotated: z.object({ ...webhook, generation: z.int().min(2), overlapUntil: UtcTime, ...derived }),
  WebhookRemoved: z.object(webhook),
};

const delivery = { deliveryId: Id, webhookId: Id };
/** The instance that is to make the next attempt; another one may claim the delivery where that one is late. */
const owned = { ...delivery, instance: Id, at: UtcTime };

/** What a receiver is told, as it is told: ids and numbers. */
export const ToldEvent = z.object({
  /** Of the event of the ledger that it tells of. */
  id: Id,
  type: ProductType,
  subject: z.string().max(200),
  time: UtcTime,
  data: z.record(Id, z.union([ProviderId, z.int()])),
});
export type ToldEvent = z.infer<typeof ToldEvent>;

/** One product event on its way to one webhook, on `delivery-<deliveryId>`: the queue, and the record of each attempt. */
export const deliveryEvents = {
  DeliveryQueued: z.object({ ...owned, event: ToldEvent }),
  DeliveryAttempted: z.object({
    ...delivery,
    instance: Id,
    /** 1 is the first. */
    number: z.int().positive(),
    beganAt: UtcTime,
    endedAt: UtcTime,
    outcome: z.enum(['taken', 'refused', 'failed']),
    /** Why it failed: a kind of failure, and Node's own code for it. */
    why: Id.optional(),
    code: Id.optional(),
    status: z.int().optional(),
    fate: z.enum(['delivered', 'due', 'given-up']),
    /** When the next attempt may be made. */
    dueAt: UtcTime.optional(),
  }),
  /** The instance that was to make the next attempt was late, and the delivery is this one's now. */
  DeliveryClaimed: z.object(owned),
  /** An officer has it sent again. */
  DeliveryResent: z.object(owned),
};

export type WebhookEvent = EventOf<typeof webhookEvents>;
export type DeliveryEvent = EventOf<typeof deliveryEvents>;
