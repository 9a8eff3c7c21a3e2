import { z } from 'zod';
import type { EventOf } from './event.ts';
import { Id } from './values.ts';

/** What the housekeeping of the recording store removed by itself, on `recordings-housekeeping`. */
export const housekeepingEvents = {
  /** An object that no event spoke of: an upload that ended between the object and its event. The ids are those of its key. */
  RecordingObjectSwept: z.object({ patientId: Id, recordingId: Id }),
};

export type HousekeepingEvent = EventOf<typeof housekeepingEvents>;
