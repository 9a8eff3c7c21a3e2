import type { PatientEvent } from '../../events/patient-events.ts';
import type { GuestCapacity } from '../../events/values.ts';
import * as decide from '../../src/consultations/decide.ts';
import {
  AlreadyAParticipant,
  ConsultationClosed,
  ConsultationNotDue,
  ConsultationNotFound,
  DeviceNeeded,
  NotTheirsToChange,
  OnlyTheClinician,
  ParticipantJoined,
  ParticipantNotFound,
  ParticipantRequired,
  PatientBusy,
  TooManyBookings,
} from '../../src/consultations/errors.ts';
import { evolve, noConsultations, type PatientLedger } from '../../src/consultations/evolve.ts';
import { decider } from '../support/given.ts';

const given = decider({ initial: noConsultations, evolve });

const target = { patientId: 'pat-1', consultationId: 'con-1' };
const schedule = { scheduledStart: '2026-03-01T09:00:00.000Z', scheduledEnd: '2026-03-01T09:30:00.000Z' };
const later = { scheduledStart: '2026-03-02T09:00:00.000Z', scheduledEnd: '2026-03-02T09:30:00.000Z' };

const booked: PatientEvent = {
  type: 'ConsultationBooked',
  data: { ...target, clinicianId: 'doc-1', ...schedule, medium: 'video' },
};
const cancelled: PatientEvent = { type: 'ConsultationCancelled', data: { ...target, reasonCode: 'patient-request' } };
const completed: PatientEvent = { type: 'ConsultationCompleted', data: target };
const missed = (by: 'patient' | 'clinician'): PatientEvent => ({
  type: 'ConsultationMissed',
  data: { ...target, by },
});
const invited: PatientEvent = {
  type: 'ParticipantInvited',
  data: { ...target, personId: 'int-1', capacity: 'interpreter' },
};
const removed: PatientEvent = { type: 'ParticipantRemoved', data: { ...target, personId: 'int-1' } };
const joined = (personId: string): PatientEvent => ({
  type: 'ConsultationJoined',
  data: { ...target, personId, mediaSessionId: 'room-1' },
});

const patient = { personId: 'pat-1' };
const clinician = { personId: 'doc-1' };
const interpreter = { personId: 'int-1' };
const stranger = { personId: 'pat-2' };

describe('booking a consultation', () => {
  const booking = { ...target, clinicianId: 'doc-1', ...schedule, medium: 'video' as const };

  it('records who, when and over what', () => {
    expect(given().when((state) => decide.book(state, booking))).toEqual([booked]);
  });

  it('changes nothing when that consultation is booked already', () => {
    expect(given(booked).when((state) => decide.book(state, booking))).toEqual([]);
  });

  it('is refused when the clinician is the patient', () => {
    expect(() => given().when((state) => decide.book(state, { ...booking, clinicianId: 'pat-1' }))).toThrow(
      AlreadyAParticipant,
    );
  });
});

describe('booking for oneself', () => {
  const own = { now: schedule.scheduledStart, mostOpen: 2 };
  const booking = { ...target, clinicianId: 'doc-1', ...later, medium: 'video' as const };
  const other = (consultationId: string, clinicianId = 'doc-1', when = later): PatientEvent => ({
    type: 'ConsultationBooked',
    data: { patientId: 'pat-1', consultationId, clinicianId, ...when, medium: 'video' },
  });

  it('is refused while as many consultations with the clinician are ahead as may be', () => {
    const full = given(other('con-8'), other('con-9'));
    expect(() => full.when((state) => decide.book(state, { ...booking, own }))).toThrow(TooManyBookings);
    expect(full.when((state) => decide.book(state, booking))).toHaveLength(1);
  });

  it.each([
    ['with another clinician', other('con-9', 'doc-2')],
    ['that is over, and that nobody completed', other('con-9', 'doc-1', { ...schedule, scheduledEnd: own.now })],
  ])('is not kept from it by one %s', (_, one) => {
    expect(given(other('con-8'), one).when((state) => decide.book(state, { ...booking, own }))).toHaveLength(1);
  });

  it('is not kept from it by one that was called off', () => {
    const calledOff = given(other('con-8'), booked, cancelled);
    expect(calledOff.when((state) => decide.book(state, { ...booking, consultationId: 'con-3', own }))).toHaveLength(1);
  });
});

