import { z } from 'zod';
import type { EventOf } from './event.ts';
import { Id, ProviderId } from './values.ts';

/** A media session belongs to the one consultation that was joined in it first, on `session-<mediaSessionId>`. */
export const sessionEvents = {
  MediaSessionBound: z.object({ mediaSessionId: ProviderId, patientId: Id, consultationId: Id }),
};

export type SessionEvent = EventOf<typeof sessionEvents>;
