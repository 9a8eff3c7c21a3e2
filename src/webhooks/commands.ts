import type { TrackedDelivery } from '../../projections/webhook-deliveries.ts';
import { Change, handles } from '../command-path/change.ts';
import { Deliveries } from './deliveries.ts';
import { type Registered, Webhooks } from './webhooks.ts';

type Input = { readonly webhookId: string };

export class RegisterWebhook extends Change<{ readonly url: string; readonly types: readonly string[] }, Registered> {}
export class RotateWebhookSecret extends Change<Input & { readonly overlapHours: number }, Registered> {}
export class RemoveWebhook extends Change<Input, void> {}
export class ResendDelivery extends Change<Input & { readonly deliveryId: string }, TrackedDelivery> {}

export const webhookCommands = [
  handles(RegisterWebhook, Webhooks, (webhooks, { input, cause }) => webhooks.register(input, cause)),
  handles(RotateWebhookSecret, Webhooks, (webhooks, { input, cause }) => webhooks.rotate(input, cause)),
  handles(RemoveWebhook, Webhooks, (webhooks, { input, cause }) => webhooks.remove(input.webhookId, cause)),
  handles(ResendDelivery, Deliveries, (deliveries, { input, cause }) => deliveries.resend(input, cause)),
];
