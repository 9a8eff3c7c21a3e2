import { z } from 'zod';
import type { EventOf } from './event.ts';
import { RELEASE_NAME, ReasonCode } from './values.ts';

const ReleaseName = z.string().regex(RELEASE_NAME);

/** What stops transfers on every instance, or on those of one release of the ledger, on the stream `playback-switch`. */
export const playbackEvents = {
  PlaybackHalted: z.object({ reason: ReasonCode }),
  PlaybackResumed: z.object({ reason: ReasonCode }),
  /** Instances of this release play nothing any more; those of others are asked as ever. */
  ReleaseHalted: z.object({ release: ReleaseName, reason: ReasonCode }),
  ReleaseResumed: z.object({ release: ReleaseName, reason: ReasonCode }),
};

export type PlaybackEvent = EventOf<typeof playbackEvents>;