describe('a patient at two places at once', () => {
  const other = {
    type: 'ConsultationBooked',
    data: { patientId: 'pat-1', consultationId: 'con-9', clinicianId: 'doc-2', ...schedule, medium: 'video' },
  } as const satisfies PatientEvent;
  const booking = { ...target, clinicianId: 'doc-1', ...schedule, medium: 'video' as const };
  const half = { scheduledStart: '2026-03-01T09:15:00.000Z', scheduledEnd: '2026-03-01T09:45:00.000Z' };

  it('is booked with a warning, or refused', () => {
    const { state, when } = given(other);
    expect(when((state) => decide.book(state, booking))).toEqual([booked]);
    expect(decide.isElsewhere(state, booking)).toBe(true);
    const strict = { ...booking, ...half, onOverlap: 'refuse' as const };
    expect(() => when((state) => decide.book(state, strict))).toThrow(PatientBusy);
  });

  it('is refused for a move, too', () => {
    const move = { ...target, ...half, caller: patient, onOverlap: 'refuse' as const };
    const moved: PatientEvent = { type: 'ConsultationRescheduled', data: { ...target, ...later } };
    const { when } = given(booked, moved, other);
    expect(() => when((state) => decide.reschedule(state, move))).toThrow(PatientBusy);
    expect(when((state) => decide.reschedule(state, { ...move, onOverlap: 'warn' }))).toHaveLength(1);
  });

  it.each([
    ['ends when it begins', { scheduledStart: '2026-03-01T08:30:00.000Z', scheduledEnd: schedule.scheduledStart }],
    ['begins when it ends', { scheduledStart: schedule.scheduledEnd, scheduledEnd: '2026-03-01T10:00:00.000Z' }],
  ])('is not one that %s', (_, when) => {
    const wanted = { ...booking, ...when, onOverlap: 'refuse' as const };
    expect(given(other).when((state) => decide.book(state, wanted))).toHaveLength(1);
  });

  it('is not one that was called off, nor the same', () => {
    const { patientId, consultationId } = other.data;
    const calledOff: PatientEvent = {
      type: 'ConsultationCancelled',
      data: { patientId, consultationId, reasonCode: 'x' },
    };
    const strict = { ...booking, onOverlap: 'refuse' as const };
    expect(given(other, calledOff).when((state) => decide.book(state, strict))).toHaveLength(1);
    const move = { ...target, ...half, caller: patient, onOverlap: 'refuse' as const };
    expect(given(booked).when((state) => decide.reschedule(state, move))).toHaveLength(1);
  });
});

describe('cancelling and moving a consultation', () => {
  const guest = (capacity: GuestCapacity): PatientEvent => ({
    type: 'ParticipantInvited',
    data: { ...target, personId: 'guest-1', capacity },
  });
  const caller = { personId: 'guest-1' };

  it.each(['observer', 'interpreter', 'trainee'] as const)('is not for an %s', (capacity) => {
    for (const history of [
      [booked, guest(capacity)],
      [booked, guest(capacity), cancelled],
    ]) {
      const { when } = given(...history);
      expect(() => when((state) => decide.cancel(state, { ...target, caller, reasonCode: 'x' }))).toThrow(
        NotTheirsToChange,
      );
      expect(() => when((state) => decide.reschedule(state, { ...target, ...later, caller }))).toThrow(
        NotTheirsToChange,
      );
    }
  });

  it.each(['guardian', 'specialist'] as const)('is for a %s', (capacity) => {
    const { when } = given(booked, guest(capacity));
    expect(when((state) => decide.cancel(state, { ...target, caller, reasonCode: 'x' }))).toHaveLength(1);
    expect(when((state) => decide.reschedule(state, { ...target, ...later, caller }))).toHaveLength(1);
  });
});

