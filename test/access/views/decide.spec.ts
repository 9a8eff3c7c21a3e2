import type { PatientEvent } from '../../../events/patient-events.ts';
import { patientEvents } from '../../../events/patient-events.ts';
import { isKnown, viewRecording, witnessView } from '../../../src/access/views/decide.ts';
import { AccessPolicy } from '../../../src/access/views/policy.ts';
import { RecordingNotFound } from '../../../src/consultations/errors.ts';
import { evolve, noConsultations, type PatientLedger } from '../../../src/consultations/evolve.ts';
import { decider } from '../../support/given.ts';
import { booked, erased, invited, joined, quarantined, recording, removed, stored, unquarantined } from '../history.ts';

const given = decider<PatientLedger, PatientEvent>({ initial: noConsultations, evolve });

type Command = Parameters<typeof viewRecording>[1];

const asked = (viewerId: string, more: Partial<Command> = {}, roles: readonly string[] = ['patient']): Command => ({
  ...recording,
  viewId: 'view-1',
  viewer: { id: viewerId, roles, suspended: false },
  purpose: 'treatment',
  playbackHalted: false,
  now: '2026-03-01T09:45:00.000Z',
  releaseMode: 'two-key',
  expiresAt: '2026-03-01T10:00:00.000Z',
  idleSeconds: 900,
  endsAt: '2026-03-01T12:00:00.000Z',
  ...more,
});

const decide = (history: readonly PatientEvent[], command: Command) =>
  given(...history).when((patient) => viewRecording(patient, command, new AccessPolicy()));

const outcome = (history: readonly PatientEvent[], command: Command) => {
  const [event] = decide(history, command);
  return event.type === 'RecordingViewed' ? 'viewed' : event.data.reasonCode;
};

const history = [booked, stored()];
const emergency = { purpose: 'emergency', reason: 'unconscious, allergies unknown' } as const;

describe('reviewing a recording', () => {
  const assigned = (reviewerId: string, until = '2026-03-01T11:00:00.000Z'): PatientEvent => ({
    type: 'ReviewerAssigned',
    data: { ...recording, reviewerId, reason: 'case-7', until },
  });
  const review = (viewerId: string, roles: readonly string[] = ['on-call'], more: Partial<Command> = {}) =>
    asked(viewerId, { purpose: 'review', ...more }, roles);

  it('is open to a person of the desk who is assigned, with that purpose, until the time of it', () => {
    const known = [...history, assigned('oncall-1')];
    expect(outcome(known, review('oncall-1'))).toBe('viewed');
    expect(outcome(known, review('oncall-1', ['compliance']))).toBe('viewed');
    for (const refused of [
      review('oncall-2'),
      review('oncall-1', ['clinician', 'service']),
      review('oncall-1', ['on-call'], { purpose: 'operations' }),
      review('oncall-1', ['on-call'], { now: '2026-03-01T11:00:00.000Z' }),
      { ...review('oncall-1'), recordingId: 'rec-2' },
    ])
      expect(outcome([...known, stored('rec-2')], refused)).toBe('not-a-participant');
    expect(outcome(history, review('oncall-1'))).toBe('not-a-participant');
  });

  it('ends with the assignment, however long a view may last', () => {
    const [event] = decide([...history, assigned('oncall-1', '2026-03-01T09:50:00.000Z')], review('oncall-1'));
    const until = '2026-03-01T09:50:00.000Z';
    expect(event).toMatchObject({
      type: 'RecordingViewed',
      data: { purpose: 'review', expiresAt: until, endsAt: until },
    });
  });

  it('goes by the last assignment', () => {
    const over = assigned('oncall-1', '2026-03-01T09:40:00.000Z');
    expect(outcome([...history, assigned('oncall-1'), over], review('oncall-1'))).toBe('not-a-participant');
  });

  it.each([
    ['quarantined', quarantined, 'recording-quarantined'],
    ['erased', erased, 'recording-erased'],
  ])('is not open while the recording is %s', (_, event, refusal) => {
    expect(outcome([...history, assigned('oncall-1'), event], review('oncall-1'))).toBe(refusal);
  });
});

