import { z } from 'zod';
import { Id } from '../../events/values.ts';
import { TypePattern, URL_MAX } from '../../events/webhook-events.ts';
import { deliveryStates } from '../../projections/webhook-deliveries.ts';
import { paging } from '../http/schemas.ts';
import { patterns } from './product-events.ts';

const url = z
  .url({ protocol: /^https?$/, error: 'must be an address that begins with https://' })
  .max(URL_MAX)
  .refine(
    (text) => {
      if (!URL.canParse(text)) return true; // Said already.
      const { username, password } = new URL(text);
      return username === '' && password === '' && !/[?#]/.test(text);
    },
    { error: 'must have no user, password, query or fragment: it is kept in the ledger; messages are signed instead' },
  )
  .describe('where product events are posted to; recorded in the ledger, so that it must hold no secret');

const types = z
  .array(
    TypePattern.refine((pattern) => patterns.has(pattern), {
      error: 'is no type of product event, no family such as consultation.*, and not *',
    }),
  )
  .min(1)
  .max(patterns.size)
  .transform((all) => [...new Set(all)]);

export const WebhookBody = z.strictObject({ url, types }).meta({ id: 'WebhookRegistration' });
export const RotateBody = z
  .strictObject({
    overlapHours: z
      .number()
      .min(0)
      .max(168)
      .default(24)
      .describe('how long messages are signed with the secret before, too; 0 where that one is known to others'),
  })
  .meta({ id: 'SecretRotation' });
export const WebhookParams = z.object({ webhookId: Id });
export const DeliveryParams = z.object({ webhookId: Id, deliveryId: Id });
export const DeliveriesQuery = z.strictObject({
  state: z.enum(deliveryStates).optional(),
  ...paging(z.int().nonnegative()),
});

const time = z.iso.datetime();

const Receiver = z
  .object({
    state: z
      .enum(['healthy', 'failing', 'not-sent-to'])
      .describe('`healthy` until it fails; `not-sent-to` where the settings of this instance do not let it'),
    since: time.optional(),
    failures: z.int().optional(),
    pausedUntil: time.optional().describe('no attempt is made before'),
    ...{ why: z.string().optional(), code: z.string().optional(), status: z.int().optional() },
  })
  .describe('how it does as far as this instance has tried it');

export const WebhookSchema = z
  .object({
    webhookId: Id,
    url: z.string(),
    types: z.array(z.string()),
    registeredBy: z.string(),
    registeredAt: time,
    secretNumber: z.int().describe('1 is the first'),
    overlapUntil: time.optional().describe('until then messages are signed with the secret before, too'),
    receiver: Receiver,
  })
  .meta({ id: 'Webhook' });
export const WebhookListSchema = z.object({ items: z.array(WebhookSchema) }).meta({ id: 'WebhookList' });
export const WithSecretSchema = WebhookSchema.extend({
  secret: z.string().describe('`whsec_…`: shown in this answer alone'),
}).meta({ id: 'WebhookWithSecret' });

const AttemptSchema = z.object({
  number: z.int(),
  ...{ beganAt: time, endedAt: time },
  outcome: z.enum(['taken', 'refused', 'failed']),
  ...{ why: z.string().optional(), code: z.string().optional(), status: z.int().optional() },
});
export const DeliverySchema = z
  .object({
    deliveryId: Id.describe('what the receiver is told as `webhook-id`'),
    state: z.enum(deliveryStates),
    ...{ type: z.string(), eventId: Id, subject: z.string() },
    queuedAt: time,
    dueAt: time.optional().describe('when the next attempt may be made'),
    attempts: z.int(),
    latest: z.array(AttemptSchema).describe('its latest attempts, at most 20'),
  })
  .meta({ id: 'Delivery' });
export const DeliveryListSchema = z
  .object({ items: z.array(DeliverySchema), next: z.string().nullable() })
  .meta({ id: 'DeliveryPage' });