describe('rescheduling a consultation', () => {
  it('records the new time', () => {
    expect(given(booked).when((state) => decide.reschedule(state, { ...target, ...later, caller: patient }))).toEqual([
      { type: 'ConsultationRescheduled', data: { ...target, ...later } },
    ]);
  });

  it('changes nothing when the time is the same', () => {
    expect(
      given(booked).when((state) => decide.reschedule(state, { ...target, ...schedule, caller: patient })),
    ).toEqual([]);
  });

  it.each([
    ['cancelled', cancelled],
    ['completed', completed],
    ['missed', missed('patient')],
  ])('is refused once the consultation is %s', (_, closed) => {
    expect(() =>
      given(booked, closed).when((state) => decide.reschedule(state, { ...target, ...later, caller: patient })),
    ).toThrow(ConsultationClosed);
  });

  it('does not tell a stranger that the consultation exists', () => {
    for (const history of [[booked], [booked, cancelled], []])
      expect(() =>
        given(...history).when((state) => decide.reschedule(state, { ...target, ...later, caller: stranger })),
      ).toThrow(ConsultationNotFound);
  });
});

describe('recording a no-show', () => {
  const begun = schedule.scheduledStart;
  const miss =
    (by: 'patient' | 'clinician', more: { caller?: decide.Caller; now?: string } = {}) =>
    (state: PatientLedger) =>
      decide.miss(state, { ...target, caller: clinician, now: begun, by, ...more });
  const guardian: PatientEvent = {
    type: 'ParticipantInvited',
    data: { ...target, personId: 'int-1', capacity: 'guardian' },
  };
  const left: PatientEvent = {
    type: 'ConsultationLeft',
    data: { ...target, personId: 'pat-1', mediaSessionId: 'room-1' },
  };

  it.each([
    ['the booked clinician', clinician],
    ['a service', 'service' as const],
  ])('is for %s, of either side', (_, caller) => {
    for (const by of ['patient', 'clinician'] as const)
      expect(given(booked).when(miss(by, { caller }))).toEqual([missed(by)]);
  });

  it('is refused to who takes part and is not the clinician, whatever became of the consultation', () => {
    for (const history of [[booked], [booked, missed('patient')], [booked, cancelled]])
      expect(() => given(...history).when(miss('patient', { caller: patient }))).toThrow(OnlyTheClinician);
    expect(() => given(booked, invited).when(miss('patient', { caller: interpreter }))).toThrow(OnlyTheClinician);
  });

  it('does not tell a stranger that the consultation exists', () => {
    for (const history of [[booked], [booked, missed('patient')], []])
      expect(() => given(...history).when(miss('patient', { caller: stranger }))).toThrow(ConsultationNotFound);
  });

  it('waits until the consultation was to begin, as it is scheduled now', () => {
    expect(() => given(booked).when(miss('patient', { now: '2026-03-01T08:59:59.999Z' }))).toThrow(ConsultationNotDue);
    const moved: PatientEvent = { type: 'ConsultationRescheduled', data: { ...target, ...later } };
    expect(() => given(booked, moved).when(miss('patient'))).toThrow(ConsultationNotDue);
    expect(given(booked, moved).when(miss('patient', { now: later.scheduledStart }))).toEqual([missed('patient')]);
  });

  it('is refused of who joined, there still or not', () => {
    expect(() => given(booked, joined('pat-1')).when(miss('patient'))).toThrow(ParticipantJoined);
    expect(() => given(booked, joined('pat-1'), left).when(miss('patient'))).toThrow(ParticipantJoined);
    expect(() => given(booked, joined('doc-1')).when(miss('clinician'))).toThrow(ParticipantJoined);
  });

  it('is of one side when the other joined', () => {
    expect(given(booked, joined('doc-1')).when(miss('patient'))).toEqual([missed('patient')]);
    expect(given(booked, joined('pat-1')).when(miss('clinician'))).toEqual([missed('clinician')]);
  });

  it('takes a guardian, and no other guest, for the patient', () => {
    expect(() => given(booked, guardian, joined('int-1')).when(miss('patient'))).toThrow(ParticipantJoined);
    expect(given(booked, invited, joined('int-1')).when(miss('patient'))).toEqual([missed('patient')]);
    expect(given(booked, guardian, joined('int-1')).when(miss('clinician'))).toEqual([missed('clinician')]);
  });

  it('changes nothing the second time, and is refused of the other side then', () => {
    expect(given(booked, missed('patient')).when(miss('patient'))).toEqual([]);
    expect(() => given(booked, missed('patient')).when(miss('clinician'))).toThrow(ConsultationClosed);
  });

  it.each([
    ['cancelled', cancelled],
    ['completed', completed],
  ])('is refused once the consultation is %s', (_, closed) => {
    expect(() => given(booked, closed).when(miss('patient'))).toThrow(ConsultationClosed);
  });

  it('closes the consultation to everything but leaving, consent and removals', () => {
    const closed = given(booked, missed('patient'));
    const join = { ...target, caller: patient, personId: 'pat-1', mediaSessionId: 'room-1' };
    expect(() => closed.when((state) => decide.join(state, join))).toThrow(ConsultationClosed);
    expect(() => closed.when((state) => decide.complete(state, { ...target, caller: clinician }))).toThrow(
      ConsultationClosed,
    );
    expect(() =>
      closed.when((state) => decide.cancel(state, { ...target, caller: patient, reasonCode: 'late' })),
    ).toThrow(ConsultationClosed);
  });
});

