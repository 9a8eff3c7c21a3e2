import { Injectable } from '@nestjs/common';
import { playbackSwitch } from '../../../events/categories.ts';
import type { Appended } from '../../../events/event.ts';
import type { PlaybackEvent } from '../../../events/playback-events.ts';
import { PersistentMap } from '../../../projections/persistent.ts';
import type { Fold, LiveFolds } from '../../ledger/folds.ts';
import { type Cause, Ledger } from '../../ledger/ledger.ts';
import { HealthRegistry } from '../../telemetry/health.ts';

/** The instances that play nothing: all of them, or those of some releases. */
export type Halted = { readonly all: boolean; readonly releases: PersistentMap<string, true> };

export const playbackFold: Fold<Halted, PlaybackEvent> = {
  initial: () => ({ all: false, releases: PersistentMap.empty() }),
  evolve: (halted, { type, data }: Appended<PlaybackEvent>) => {
    switch (type) {
      case 'PlaybackHalted':
        return { ...halted, all: true };
      case 'PlaybackResumed':
        return { ...halted, all: false };
      case 'ReleaseHalted':
        return { ...halted, releases: halted.releases.with(data.release, true) };
      case 'ReleaseResumed':
        return { ...halted, releases: halted.releases.without(data.release) };
    }
  },
};

/** Whether instances of a release play nothing. */
export const isHaltedFor = ({ all, releases }: Halted, release: string): boolean => all || releases.has(release);

export type Switched = {
  readonly reason: string;
  /** The release whose instances it is about; without it every instance. */
  readonly release?: string | undefined;
};

/** The switch that stops playback: on every instance, or on those of one release. */
@Injectable()
export class Playback {
  private readonly folds: LiveFolds<Halted, PlaybackEvent>;

  constructor(
    private readonly ledger: Ledger,
    health: HealthRegistry,
  ) {
    this.folds = ledger.folds<Halted, PlaybackEvent>(playbackSwitch, playbackFold);
    // Halting is a decision and no failure: the instance stays ready, and its health report says why nothing plays.
    health.register('playback', async () => ((await this.halted()) ? 'halted' : undefined));
  }

  /** Whether this instance plays nothing. @throws LedgerUnavailable: without the ledger this instance cannot know, so nothing is played */
  async halted(): Promise<boolean> {
    return isHaltedFor(await this.state(), this.ledger.appVersion);
  }

  /** @throws LedgerUnavailable */
  async state(): Promise<Halted> {
    return (await this.folds.get(playbackSwitch.stream)).state;
  }

  /** Halting a second time changes nothing. */
  halt({ reason, release }: Switched, cause: Cause): Promise<void> {
    return this.turn(
      (state) => (release === undefined ? state.all : state.releases.has(release)),
      release === undefined
        ? { type: 'PlaybackHalted', data: { reason } }
        : { type: 'ReleaseHalted', data: { release, reason } },
      cause,
    );
  }

  /** A halt of everything and one of a release are resumed each by itself. */
  resume({ reason, release }: Switched, cause: Cause): Promise<void> {
    return this.turn(
      (state) => (release === undefined ? !state.all : !state.releases.has(release)),
      release === undefined
        ? { type: 'PlaybackResumed', data: { reason } }
        : { type: 'ReleaseResumed', data: { release, reason } },
      cause,
    );
  }

  private async turn(isSo: (state: Halted) => boolean, event: PlaybackEvent, cause: Cause): Promise<void> {
    await this.ledger.handle(this.folds, playbackSwitch.stream, (state) => (isSo(state) ? [] : [event]), cause);
  }
}
