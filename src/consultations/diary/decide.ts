import type { DiaryEvent } from '../../../events/diary-events.ts';
import { SlotTaken } from '../errors.ts';
import type { Diary, Slot } from './evolve.ts';

type Of<T extends DiaryEvent['type']> = Extract<DiaryEvent, { type: T }>;

export type HoldSlot = Omit<Slot, 'status'>;

const ids = ({ personId, slotId, patientId, consultationId }: HoldSlot) => ({
  personId,
  slotId,
  patientId,
  consultationId,
});

/**
 * The slots that stand in the way of a new one. Only a clinician's time is exclusive: a guardian may attend two children, an observer
 * may look in twice. Times are ISO-8601 UTC and compared as instants; a slot that ends when another starts does not overlap it.
 */
export const overlapping = (
  { slots }: Diary,
  wanted: Pick<HoldSlot, 'capacity' | 'consultationId' | 'start' | 'end'>,
) =>
  wanted.capacity !== 'clinician'
    ? []
    : [...slots.values()].filter(
        (slot) =>
          slot.capacity === 'clinician' &&
          slot.status !== 'vacated' &&
          slot.consultationId !== wanted.consultationId &&
          Date.parse(slot.start) < Date.parse(wanted.end) &&
          Date.parse(wanted.start) < Date.parse(slot.end),
      );

/**
 * Holds a slot. An overlapping one is in the way unless it is in `free`: it was checked, its hold lapsed, and the patient's stream doesn't have
 * the consultation in it. One that appeared after that check is in the way: the safe side.
 * @throws SlotTaken
 */
export function hold(diary: Diary, slot: HoldSlot, free: ReadonlySet<string>): [Of<'SlotHeld'>] {
  const { capacity, start, end, holdUntil } = slot;
  if (overlapping(diary, slot).some(({ slotId }) => !free.has(slotId))) throw new SlotTaken(slot.personId);
  return [{ type: 'SlotHeld', data: { ...ids(slot), capacity, start, end, holdUntil } }];
}

/**
 * Confirms a held slot once the consultation is booked, and lets go of the one the consultation had before.
 * @throws SlotTaken when the hold lapsed meanwhile and another booking has the time
 */
export function confirm(
  diary: Diary,
  slotId: string,
  free: ReadonlySet<string>,
): (Of<'SlotConfirmed'> | Of<'SlotReleased'>)[] {
  const slot = diary.slots.get(slotId);
  if (slot?.status !== 'held') return [];
  if (overlapping(diary, slot).some((other) => !free.has(other.slotId))) throw new SlotTaken(slot.personId);
  const before = [...diary.slots.values()].filter(
    (other) => other.consultationId === slot.consultationId && other.slotId !== slotId && other.status !== 'vacated',
  );
  return [
    { type: 'SlotConfirmed', data: ids(slot) },
    ...before.map((other) => ({ type: 'SlotReleased' as const, data: ids(other) })),
  ];
}

/** Gives the time of a consultation free again. */
export function vacate(diary: Diary, consultationId: string): Of<'SlotReleased'>[] {
  return [...diary.slots.values()]
    .filter((slot) => slot.consultationId === consultationId && slot.status !== 'vacated')
    .map((slot) => ({ type: 'SlotReleased', data: ids(slot) }));
}