describe('viewing a recording', () => {
  it('is open to the patient and the booked clinician', () => {
    expect(outcome(history, asked('pat-1'))).toBe('viewed');
    expect(outcome(history, asked('doc-1', {}, ['clinician']))).toBe('viewed');
  });

  it('records which keys it needs, until when it may be played and under which roles it was asked for', () => {
    const [event] = decide(history, asked('pat-1'));
    expect(event).toEqual({
      type: 'RecordingViewed',
      data: {
        ...recording,
        viewId: 'view-1',
        viewerId: 'pat-1',
        viewerRoles: ['patient'],
        purpose: 'treatment',
        source: 'mediated',
        releaseMode: 'two-key',
        expiresAt: '2026-03-01T10:00:00.000Z',
        idleSeconds: 900,
        endsAt: '2026-03-01T12:00:00.000Z',
      },
    });
    expect(patientEvents.RecordingViewed.strict().safeParse(event.data).success).toBe(true);
  });

  it('is refused to a stranger, and the refusal is recorded', () => {
    const [event] = decide(history, asked('pat-2'));
    expect(event).toEqual({
      type: 'RecordingViewRefused',
      data: {
        ...recording,
        viewId: 'view-1',
        viewerId: 'pat-2',
        viewerRoles: ['patient'],
        purpose: 'treatment',
        reasonCode: 'not-a-participant',
      },
    });
  });

  it('is open to an invited guest until they are removed', () => {
    expect(outcome([...history, invited('int-1')], asked('int-1'))).toBe('viewed');
    expect(outcome([...history, invited('int-1'), removed('int-1')], asked('int-1'))).toBe('no-longer-a-participant');
    expect(outcome([...history, invited('int-1'), removed('int-1'), invited('int-1')], asked('int-1'))).toBe('viewed');
  });

  it('is not open to somebody who merely joined', () => {
    expect(outcome([...history, joined('pat-2')], asked('pat-2'))).toBe('not-a-participant');
  });

  it('is refused while the viewer is suspended', () => {
    const viewer = { id: 'pat-1', roles: ['patient'], suspended: true };
    expect(outcome(history, asked('pat-1', { viewer }))).toBe('viewer-suspended');
  });

  it('is refused while playback is halted', () => {
    expect(outcome(history, asked('pat-1', { playbackHalted: true }))).toBe('playback-halted');
  });

  it('is refused while the recording is quarantined, and for good once it is erased', () => {
    expect(outcome([...history, quarantined], asked('pat-1'))).toBe('recording-quarantined');
    expect(outcome([...history, quarantined, unquarantined], asked('pat-1'))).toBe('viewed');
    expect(outcome([...history, erased], asked('pat-1'))).toBe('recording-erased');
  });

  it('tells a stranger nothing about the recording', () => {
    for (const state of [quarantined, erased])
      expect(outcome([...history, state], asked('pat-2', { playbackHalted: true }))).toBe('not-a-participant');
  });

  it('is open to any clinician who declares an emergency and says why', () => {
    const [event] = decide(history, asked('doc-9', emergency, ['clinician']));
    expect(event).toMatchObject({ type: 'RecordingViewed', data: { ...emergency, viewerRoles: ['clinician'] } });
    expect(outcome(history, asked('doc-9', { purpose: 'emergency', reason: ' ' }, ['clinician']))).toBe(
      'not-a-participant',
    );
    expect(outcome(history, asked('doc-9', { ...emergency, purpose: 'treatment' }, ['clinician']))).toBe(
      'not-a-participant',
    );
  });

  it('is not opened by a patient who declares an emergency', () => {
    expect(outcome(history, asked('pat-2', emergency))).toBe('not-a-participant');
  });

  it('writes nothing where there is nothing to view', () => {
    for (const nothing of [[], [booked]]) expect(() => decide(nothing, asked('pat-2'))).toThrow(RecordingNotFound);
    expect(() => decide(history, asked('pat-1', { consultationId: 'con-2' }))).toThrow(RecordingNotFound);
    expect(() => decide(history, asked('pat-1', { recordingId: 'rec-2' }))).toThrow(RecordingNotFound);
  });
});

