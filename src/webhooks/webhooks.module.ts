import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.ts';
import { PrivacyModule } from '../privacy/privacy.module.ts';
import { webhookCommands } from './commands.ts';
import { Deliveries } from './deliveries.ts';
import { Forwarder } from './forwarder.ts';
import { PACE, pace } from './pace.ts';
import { Sender } from './sender.ts';
import { Wanted } from './wanted.ts';
import { WebhooksController } from './webhooks.controller.ts';
import { Webhooks } from './webhooks.ts';

/** Product events to a backend's own address. */
@Module({
  imports: [HttpModule, PrivacyModule],
  controllers: [WebhooksController],
  providers: [{ provide: PACE, useValue: pace }, Webhooks, Deliveries, Sender, Forwarder, Wanted, ...webhookCommands],
})
export class WebhooksModule {}