describe('completing a consultation', () => {
  it.each([
    ['the booked clinician', clinician],
    ['a service', 'service' as const],
  ])('is for %s', (_, caller) => {
    expect(given(booked).when((state) => decide.complete(state, { ...target, caller }))).toEqual([completed]);
  });

  it('is refused to a participant who is not the clinician', () => {
    expect(() => given(booked).when((state) => decide.complete(state, { ...target, caller: patient }))).toThrow(
      OnlyTheClinician,
    );
  });
});

describe('completing a consultation before its start', () => {
  const early = { ...target, caller: clinician, now: '2026-03-01T08:59:59.999Z' };

  it('waits for a participant, or the start', () => {
    expect(() => given(booked).when((state) => decide.complete(state, early))).toThrow(ConsultationNotDue);
    expect(given(booked, joined('pat-1')).when((state) => decide.complete(state, early))).toHaveLength(1);
    const inTime = { ...early, now: schedule.scheduledStart };
    expect(given(booked).when((state) => decide.complete(state, inTime))).toHaveLength(1);
  });

  it('is not kept waiting where it need not, and not begun by one who takes no part', () => {
    expect(given(booked).when((state) => decide.complete(state, { ...early, now: undefined }))).toHaveLength(1);
    const intruded = given(booked, joined('pat-2'));
    expect(() => intruded.when((state) => decide.complete(state, early))).toThrow(ConsultationNotDue);
  });
});

describe('inviting somebody after the consultation', () => {
  const invitation = (capacity: GuestCapacity, personId = 'late-1', caller: decide.Caller = patient) => ({
    ...{ ...target, personId, capacity, caller },
  });

  it.each(['guardian', 'specialist'] as const)('makes a %s of a completed one', (capacity) => {
    for (const caller of [patient, clinician, 'service'] as const) {
      const late = invitation(capacity, 'late-1', caller);
      expect(given(booked, completed).when((state) => decide.invite(state, late))).toEqual([
        { type: 'ParticipantInvited', data: { ...target, personId: 'late-1', capacity } },
      ]);
    }
  });

  it.each(['interpreter', 'trainee', 'observer'] as const)('is too late for an %s', (capacity) => {
    const late = invitation(capacity);
    expect(() => given(booked, completed).when((state) => decide.invite(state, late))).toThrow(ConsultationClosed);
  });

  it.each([cancelled, missed('patient')])('is not for one that never was: $type', (end) => {
    const late = invitation('guardian');
    expect(() => given(booked, end).when((state) => decide.invite(state, late))).toThrow(ConsultationClosed);
  });

  it('leaves what a person was in the call as it was', () => {
    const late = invitation('guardian', 'int-1');
    const { when } = given(booked, invited, completed);
    expect(() => when((state) => decide.invite(state, late))).toThrow(AlreadyAParticipant);
    const again = given(booked, invited, completed, removed);
    expect(again.when((state) => decide.invite(state, late))).toHaveLength(1);
  });

  it('is refused to guests and strangers as if there were no consultation', () => {
    const { when } = given(booked, invited, completed);
    for (const caller of [interpreter, stranger]) {
      const late = invitation('guardian', 'late-1', caller);
      expect(() => when((state) => decide.invite(state, late))).toThrow(ConsultationNotFound);
    }
  });
});

