import type { PatientEvent } from '../../events/patient-events.ts';
import type { Evidence } from '../../projections/evidence.ts';
import { factsAt, NOW, noAccess, takeIn } from '../../projections/recording-access.ts';
import { cutBy } from '../../src/access/playing/cuts.ts';
import { book } from '../../src/consultations/decide.ts';
import { PatientIsErased } from '../../src/consultations/errors.ts';
import { evolve, noConsultations } from '../../src/consultations/evolve.ts';
import { erasePatient, recordableFor, resealRecording } from '../../src/recordings/decide.ts';
import { booked, recording, stored, target } from '../access/history.ts';
import { decider, evidence } from '../support/given.ts';

const given = decider({ initial: noConsultations, evolve });
const ids = { patientId: 'pat-1', erasureId: 'era-1' };
const erasedPatient: PatientEvent = { type: 'PatientErased', data: ids };
const erasedRecording: PatientEvent = { type: 'RecordingErased', data: { ...recording, reason: 'subject-erasure' } };
const released: PatientEvent = { type: 'RecordingReleased', data: { ...recording, reason: 'case-1' } };
const sealed = { keyId: 'key-1', objectKey: 'A'.repeat(80), head: `${'A'.repeat(75)}=`, sha256: 'a'.repeat(64) };

describe('erasing a patient', () => {
  it('erases each recording in the same append, once', () => {
    expect(given(booked, stored()).when((patient) => erasePatient(patient, ids))).toEqual([
      erasedPatient,
      erasedRecording,
    ]);
    expect(given(booked, stored(), erasedRecording).when((patient) => erasePatient(patient, ids))).toEqual([
      erasedPatient,
    ]);
    const done = given(booked, stored(), erasedPatient, erasedRecording);
    expect(done.when((patient) => erasePatient(patient, { ...ids, erasureId: 'era-2' }))).toEqual([]);
  });

  it('erases more recordings than one append takes in several, and the patient in the last one', () => {
    const many = Array.from({ length: 1_500 }, (_, n) => stored(`rec-${n}`));
    const first = given(booked, ...many).when((patient) => erasePatient(patient, ids));
    expect(new Set(first.map(({ type }) => type))).toEqual(new Set(['RecordingErased']));
    const second = given(booked, ...many, ...first).when((patient) => erasePatient(patient, ids));
    expect(second[0]).toEqual(erasedPatient);
    expect(first.length + second.length).toBe(1_501);
  });

  it('refuses bookings, recordings and seals from then on', () => {
    const { when } = given(booked, stored(), erasedPatient);
    const later = {
      ...{ consultationId: 'con-9', patientId: 'pat-1', clinicianId: 'doc-1', medium: 'video' as const },
    };
    const schedule = { scheduledStart: '2036-05-04T09:00:00Z', scheduledEnd: '2036-05-04T09:30:00Z' };
    expect(() => when((patient) => book(patient, { ...later, ...schedule }))).toThrow(PatientIsErased);
    expect(() => when((patient) => recordableFor(patient, target, 'service'))).toThrow(PatientIsErased);
    expect(when((patient) => resealRecording(patient, { ...recording, sealed }))).toEqual([]);
  });
});

describe('an erased patient', () => {
  const view = { ...recording, viewerId: 'pat-1' };
  const known = (...events: PatientEvent[]) => {
    const access = noAccess();
    for (const event of evidence<PatientEvent>('patient-pat-1', events))
      takeIn(access, event as Evidence<PatientEvent>);
    return access;
  };

  it.each<[string, PatientEvent[]]>([
    ['stored before', [stored(), erasedPatient]],
    ['released after', [stored(), erasedPatient, released]],
    ['stored after', [erasedPatient, stored()]],
    ['stored before an erasure that is said twice', [stored(), erasedPatient, erasedPatient, released]],
  ])('has no recording that is not erased, for the first key, by that event alone: one that was %s', (_, events) => {
    const { state } = given(booked, ...events);
    expect(state.consultations.get('con-1')?.recordings.get('rec-1')?.state).toBe('erased');
  });

  it('has none for the second key, whatever is stored or released after that', () => {
    expect(factsAt(known(booked, stored()), view, NOW).recording).toBe('available');
    expect(factsAt(known(booked, stored(), erasedPatient, released), view, NOW).recording).toBe('erased');
    expect(factsAt(known(booked, erasedPatient, stored()), view, NOW).recording).toBe('erased');
    // A view of before is judged by how it was then.
    expect(factsAt(known(booked, stored(), erasedPatient), view, { revision: 2 }).recording).toBe('available');
  });

  it('has no transfer under way', () => {
    const cut = cutBy({ type: 'PatientErased', data: ids }, '1.4.2');
    const transfer = { ...recording, viewId: 'view-1', viewerId: 'doc-1' };
    expect(cut?.why).toBe('recording-erased');
    expect(cut?.hits(transfer)).toBe(true);
    expect(cut?.hits({ ...transfer, patientId: 'pat-2' })).toBe(false);
  });
});
