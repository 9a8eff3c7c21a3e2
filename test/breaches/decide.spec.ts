import { type BreachEvent, breachEvents } from '../../events/breach-events.ts';
import type { Recorded } from '../../events/event.ts';
import { type BreachState, evolveBreach, noBreach } from '../../projections/breach.ts';
import { track } from '../../projections/breach-board.ts';
import { OwnCase } from '../../src/access/errors.ts';
import { type BreachAction, breachActions, takeStep } from '../../src/breaches/decide.ts';
import { BreachIsClosed, BreachNotFound, ContainmentNeeded } from '../../src/breaches/errors.ts';
import { decider, recorded } from '../support/given.ts';

const given = decider<BreachState, BreachEvent>({ initial: noBreach, evolve: evolveBreach });

const breachId = 'view-1';
const flagged: BreachEvent = {
  type: 'BreachFlagged',
  data: {
    breachId,
    severity: 'critical',
    rule: 'viewer-not-participant',
    patientId: 'pat-1',
    consultationId: 'con-1',
    recordingId: 'rec-1',
    viewerId: 'pat-2',
    purpose: 'treatment',
    source: 'mediated',
    viewedAt: '2026-03-01T09:00:00.000Z',
    appVersion: '1.2.3',
    clientRelease: 'ios-7',
    contentReleased: false,
  },
};
const review: BreachEvent = { type: 'BreachFlagged', data: { ...flagged.data, severity: 'review' } as never };
const after: Readonly<Record<BreachAction, BreachEvent>> = {
  acknowledge: { type: 'BreachAcknowledged', data: { breachId } },
  contain: { type: 'BreachContained', data: { breachId } },
  dismiss: { type: 'BreachDismissed', data: { breachId } },
  'notify-patient': { type: 'PatientNotified', data: { breachId } },
  'notify-regulator': { type: 'RegulatorNotified', data: { breachId } },
  close: { type: 'BreachClosed', data: { breachId } },
};
const take = (history: readonly BreachEvent[], action: BreachAction, reason?: string, by = 'oncall-1') =>
  given(...history).when((breach) => takeStep(breach, { breachId, action, reason, by }));

describe('handling a breach', () => {
  it.each(breachActions)('allows to %s an open one, and again without effect', (action) => {
    expect(take([review], action)).toEqual([after[action]]);
    expect(take([review, after[action]], action)).toEqual([]);
    expect(take([flagged, after[action]], action)).toEqual([]);
  });

  it('keeps the code of a reason', () => {
    const [event] = take([flagged], 'dismiss', 'test-account');
    expect(event).toEqual({ type: 'BreachDismissed', data: { breachId, reason: 'test-account' } });
    expect(breachEvents.BreachDismissed.strict().safeParse(event?.data).success).toBe(true);
  });

  it('goes on from contained without a step back', () => {
    expect(take([flagged, after.contain], 'acknowledge')).toEqual([]);
    expect(take([flagged, after.acknowledge], 'contain')).toEqual([after.contain]);
    expect(take([flagged, after.acknowledge, after.contain], 'close')).toEqual([after.close]);
  });

  it.each(['dismiss', 'close'] as const)('allows nothing more after %s', (end) => {
    for (const action of breachActions.filter((one) => one !== end))
      expect(() => take([flagged, after[end]], action)).toThrow(BreachIsClosed);
  });

  it.each(breachActions)('is not for who is its viewer or its patient: no %s', (action) => {
    for (const history of [[flagged], [review], [flagged, after.contain], [flagged, after.close]])
      for (const by of ['pat-1', 'pat-2']) expect(() => take(history, action, 'code', by)).toThrow(OwnCase);
  });

  it('ends a critical one contained or with a reason, and never dismisses it without', () => {
    for (const history of [[flagged], [flagged, after.acknowledge]]) {
      expect(() => take(history, 'close')).toThrow(ContainmentNeeded);
      expect(take(history, 'close', 'test-account')).toHaveLength(1);
    }
    for (const history of [[flagged], [flagged, after.contain]]) {
      expect(() => take(history, 'dismiss')).toThrow(ContainmentNeeded);
      expect(take(history, 'dismiss', 'test-account')).toHaveLength(1);
    }
    expect(take([flagged, after.contain], 'close')).toEqual([after.close]);
  });

  it('needs a breach', () => {
    for (const action of breachActions) expect(() => take([], action)).toThrow(BreachNotFound);
  });
});

