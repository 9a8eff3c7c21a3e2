import type { DiaryEvent } from '../../events/diary-events.ts';
import { confirm, type HoldSlot, hold, vacate } from '../../src/consultations/diary/decide.ts';
import { emptyDiary, evolve } from '../../src/consultations/diary/evolve.ts';
import { SlotTaken } from '../../src/consultations/errors.ts';
import { decider } from '../support/given.ts';

const given = decider({ initial: emptyDiary, evolve });

const ids = (n: number) => ({
  personId: 'doc-1',
  slotId: `slot-${n}`,
  patientId: `pat-${n}`,
  consultationId: `con-${n}`,
});
const slot = (n: number, from: string, to: string): HoldSlot => ({
  ...ids(n),
  capacity: 'clinician',
  start: `2026-03-01T${from}:00.000Z`,
  end: `2026-03-01T${to}:00.000Z`,
  holdUntil: '2026-02-01T00:00:30.000Z',
});
const held = (data: HoldSlot): DiaryEvent => ({ type: 'SlotHeld', data });
const confirmed = (n: number): DiaryEvent => ({ type: 'SlotConfirmed', data: ids(n) });
const released = (n: number): DiaryEvent => ({ type: 'SlotReleased', data: ids(n) });
const nothingFreed = new Set<string>();

describe('holding a slot', () => {
  it.each([
    ['the same time', '09:00', '09:30'],
    ['a time that begins within', '09:29', '10:00'],
    ['a time that ends within', '08:30', '09:01'],
    ['a time around it', '08:00', '11:00'],
  ])('is refused for %s', (_, from, to) => {
    const wanted = slot(2, from, to);
    for (const history of [[held(slot(1, '09:00', '09:30'))], [held(slot(1, '09:00', '09:30')), confirmed(1)]])
      expect(() => given(...history).when((diary) => hold(diary, wanted, nothingFreed))).toThrow(SlotTaken);
  });

  it.each([
    ['right before', '08:30', '09:00'],
    ['right after', '09:30', '10:00'],
  ])('is possible %s another', (_, from, to) => {
    const wanted = slot(2, from, to);
    expect(
      given(held(slot(1, '09:00', '09:30')), confirmed(1)).when((diary) => hold(diary, wanted, nothingFreed)),
    ).toEqual([held(wanted)]);
  });

  it('is possible where a slot was released', () => {
    const wanted = slot(2, '09:00', '09:30');
    expect(
      given(held(slot(1, '09:00', '09:30')), confirmed(1), released(1)).when((diary) =>
        hold(diary, wanted, nothingFreed),
      ),
    ).toEqual([held(wanted)]);
  });

  it('is possible over a slot that was looked at and found free', () => {
    const wanted = slot(2, '09:00', '09:30');
    expect(given(held(slot(1, '09:00', '09:30'))).when((diary) => hold(diary, wanted, new Set(['slot-1'])))).toEqual([
      held(wanted),
    ]);
  });

  it('is possible for the same consultation at another time', () => {
    const wanted = { ...slot(1, '09:15', '09:45'), slotId: 'slot-1b' };
    expect(
      given(held(slot(1, '09:00', '09:30')), confirmed(1)).when((diary) => hold(diary, wanted, nothingFreed)),
    ).toEqual([held(wanted)]);
  });

  it('compares instants, not texts', () => {
    const whole = { ...slot(1, '09:00', '09:30'), end: '2026-03-01T09:30:00Z' };
    const wanted = slot(2, '09:30', '10:00');
    expect(given(held(whole)).when((diary) => hold(diary, wanted, nothingFreed))).toEqual([held(wanted)]);
  });

  it('is always possible for a guest: a guardian may attend two children', () => {
    const wanted: HoldSlot = { ...slot(2, '09:00', '09:30'), capacity: 'guardian' };
    expect(
      given(held({ ...slot(1, '09:00', '09:30'), capacity: 'guardian' })).when((diary) =>
        hold(diary, wanted, nothingFreed),
      ),
    ).toEqual([held(wanted)]);
  });
});

describe('confirming a slot', () => {
  it('makes it the consultation’s only one', () => {
    expect(
      given(
        held(slot(1, '09:00', '09:30')),
        confirmed(1),
        held({ ...slot(1, '14:00', '14:30'), slotId: 'slot-1b' }),
      ).when((diary) => confirm(diary, 'slot-1b', nothingFreed)),
    ).toEqual([{ type: 'SlotConfirmed', data: { ...ids(1), slotId: 'slot-1b' } }, released(1)]);
  });

  it('is refused when the hold lapsed and somebody else holds the time', () => {
    expect(() =>
      given(held(slot(1, '09:00', '09:30')), held(slot(2, '09:00', '09:30'))).when((diary) =>
        confirm(diary, 'slot-1', nothingFreed),
      ),
    ).toThrow(SlotTaken);
  });

  it('changes nothing when it is confirmed or was released', () => {
    for (const last of [confirmed(1), released(1)])
      expect(
        given(held(slot(1, '09:00', '09:30')), last).when((diary) => confirm(diary, 'slot-1', nothingFreed)),
      ).toEqual([]);
  });
});

describe('releasing a consultation’s time', () => {
  it('frees every slot it still has, once', () => {
    const history = [held(slot(1, '09:00', '09:30')), confirmed(1)];
    expect(given(...history).when((diary) => vacate(diary, 'con-1'))).toEqual([released(1)]);
    expect(given(...history, released(1)).when((diary) => vacate(diary, 'con-1'))).toEqual([]);
  });
});
