import type { PrivacyEvent } from '../../events/privacy-events.ts';
import { choose, isHeld, isTold, LONGEST_HOLD_DAYS, lift, place, statusOf } from '../../src/privacy/decide.ts';
import { HoldNotFound, HoldRefused, OwnHold } from '../../src/privacy/errors.ts';
import { type AccessHold, evolvePrivacy, noPrivacy } from '../../src/privacy/evolve.ts';
import { decider } from '../support/given.ts';

const given = decider<ReturnType<typeof noPrivacy>, PrivacyEvent>({ initial: noPrivacy, evolve: evolvePrivacy });

const patientId = 'pat-1';
const now = Date.parse('2036-05-04T09:00:00.000Z');
const inMs = (ms: number) => new Date(now + ms).toISOString();
const DAY_MS = 86_400_000;
type Placed = Extract<PrivacyEvent, { type: 'AccessHoldPlaced' }>;
const placed = (data: Partial<Placed['data']> = {}): Placed => ({
  type: 'AccessHoldPlaced',
  data: { patientId, holdId: 'hold-1', reason: 'law-enforcement', request: 'oral', until: inMs(1_000), ...data },
});
const chosen = (notify: boolean): PrivacyEvent => ({ type: 'AccessNotificationsChosen', data: { patientId, notify } });
const lifted = (holdId = 'hold-1'): PrivacyEvent => ({ type: 'AccessHoldLifted', data: { patientId, holdId } });
const officer = { by: 'officer-1', now };

describe('choosing to be told', () => {
  it('is a choice where it says what the default says, and changes nothing the second time', () => {
    const off = { patientId, notify: false };
    expect(given().when((state) => choose(state, off))).toEqual([chosen(false)]);
    expect(given(chosen(false)).when((state) => choose(state, off))).toEqual([]);
    expect(given(chosen(false)).when((state) => choose(state, { patientId, notify: true }))).toEqual([chosen(true)]);
  });
});

describe('placing a hold', () => {
  it('is for up to 30 days where it was asked for by word of mouth, and for longer in writing', () => {
    for (const request of ['oral', 'written'] as const) {
      const longest = LONGEST_HOLD_DAYS[request] * DAY_MS;
      const { data } = placed({ request, until: inMs(longest) });
      expect(place(data, officer)).toEqual([{ type: 'AccessHoldPlaced', data }]);
      expect(() => place({ ...data, until: inMs(longest + 1) }, officer)).toThrow(HoldRefused);
    }
    expect(LONGEST_HOLD_DAYS.oral).toBe(30);
  });

  it('is refused for a time that is past or now, and of the patient’s own accesses', () => {
    expect(() => place(placed({ until: inMs(0) }).data, officer)).toThrow(HoldRefused);
    expect(() => place(placed({ until: inMs(-1) }).data, officer)).toThrow(HoldRefused);
    expect(() => place(placed({ viewerId: patientId }).data, officer)).toThrow(HoldRefused);
  });

  it('is not for the patient, nor for the one whose accesses it hides', () => {
    expect(() => place(placed().data, { by: patientId, now })).toThrow(OwnHold);
    expect(() => place(placed({ viewerId: 'officer-1' }).data, officer)).toThrow(OwnHold);
  });
});

describe('lifting a hold', () => {
  const data = { patientId, holdId: 'hold-1' };

  it('ends it, once, and changes nothing where its time is over', () => {
    expect(given(placed()).when((state) => lift(state, data, officer))).toEqual([lifted()]);
    expect(given(placed(), lifted()).when((state) => lift(state, data, officer))).toEqual([]);
    expect(given(placed()).when((state) => lift(state, data, { ...officer, now: now + 1_000 }))).toEqual([]);
  });

  it('is refused where there is none, and to whom it is about', () => {
    expect(() => given().when((state) => lift(state, data, officer))).toThrow(HoldNotFound);
    const of = (viewerId: string) => given(placed({ viewerId }));
    expect(() => of('officer-1').when((state) => lift(state, data, officer))).toThrow(OwnHold);
    expect(() => of('doc-1').when((state) => lift(state, data, { by: patientId, now }))).toThrow(OwnHold);
  });
});

describe('a hold', () => {
  const isHeldFrom = (viewerId: string, at: number, ...history: PrivacyEvent[]) =>
    given(...history).when((state) => isHeld(state, { patientId, viewerId }, at));

  it('keeps accesses from the patient up to its last millisecond, and not at its end', () => {
    expect(isHeldFrom('doc-1', now + 999, placed())).toBe(true);
    expect(isHeldFrom('doc-1', now + 1_000, placed())).toBe(false);
    expect(isHeldFrom('doc-1', now, placed(), lifted())).toBe(false);
  });

  it('of one viewer keeps no other’s, and none keeps the patient’s own', () => {
    const one = placed({ viewerId: 'doc-1' });
    expect(isHeldFrom('doc-1', now, one)).toBe(true);
    expect(isHeldFrom('doc-2', now, one)).toBe(false);
    expect(isHeldFrom(patientId, now, placed())).toBe(false);
  });

  it('ends for itself, where another one is in force', () => {
    const other = placed({ holdId: 'hold-2', viewerId: 'doc-1', until: inMs(5_000) });
    expect(isHeldFrom('doc-1', now, placed(), other, lifted())).toBe(true);
    expect(isHeldFrom('doc-1', now, placed(), other, lifted('hold-2'))).toBe(true);
    expect(isHeldFrom('doc-1', now, placed(), other, lifted(), lifted('hold-2'))).toBe(false);
  });

  it('says how it stands, and who placed and lifted it', () => {
    const hold = (...more: PrivacyEvent[]) => given(placed(), ...more).state.holds.get('hold-1') as AccessHold;
    expect(statusOf(hold(), now)).toBe('in-force');
    expect(statusOf(hold(), now + 1_000)).toBe('over');
    expect(statusOf(hold(lifted()), now + 1_000)).toBe('lifted');
    expect(hold(lifted())).toMatchObject({ placedBy: 'test', liftedBy: 'test' });
  });
});

describe('being told', () => {
  const isToldOf = (viewerId: string, byDefault: boolean, ...history: PrivacyEvent[]) =>
    given(...history).when((state) => isTold(state, { patientId, viewerId }, { now, byDefault }));

  it('is by the patient’s choice, and by the default without one', () => {
    expect([isToldOf('doc-1', false), isToldOf('doc-1', true)]).toEqual([false, true]);
    expect([isToldOf('doc-1', false, chosen(true)), isToldOf('doc-1', true, chosen(false))]).toEqual([true, false]);
  });

  it('is of no access of one’s own, and of none that is held', () => {
    expect(isToldOf(patientId, true)).toBe(false);
    expect(isToldOf('doc-1', true, placed())).toBe(false);
    expect(isToldOf('doc-1', true, placed({ viewerId: 'doc-2' }))).toBe(true);
  });
});