describe('witnessing a view', () => {
  const report = {
    ...recording,
    viewId: 'view-1',
    viewerId: 'pat-2',
    viewerRoles: [],
    purpose: 'treatment' as const,
  };
  const witness = (events: readonly PatientEvent[], more: Partial<Parameters<typeof witnessView>[1]> = {}) =>
    given(...events).when((patient) => witnessView(patient, { ...report, ...more }));

  it('records the view whoever the viewer is and whatever became of the recording', () => {
    for (const events of [history, [...history, quarantined], [...history, erased]])
      expect(witness(events)).toEqual([{ type: 'RecordingViewed', data: { ...report, source: 'witnessed' } }]);
  });

  it('keeps when it happened', () => {
    const [event] = witness(history, { occurredAt: '2026-03-01T09:40:00.000Z' });
    expect(event?.data.occurredAt).toBe('2026-03-01T09:40:00.000Z');
    expect(patientEvents.RecordingViewed.strict().safeParse(event?.data).success).toBe(true);
  });

  it('records it also of a recording that is not filed there, or of another consultation’s', () => {
    for (const [events, more] of [
      [[booked], {}],
      [history, { recordingId: 'rec-of-somebody-else' }],
    ] as const)
      expect(witness(events, more)).toMatchObject([{ type: 'RecordingViewed', data: { viewerId: 'pat-2', ...more } }]);
    expect([isKnown(given(booked).state, report), isKnown(given().state, report)]).toEqual([true, false]);
  });

  const sent = (more: object = {}): PatientEvent => ({
    type: 'RecordingViewed',
    data: { ...report, source: 'witnessed', ...more },
  });

  it('takes the same report twice for one view where it says when', () => {
    const occurredAt = '2026-03-01T09:40:00.000Z';
    expect(witness([...history, sent({ occurredAt })], { occurredAt })).toEqual([]);
    // A viewId is made of what the report says, so that another time is another view.
    expect(witness([...history, sent({ occurredAt })], { occurredAt, viewId: 'view-2' })).toHaveLength(1);
  });

  it('takes no report for one that was made when the viewer or the recording stood otherwise', () => {
    const between: PatientEvent[][] = [[invited('pat-2')], [quarantined], [erased]];
    for (const events of between)
      expect(witness([...history, sent(), ...events], { viewId: 'view-2' })[0]?.data.sameAs).toBeUndefined();
    const guest = [...history, invited('pat-2'), sent(), removed('pat-2')];
    expect(witness(guest, { viewId: 'view-2' })[0]?.data.sameAs).toBeUndefined();
    expect(witness([...guest, sent({ viewId: 'view-2' })], { viewId: 'view-3' })[0]?.data.sameAs).toBe('view-2');
  });

  it('records each report that does not say when, and names the first that was alike', () => {
    const alike = (more: object) => witness([...history, sent()], { viewId: 'view-2', ...more })[0]?.data.sameAs;
    expect(alike({})).toBe('view-1');
    expect(witness([...history, sent(), sent({ viewId: 'view-2' })], { viewId: 'view-3' })[0]?.data.sameAs).toBe(
      'view-1',
    );
    for (const more of [{ purpose: 'emergency' as const }, { viewerRoles: ['clinician'] }])
      expect(alike(more)).toBeUndefined();
    for (const more of [{ viewerId: 'pat-3' }, { recordingId: 'rec-2' }, { occurredAt: '2026-03-01T09:40:00.000Z' }])
      expect(alike(more)).toBeUndefined();
    expect(witness([...history, sent({ source: 'mediated' })], { viewId: 'view-2' })[0]?.data.sameAs).toBeUndefined();
  });
});
