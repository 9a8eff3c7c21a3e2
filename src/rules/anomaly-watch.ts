import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { breachIdOf } from '../../projections/rules/watch.ts';
import { BreachFlags } from '../breaches/flags.ts';
import { causedBy } from '../ledger/ledger.ts';
import { type EventOfType, reactor } from '../ledger/react/reactor.ts';
import { Reactors } from '../ledger/react/reactors.ts';
import type { RunningReactor } from '../ledger/react/running-reactor.ts';

export const WATCH = { name: 'anomaly-watch', version: 1, maxInFlight: 32 } as const;

/**
 * Opens the breach of each finding that is for a person to look at. It receives findings alone, which are few: that views are judged by
 * rules costs the group nothing, and no view waits for it.
 */
@Injectable()
export class AnomalyWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly reactor: RunningReactor;

  constructor(
    private readonly flags: BreachFlags,
    reactors: Reactors,
  ) {
    this.reactor = reactors.add(reactor({ ...WATCH, on: { AnomalyFound: (event) => this.open(event) } }));
  }

  onApplicationBootstrap(): void {
    this.reactor.start();
  }

  /** Before the ledger is closed. */
  async onApplicationShutdown(): Promise<void> {
    await this.reactor.stop();
  }

  private async open(event: EventOfType<'AnomalyFound'>): Promise<void> {
    const { severity, explainedBy, breachId, rule, appVersion } = event.data;
    const { viewerId, patientId, consultationId, recordingId, viewId } = event.data;
    if (severity === 'info' || explainedBy || breachId !== undefined) return;
    await this.flags.flag(
      {
        ...{ breachId: breachIdOf(event.data), severity, rule, appVersion },
        ...(viewerId !== undefined && { viewerId }),
        ...(patientId !== undefined && { patientId }),
        ...(consultationId !== undefined && { consultationId }),
        ...(recordingId !== undefined && { recordingId }),
        // Rules look at views that the policy let pass.
        contentReleased: viewId !== undefined,
      },
      causedBy(event, WATCH.name),
    );
  }
}
