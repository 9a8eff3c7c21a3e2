import type { PatientEvent } from '../../events/patient-events.ts';
import { type MyConsultations, myConsultations } from '../../projections/my-consultations.ts';
import { page } from '../../src/consultations/list.ts';
import { recorded } from '../support/given.ts';

const booked = (n: number, day: string): PatientEvent => ({
  type: 'ConsultationBooked',
  data: {
    patientId: 'pat-1',
    consultationId: `con-${n}`,
    clinicianId: 'doc-1',
    scheduledStart: `2026-03-${day}T09:00:00.000Z`,
    scheduledEnd: `2026-03-${day}T09:30:00.000Z`,
    medium: 'video',
  },
});
const ids = { patientId: 'pat-1', consultationId: 'con-1' };
const recording = { ...ids, recordingId: 'rec-1' };
const history: PatientEvent[] = [
  booked(1, '01'),
  booked(2, '03'),
  {
    type: 'ConsultationRescheduled',
    data: { ...ids, scheduledStart: '2026-03-02T10:00:00.000Z', scheduledEnd: '2026-03-02T10:30:00.000Z' },
  },
  { type: 'ParticipantInvited', data: { ...ids, personId: 'int-1', capacity: 'interpreter' } },
  { type: 'ParticipantInvited', data: { ...ids, personId: 'obs-1', capacity: 'observer' } },
  { type: 'ParticipantRemoved', data: { ...ids, personId: 'obs-1' } },
  { type: 'ConsultationJoined', data: { ...ids, personId: 'intruder', mediaSessionId: 'room-1' } },
  {
    type: 'RecordingStored',
    data: {
      ...recording,
      mediaSessionId: 'room-1',
      sha256: 'a'.repeat(64),
      bytes: 10,
      contentType: 'video/webm',
      durationSeconds: 3,
    },
  },
  { type: 'ConsultationCompleted', data: ids },
];

const fold = (events: readonly PatientEvent[]): MyConsultations =>
  recorded('patient-pat-1', events).reduce<MyConsultations>(myConsultations.evolve, myConsultations.initial());

describe('my consultations', () => {
  it('shows each consultation as the events left it', () => {
    expect(fold(history).get('con-1')).toEqual({
      ...ids,
      clinicianId: 'doc-1',
      scheduledStart: '2026-03-02T10:00:00.000Z',
      scheduledEnd: '2026-03-02T10:30:00.000Z',
      medium: 'video',
      status: 'completed',
      participants: [
        { personId: 'pat-1', capacity: 'patient' },
        { personId: 'doc-1', capacity: 'clinician' },
        { personId: 'int-1', capacity: 'interpreter' },
      ],
      recordings: [
        { recordingId: 'rec-1', bytes: 10, contentType: 'video/webm', durationSeconds: 3, state: 'available' },
      ],
    });
  });

  it('never lists somebody as a participant because they joined', () => {
    const people = fold(history)
      .get('con-1')
      ?.participants.map(({ personId }) => personId);
    expect(people).not.toContain('intruder');
  });

  it('shows a no-show, and what is known of it besides', () => {
    const missed: PatientEvent = { type: 'ConsultationMissed', data: { ...ids, by: 'patient' } };
    const before = fold(history.slice(0, -1)).get('con-1');
    expect(fold([...history.slice(0, -1), missed]).get('con-1')).toEqual({ ...before, status: 'missed' });
  });

  it('follows a recording through quarantine, release and erasure', () => {
    const steps = (['RecordingQuarantined', 'RecordingReleased', 'RecordingErased'] as const).map(
      (type): PatientEvent => ({ type, data: { ...recording, reason: 'provenance' } }),
    );
    const states = steps.map((_, i) => [...history, ...steps.slice(0, i + 1)]);
    expect(states.map((events) => fold(events).get('con-1')?.recordings[0]?.state)).toEqual([
      'quarantined',
      'available',
      'erased',
    ]);
  });

  it('is the same after a rebuild, and what it showed before stays as it was', () => {
    const first = fold(history.slice(0, 4));
    const copy = structuredClone(first);
    expect(fold(history)).toEqual(fold(structuredClone(history)));
    expect(first).toEqual(copy);
  });

  it('is paged newest first without skipping or repeating, also among equal times', () => {
    const list = fold([booked(1, '01'), booked(2, '03'), booked(3, '03'), booked(4, '02'), booked(5, '03')]);
    const seen: string[] = [];
    let after = undefined as Parameters<typeof page>[1]['after'];
    for (let pages = 0; pages < 10; pages++) {
      const { items, next } = page(list.values(), { limit: 2, after });
      seen.push(...items.map(({ consultationId }) => consultationId));
      if (!next) break;
      after = next;
    }
    expect(seen).toEqual(['con-5', 'con-3', 'con-2', 'con-4', 'con-1']);
  });

  it('is filtered by status and by the start of the schedule, from inclusive, to exclusive', () => {
    const list = fold([...history, booked(3, '05')]);
    const ids = (query: Partial<Parameters<typeof page>[1]>) =>
      page(list.values(), { limit: 10, ...query }).items.map(({ consultationId }) => consultationId);
    expect(ids({ status: ['completed'] })).toEqual(['con-1']);
    expect(ids({ from: '2026-03-03T09:00:00Z', to: '2026-03-05T09:00:00Z' })).toEqual(['con-2']);
  });
});
