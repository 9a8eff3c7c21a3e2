import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { TrackedDelivery } from '../../projections/webhook-deliveries.ts';
import type { TrackedWebhook } from '../../projections/webhooks.ts';
import { Commands } from '../command-path/commands.ts';
import { CauseOf } from '../http/cause.ts';
import { ApiResponse, ApiTags, Operation } from '../http/documented.ts';
import { encodeCursor } from '../http/schemas.ts';
import type { Cause } from '../ledger/ledger.ts';
import { RegisterWebhook, RemoveWebhook, ResendDelivery, RotateWebhookSecret } from './commands.ts';
import { Deliveries } from './deliveries.ts';
import {
  DeliveriesQuery,
  DeliveryListSchema,
  DeliveryParams,
  DeliverySchema,
  RotateBody,
  WebhookBody,
  WebhookListSchema,
  WebhookParams,
  type WebhookSchema,
  WithSecretSchema,
} from './schemas.ts';
import { Sender } from './sender.ts';
import { type Registered, Webhooks } from './webhooks.ts';

type Params = z.output<typeof WebhookParams>;

/** Product events to a backend's own address: for compliance, who answer for what leaves. */
@ApiTags('Webhooks')
@Controller('v1/webhooks')
export class WebhooksController {
  constructor(
    private readonly commands: Commands,
    private readonly webhooks: Webhooks,
    private readonly deliveries: Deliveries,
    private readonly sender: Sender,
  ) {}

  @Post()
  @Operation({
    id: 'registerWebhook',
    summary: 'Register a webhook',
    description:
      'Product events of the named types are sent to the address from now on, signed as Standard Webhooks say. The secret is answered here and at rotation alone.',
    refuses: ['too-many-webhooks', 'webhooks-unavailable'],
  })
  @ApiResponse({ status: 201, description: 'sent to from now on, with its secret', standardSchema: WithSecretSchema })
  async register(
    @Body({ schema: WebhookBody }) body: z.output<typeof WebhookBody>,
    @CauseOf() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.withSecret(await this.commands.execute(new RegisterWebhook(body, cause)), reply);
  }

  @Get()
  @Operation({
    id: 'listWebhooks',
    summary: 'List webhooks',
    description: 'Answers every webhook and how its receiver is doing, newest first. Secrets are not in it.',
  })
  @ApiResponse({ status: 200, description: 'all there are, newest first', standardSchema: WebhookListSchema })
  list(): z.input<typeof WebhookListSchema> {
    return { items: this.webhooks.list().map((webhook) => this.item(webhook)) };
  }

  @Delete(':webhookId')
  @HttpCode(204)
  @Operation({
    id: 'removeWebhook',
    summary: 'Remove a webhook',
    description: 'Nothing is sent to the address any more.',
    refuses: ['webhook-not-found'],
  })
  @ApiResponse({ status: 204, description: 'nothing is sent there any more' })
  async remove(@Param({ schema: WebhookParams }) params: Params, @CauseOf() cause: Cause): Promise<void> {
    await this.commands.execute(new RemoveWebhook(params, cause));
  }

  @Post(':webhookId/rotate')
  @HttpCode(200)
  @Operation({
    id: 'rotateWebhookSecret',
    summary: 'Rotate the secret of a webhook',
    description:
      'Makes a new secret. Messages are signed with both for the overlap, and with the new one alone afterwards.',
    refuses: ['webhook-not-found', 'webhooks-unavailable'],
  })
  @ApiResponse({ status: 200, description: 'signed with a new secret from now on', standardSchema: WithSecretSchema })
  async rotate(
    @Param({ schema: WebhookParams }) params: Params,
    @Body({ schema: RotateBody }) body: z.output<typeof RotateBody>,
    @CauseOf() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.withSecret(await this.commands.execute(new RotateWebhookSecret({ ...params, ...body }, cause)), reply);
  }

  @Get(':webhookId/deliveries')
  @Operation({
    id: 'listDeliveries',
    summary: 'List the deliveries of a webhook',
    description: 'Answers a page of messages to the webhook, newest first, with every attempt.',
    refuses: ['webhook-not-found'],
  })
  @ApiResponse({ status: 200, description: 'a page, newest first', standardSchema: DeliveryListSchema })
  listDeliveries(
    @Param({ schema: WebhookParams }) { webhookId }: Params,
    @Query({ schema: DeliveriesQuery }) { state, cursor, limit }: z.output<typeof DeliveriesQuery>,
  ): z.input<typeof DeliveryListSchema> {
    const { items, next } = this.deliveries.list(webhookId, { state, before: cursor, limit });
    return { items: items.map(shown), next: next === null ? null : encodeCursor(next) };
  }

  @Post(':webhookId/deliveries/:deliveryId/resend')
  @HttpCode(202)
  @Operation({
    id: 'resendDelivery',
    summary: 'Send a delivery again',
    description: 'Sends the message again, with the same id.',
    refuses: ['webhook-not-found', 'delivery-not-found', 'webhooks-unavailable'],
  })
  @ApiResponse({ status: 202, description: 'it is sent again, with the same id', standardSchema: DeliverySchema })
  async resend(
    @Param({ schema: DeliveryParams }) params: z.output<typeof DeliveryParams>,
    @CauseOf() cause: Cause,
  ): Promise<z.input<typeof DeliverySchema>> {
    return shown(await this.commands.execute(new ResendDelivery(params, cause)));
  }

  private withSecret({ webhook, secret }: Registered, reply: FastifyReply): z.input<typeof WithSecretSchema> {
    reply.header('cache-control', 'no-store');
    return { ...this.item(webhook), secret };
  }

  private item(webhook: TrackedWebhook): z.input<typeof WebhookSchema> {
    const { webhookId, url, types, registeredBy, registeredAt, generation, overlapUntil } = webhook;
    return {
      ...{ webhookId, url, types: [...types], registeredBy, registeredAt, secretNumber: generation },
      ...(overlapUntil !== undefined && { overlapUntil }),
      receiver: this.receiver(webhookId),
    };
  }

  private receiver(webhookId: string): z.input<typeof WebhookSchema>['receiver'] {
    const state = this.sender.stateOf(webhookId);
    if (state?.kind !== 'failing') return { state: state?.kind ?? 'not-sent-to' };
    const { kind, since, pausedUntil, ...why } = state;
    return { state: kind, since: iso(since), pausedUntil: iso(pausedUntil), ...why };
  }
}

const iso = (ms: number) => new Date(ms).toISOString();

const shown = (delivery: TrackedDelivery): z.input<typeof DeliverySchema> => {
  const { deliveryId, state, event, queuedAt, dueAt, attempts, latest } = delivery;
  return {
    ...{ deliveryId, state, type: event.type, eventId: event.id, subject: event.subject, queuedAt },
    ...(state === 'due' && { dueAt }),
    ...{
      attempts,
      latest: latest.map(({ deliveryId: _, webhookId: __, instance: ___, fate, dueAt: ____, ...attempt }) => attempt),
    },
  };
};
