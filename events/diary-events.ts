import { z } from 'zod';
import type { EventOf } from './event.ts';
import { GuestCapacity, Id, UtcTime } from './values.ts';

const slot = { personId: Id, slotId: Id, patientId: Id, consultationId: Id };

/**
 * The time a person who is not the patient gives to consultations, on `diary-<personId>`. A hold lapses by its own `holdUntil`
 * unless the consultation was booked on the patient's stream meanwhile.
 */
export const diaryEvents = {
  SlotHeld: z.object({
    ...slot,
    capacity: z.enum(['clinician', ...GuestCapacity.options]),
    start: UtcTime,
    end: UtcTime,
    holdUntil: UtcTime,
  }),
  SlotConfirmed: z.object(slot),
  SlotReleased: z.object(slot),
};

export type DiaryEvent = EventOf<typeof diaryEvents>;
