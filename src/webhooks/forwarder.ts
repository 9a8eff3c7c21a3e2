import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { LedgerEvent } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import { causedBy } from '../ledger/ledger.ts';
import { reactor } from '../ledger/react/reactor.ts';
import { Reactors } from '../ledger/react/reactors.ts';
import type { RunningReactor } from '../ledger/react/running-reactor.ts';
import { ACTOR, Deliveries } from './deliveries.ts';
import { productEventOf, toldTypes, wants } from './product-events.ts';
import { Wanted } from './wanted.ts';
import { Webhooks } from './webhooks.ts';

type Told = (typeof toldTypes)[number];

const MAX_IN_FLIGHT = 64;

/** Puts each product event on record for the webhooks that ask for it. Nothing is sent from here, so that no receiver holds it up. */
@Injectable()
export class Forwarder implements OnApplicationBootstrap, OnApplicationShutdown {
  /** Undefined without the setting that secrets are derived from: then no group is joined, and none is made. */
  private readonly reactor: RunningReactor | undefined;

  constructor(
    private readonly webhooks: Webhooks,
    private readonly deliveries: Deliveries,
    private readonly wanted: Wanted,
    reactors: Reactors,
  ) {
    if (!webhooks.secrets) return;
    const forward = (event: Recorded<LedgerEvent>) => this.forward(event);
    const on = Object.fromEntries(toldTypes.map((type) => [type, forward])) as Record<Told, typeof forward>;
    this.reactor = reactors.add(reactor({ name: ACTOR, version: 1, on, maxInFlight: MAX_IN_FLIGHT }));
  }

  onApplicationBootstrap(): void {
    this.reactor?.start();
  }

  /** Before the ledger is closed. */
  async onApplicationShutdown(): Promise<void> {
    await this.reactor?.stop();
  }

  private async forward(event: Recorded<LedgerEvent>): Promise<void> {
    const told = productEventOf(event);
    if (!told) return;
    const asking = [...(await this.webhooks.known()).values()].filter(
      (webhook) => wants(webhook.types, told.type) && event.position > this.webhooks.sinceOf(webhook),
    );
    if (asking.length === 0 || !(await this.wanted.isWanted(told))) return;
    for (const { webhookId } of asking) await this.deliveries.queue(webhookId, told, causedBy(event, ACTOR));
  }
}