describe('inviting somebody', () => {
  const invitation = { ...target, personId: 'int-1', capacity: 'interpreter' as const };

  it('makes them a participant', () => {
    expect(given(booked).when((state) => decide.invite(state, { ...invitation, caller: patient }))).toEqual([invited]);
  });

  it('changes nothing when they take part in that capacity already', () => {
    expect(given(booked, invited).when((state) => decide.invite(state, { ...invitation, caller: patient }))).toEqual(
      [],
    );
  });

  it('is refused to a guest, who sees the consultation but does not decide who takes part', () => {
    expect(() =>
      given(booked, invited).when((state) =>
        decide.invite(state, { ...invitation, personId: 'obs-1', capacity: 'observer', caller: interpreter }),
      ),
    ).toThrow(ConsultationNotFound);
  });

  it.each(['pat-1', 'doc-1'])('is refused for %s, who takes part anyway', (personId) => {
    expect(() =>
      given(booked).when((state) => decide.invite(state, { ...invitation, personId, caller: patient })),
    ).toThrow(AlreadyAParticipant);
  });
});

describe('removing somebody', () => {
  it('takes their part away, even after the consultation is closed', () => {
    expect(
      given(booked, invited, completed).when((state) =>
        decide.remove(state, { ...target, personId: 'int-1', caller: patient }),
      ),
    ).toEqual([removed]);
  });

  it('is refused for somebody who was not invited', () => {
    expect(() =>
      given(booked).when((state) => decide.remove(state, { ...target, personId: 'int-1', caller: patient })),
    ).toThrow(ParticipantNotFound);
  });

  it.each(['pat-1', 'doc-1'])('is refused for %s, without whom there is no consultation', (personId) => {
    expect(() => given(booked).when((state) => decide.remove(state, { ...target, personId, caller: patient }))).toThrow(
      ParticipantRequired,
    );
  });
});

describe('joining a consultation', () => {
  const join = (personId: string, caller: decide.Caller) => ({ ...target, personId, mediaSessionId: 'room-1', caller });

  it('is recorded with the media session', () => {
    expect(given(booked).when((state) => decide.join(state, join('pat-1', patient)))).toEqual([joined('pat-1')]);
  });

  it('is recorded once for each media session', () => {
    expect(given(booked, joined('pat-1')).when((state) => decide.join(state, join('pat-1', patient)))).toEqual([]);
  });

  it('is refused to a stranger as if there were no consultation', () => {
    expect(() => given(booked).when((state) => decide.join(state, join('pat-2', stranger)))).toThrow(
      ConsultationNotFound,
    );
  });

  it('is refused for a stranger whom a service reports', () => {
    expect(() => given(booked).when((state) => decide.join(state, join('pat-2', 'service')))).toThrow(
      ParticipantNotFound,
    );
  });

  it('does not make a participant of somebody who was removed', () => {
    expect(() =>
      given(booked, invited, joined('int-1'), removed).when((state) => decide.join(state, join('int-1', interpreter))),
    ).toThrow(ConsultationNotFound);
  });
});

