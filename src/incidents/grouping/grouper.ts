import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { BreachFlags, type FlaggedBreach } from '../../breaches/flags.ts';
import { type Cause, causedBy } from '../../ledger/ledger.ts';
import { reactor } from '../../ledger/react/reactor.ts';
import { Reactors } from '../../ledger/react/reactors.ts';
import type { RunningReactor } from '../../ledger/react/running-reactor.ts';
import { Incidents } from '../incidents.ts';

/** On whose behalf breaches are grouped. */
const ACTOR = 'incident-grouper';
/** A burst is grouped one after the other anyhow, on one stream. */
const MAX_IN_FLIGHT = 16;

/**
 * Makes every breach part of an incident: at once where it was flagged here, as the person on call waits for it; and as it is handed out by the
 * store, so that none is forgotten with an instance that was killed.
 */
@Injectable()
export class Grouper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly reactor: RunningReactor;
  private readonly logger = new Logger(Grouper.name);
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly incidents: Incidents,
    flags: BreachFlags,
    reactors: Reactors,
  ) {
    flags.onFlagged = (breach, cause) => this.joinNow(breach, cause);
    const grouping = reactor({
      ...{ name: ACTOR, version: 1, maxInFlight: MAX_IN_FLIGHT },
      // What an earlier release flagged was paged by it, and would be paged again.
      from: 'end',
      on: { BreachFlagged: async (event) => void (await this.incidents.join(event.data, causedBy(event, ACTOR))) },
    });
    this.reactor = reactors.add(grouping);
  }

  onApplicationBootstrap(): void {
    this.reactor.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.reactor.stop();
    await Promise.allSettled(this.underWay);
  }

  private joinNow(breach: FlaggedBreach, { requestId, correlationId }: Cause): void {
    const cause = { actor: { id: ACTOR, roles: [] }, requestId, ...(correlationId !== undefined && { correlationId }) };
    const joining: Promise<void> = this.incidents
      .join(breach, cause)
      .then(() => undefined)
      .catch((error: unknown) =>
        this.logger.warn(`breach ${breach.breachId} is grouped when the store hands it out: ${String(error)}`),
      )
      .finally(() => this.underWay.delete(joining));
    this.underWay.add(joining);
  }
}