describe('an incident on the desk', () => {
  const at = (minute: number) => `2026-03-01T09:0${minute}:00.000Z`;
  const stream = (...events: BreachEvent[]): Recorded<BreachEvent>[] =>
    recorded('breach-view-1', events).map((event, i) => ({ ...event, position: BigInt(i), recordedAt: at(i) }));
  const actor = { id: 'test', roles: [] };
  const served: BreachEvent = { type: 'BreachBytesServed', data: { breachId, bytesServed: 40 } };
  const notified: BreachEvent = { type: 'OnCallNotified', data: { breachId, channel: 'socket' } };
  const fold = (events: readonly Recorded<BreachEvent>[], from?: ReturnType<typeof track>) =>
    events.reduce<ReturnType<typeof track>>(track, from);
  const whole = stream(
    flagged,
    notified,
    served,
    after.acknowledge,
    served,
    after.contain,
    after['notify-patient'],
    after.close,
  );

  const began = (transferId: string, atMost: number): BreachEvent => ({
    type: 'BreachTransferBegan',
    data: { breachId, transferId, atMost },
  });
  const ended = (transferId: string, bytesServed: number): BreachEvent => ({
    type: 'BreachBytesServed',
    data: { breachId, transferId, bytesServed },
  });

  it.each([
    ['nothing began', [], 0, 0],
    ['a transfer began', [began('t-1', 100)], null, 100],
    ['it ended', [began('t-1', 100), ended('t-1', 30)], 30, 30],
    ['another began', [began('t-1', 100), ended('t-1', 30), began('t-2', 50)], null, 80],
    ['the end came before the beginning', [ended('t-1', 30), began('t-1', 100)], 30, 30],
    ['each came twice', [began('t-1', 100), began('t-1', 100), ended('t-1', 30), ended('t-1', 30)], 30, 30],
    ['the beginning came again after the end', [began('t-1', 100), ended('t-1', 30), began('t-1', 100)], 30, 30],
    ['an older release counted one', [served, began('t-1', 100), ended('t-1', 30)], 70, 70],
  ] as const)('tells what left, or at most that, when %s', (_, events, bytesServed, bytesServedAtMost) => {
    expect(fold(stream(flagged, ...events))?.item).toMatchObject({ bytesServed, bytesServedAtMost });
  });

  it('never says that nothing left under a view that was served elsewhere', () => {
    if (flagged.type !== 'BreachFlagged') throw new Error('not a flag');
    const elsewhere: BreachEvent = { ...flagged, data: { ...flagged.data, source: 'witnessed' } };
    expect(fold(stream(elsewhere))?.item).toMatchObject({ bytesServed: null, bytesServedAtMost: null });
    const sized = fold(stream(elsewhere, began('view-1', 700)))?.item;
    expect(sized).toMatchObject({ bytesServed: null, bytesServedAtMost: 700 });
  });

  it('shows every field of the contract, with the store’s record times', () => {
    expect(fold(whole)?.item).toEqual({
      breachId,
      status: 'closed',
      resolution: 'handled',
      severity: 'critical',
      rule: 'viewer-not-participant',
      patientId: 'pat-1',
      consultationId: 'con-1',
      recordingId: 'rec-1',
      viewerId: 'pat-2',
      purpose: 'treatment',
      source: 'mediated',
      contentReleased: false,
      bytesServed: 80,
      bytesServedAtMost: 80,
      viewedAt: '2026-03-01T09:00:00.000Z',
      flaggedAt: at(0),
      acknowledgedAt: at(3),
      containedAt: at(5),
      patientNotifiedAt: at(6),
      closedAt: at(7),
      appVersion: '1.2.3',
      clientRelease: 'ios-7',
      steps: [
        { type: 'BreachAcknowledged', at: at(3), actor },
        { type: 'BreachContained', at: at(5), actor },
        { type: 'PatientNotified', at: at(6), actor },
        { type: 'BreachClosed', at: at(7), actor },
      ],
    });
  });

  it('shows the reason of a step, and who read the justification once each', () => {
    const read: BreachEvent = { type: 'JustificationRead', data: { breachId, readerId: 'test' } };
    const why: BreachEvent = { type: 'BreachDismissed', data: { breachId, reason: 'test-account' } };
    expect(fold(stream(flagged, read, read, why))?.item.steps).toEqual([
      { type: 'JustificationRead', at: at(1), actor },
      { type: 'BreachDismissed', at: at(3), actor, reason: 'test-account' },
    ]);
  });

  it('is indifferent to events delivered again', () => {
    for (let i = 0; i < whole.length; i++)
      for (let j = 0; j <= i; j++) {
        const again = [...whole.slice(0, i + 1), whole[j] as Recorded<BreachEvent>, ...whole.slice(i + 1)];
        expect(fold(again)).toEqual(fold(whole));
      }
  });

  it('gives the same when it is rebuilt', () => {
    for (let i = 0; i <= whole.length; i++) expect(fold(whole.slice(i), fold(whole.slice(0, i)))).toEqual(fold(whole));
  });

  it('begins with its flag', () => {
    expect(fold(stream(served, notified))).toBeUndefined();
  });

  it('has no view where nobody viewed anything', () => {
    const {
      viewerId: _v,
      purpose: _p,
      source: _s,
      viewedAt: _t,
      ...data
    } = flagged.data as never as Record<string, string>;
    const without = { type: 'BreachFlagged', data: { ...data, rule: 'recording-provenance' } } as never as BreachEvent;
    expect(breachEvents.BreachFlagged.safeParse(without.data).success).toBe(true);
    expect(fold(stream(without))?.item).toMatchObject({ viewerId: null, purpose: null, source: null, viewedAt: null });
  });
});