describe('taking part on several devices', () => {
  const on = (personId: string, deviceId?: string) => ({
    ...{ ...target, personId, caller: patient },
    ...(deviceId !== undefined && { deviceId }),
  });
  const joinedOn = (deviceId: string, mediaSessionId = 'room-1'): PatientEvent => ({
    type: 'ConsultationJoined',
    data: { ...target, personId: 'pat-1', mediaSessionId, deviceId },
  });
  const leftOn = (deviceId: string): PatientEvent => ({
    type: 'ConsultationLeft',
    data: { ...target, personId: 'pat-1', mediaSessionId: 'room-1', deviceId },
  });

  it('is recorded for each device, and once for each', () => {
    const join = (deviceId: string) => ({ ...on('pat-1', deviceId), mediaSessionId: 'room-1' });
    const there = given(booked, joined('pat-1'), joinedOn('phone'));
    expect(there.when((state) => decide.join(state, join('tablet')))).toEqual([joinedOn('tablet')]);
    expect(there.when((state) => decide.join(state, join('phone')))).toEqual([]);
  });

  it('ends on the device that leaves alone', () => {
    const there = given(booked, joinedOn('phone'), joinedOn('tablet'));
    expect(there.when((state) => decide.leave(state, on('pat-1', 'phone')))).toEqual([leftOn('phone')]);
    const gone = given(booked, joinedOn('phone'), joinedOn('tablet'), leftOn('phone'));
    expect(gone.when((state) => decide.leave(state, on('pat-1', 'phone')))).toEqual([]);
    expect(gone.when((state) => decide.leave(state, on('pat-1', 'tablet')))).toEqual([leftOn('tablet')]);
  });

  it('goes on where the device without a name leaves', () => {
    const there = given(booked, joined('pat-1'), joinedOn('phone'));
    const left = there.when((state) => decide.leave(state, on('pat-1')));
    expect(left).toEqual([
      { type: 'ConsultationLeft', data: { ...target, personId: 'pat-1', mediaSessionId: 'room-1' } },
    ]);
    const still = given(booked, joined('pat-1'), joinedOn('phone'), ...left);
    expect(still.when((state) => decide.leave(state, on('pat-1', 'phone')))).toEqual([leftOn('phone')]);
  });

  it('is not left without saying on which device, where they were named', () => {
    expect(() => given(booked, joinedOn('phone')).when((state) => decide.leave(state, on('pat-1')))).toThrow(
      DeviceNeeded,
    );
    expect(given(booked, joinedOn('phone'), leftOn('phone')).when((state) => decide.leave(state, on('pat-1')))).toEqual(
      [],
    );
  });

  it('moves one device to another media session and leaves the other where it is', () => {
    const there = given(booked, joinedOn('phone'), joinedOn('tablet'), joinedOn('phone', 'room-2'));
    expect(there.when((state) => decide.leave(state, on('pat-1', 'tablet')))).toEqual([leftOn('tablet')]);
    expect(there.when((state) => decide.leave(state, on('pat-1', 'phone')))).toMatchObject([
      { data: { mediaSessionId: 'room-2' } },
    ]);
  });
});

describe('leaving a consultation', () => {
  it('is recorded with the media session that was joined, even after the consultation is completed', () => {
    expect(
      given(booked, joined('pat-1'), completed).when((state) =>
        decide.leave(state, { ...target, personId: 'pat-1', caller: patient }),
      ),
    ).toEqual([{ type: 'ConsultationLeft', data: { ...target, personId: 'pat-1', mediaSessionId: 'room-1' } }]);
  });

  it('changes nothing for a participant who is not in the call', () => {
    expect(
      given(booked).when((state) => decide.leave(state, { ...target, personId: 'pat-1', caller: patient })),
    ).toEqual([]);
  });
});

describe('consenting to being recorded', () => {
  const give = (personId: string, caller: decide.Caller, given = true) => ({ ...target, personId, caller, given });
  const consented: PatientEvent = { type: 'RecordingConsentGiven', data: { ...target, personId: 'pat-1' } };

  it('is the patient’s', () => {
    expect(given(booked).when((state) => decide.consent(state, give('pat-1', patient)))).toEqual([consented]);
  });

  it('can be withdrawn', () => {
    expect(given(booked, consented).when((state) => decide.consent(state, give('pat-1', patient, false)))).toEqual([
      { type: 'RecordingConsentWithdrawn', data: { ...target, personId: 'pat-1' } },
    ]);
  });

  it('changes nothing when it is what was said before', () => {
    expect(given(booked).when((state) => decide.consent(state, give('pat-1', patient, false)))).toEqual([]);
  });

  it.each(['doc-1', 'int-1', 'pat-2'])('is not given for the patient by %s', (personId) => {
    expect(() => given(booked, invited).when((state) => decide.consent(state, give(personId, 'service')))).toThrow(
      ParticipantNotFound,
    );
  });
});
