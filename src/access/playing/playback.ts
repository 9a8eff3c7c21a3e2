import { Injectable } from '@nestjs/common';
import { playbackSwitch } from '../../../events/categories.ts';
import type { PlaybackEvent } from '../../../events/playback-events.ts';
import type { LiveFolds } from '../../ledger/folds.ts';
import { type Cause, Ledger } from '../../ledger/ledger.ts';
import { HealthRegistry } from '../../telemetry/health.ts';

type Switch = { readonly halted: boolean };

/** The one switch that stops all playback on every instance. */
@Injectable()
export class Playback {
  private readonly folds: LiveFolds<Switch, PlaybackEvent>;

  constructor(
    private readonly ledger: Ledger,
    health: HealthRegistry,
  ) {
    this.folds = ledger.folds<Switch, PlaybackEvent>(playbackSwitch, {
      initial: () => ({ halted: false }),
      evolve: (_, { type }) => ({ halted: type === 'PlaybackHalted' }),
    });
    // Halting is a decision and no failure: the instance stays ready, and its health report says why nothing plays.
    health.register('playback', async () => ((await this.halted()) ? 'halted' : undefined));
  }

  /** @throws LedgerUnavailable: without the ledger this instance cannot know, so nothing is played */
  async halted(): Promise<boolean> {
    return (await this.folds.get(playbackSwitch.stream)).state.halted;
  }

  /** Halting a second time changes nothing. */
  async halt(reason: string, cause: Cause): Promise<void> {
    await this.turn(true, { type: 'PlaybackHalted', data: { reason } }, cause);
  }

  async resume(reason: string, cause: Cause): Promise<void> {
    await this.turn(false, { type: 'PlaybackResumed', data: { reason } }, cause);
  }

  private async turn(halted: boolean, event: PlaybackEvent, cause: Cause): Promise<void> {
    await this.ledger.handle(
      this.folds,
      playbackSwitch.stream,
      (state) => (state.halted === halted ? [] : [event]),
      cause,
    );
  }
}
