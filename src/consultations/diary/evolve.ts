import type { DiaryEvent } from '../../../events/diary-events.ts';
import type { Appended } from '../../../events/event.ts';
import type { GuestCapacity } from '../../../events/values.ts';
import { PersistentMap } from '../../../projections/persistent.ts';

export type Slot = {
  readonly slotId: string;
  readonly personId: string;
  readonly patientId: string;
  readonly consultationId: string;
  readonly capacity: 'clinician' | GuestCapacity;
  readonly start: string;
  readonly end: string;
  readonly holdUntil: string;
  readonly status: 'held' | 'confirmed' | 'vacated';
};

/** A person's diary: every slot ever given to a consultation, so that it is also the index of the consultations of that person. */
export type Diary = { readonly slots: PersistentMap<string, Slot> };

export const emptyDiary = (): Diary => ({ slots: PersistentMap.empty() });

export function evolve({ slots }: Diary, event: Appended<DiaryEvent>): Diary {
  const mark = (status: Slot['status']): Diary => {
    const slot = slots.get(event.data.slotId);
    return { slots: slot ? slots.with(slot.slotId, { ...slot, status }) : slots };
  };
  switch (event.type) {
    case 'SlotHeld':
      return { slots: slots.with(event.data.slotId, { ...event.data, status: 'held' }) };
    case 'SlotConfirmed':
      return mark('confirmed');
    case 'SlotReleased':
      return mark('vacated');
  }
}
