import { z } from 'zod';
import type { EventOf } from './event.ts';
import { ReasonCode } from './values.ts';

/** The one switch that stops every transfer on every instance, on the stream `playback`. */
export const playbackEvents = {
  PlaybackHalted: z.object({ reason: ReasonCode }),
  PlaybackResumed: z.object({ reason: ReasonCode }),
};

export type PlaybackEvent = EventOf<typeof playbackEvents>;
