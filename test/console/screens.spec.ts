import type { HistoryRow } from '../../console/src/history/question.ts';
import { MOST_SAMPLES, NO_SAMPLES, sampled } from '../../console/src/operations/samples.ts';
import { chainOf, stateOf } from '../../console/src/recording/provenance.ts';
import { draftOf, settingsOf, settingsSay } from '../../console/src/rules/changed-settings.ts';

const row = (position: number, kind: HistoryRow['kind'], reason: string, recordingId?: string): HistoryRow => ({
  ...{ position, part: 0, at: '2020-06-09T12:00:00.000Z', kind, reason, eventId: `event-${position}` },
  ...{ stream: 'patient-pat-1', revision: position, actorId: 'video-service', appVersion: '1.0' },
  ...(recordingId !== undefined && { recordingId }),
});

describe('the chain of a recording', () => {
  const rows = [
    row(1, 'created', 'booked'),
    row(2, 'changed', 'joined'),
    row(3, 'created', 'recorded', 'rec-2'),
    row(4, 'created', 'recorded', 'rec-1'),
    row(5, 'quarantined', 'case-7', 'rec-2'),
    row(6, 'changed', 'of-a-later-release'),
  ];

  it('goes from the booking to the recording, without what happened to others of the consultation', () => {
    expect(chainOf(rows, 'rec-1').map(({ title }) => title)).toEqual(['Booked', 'Joined', 'Filed']);
    expect(chainOf(rows, 'rec-2').map(({ title }) => title)).toEqual(['Booked', 'Joined', 'Filed', 'Quarantined']);
  });

  it('says why a recording was quarantined, and who did it', () => {
    expect(chainOf(rows, 'rec-2').at(-1)).toMatchObject({
      says: 'Kept from all viewers. Reason: case-7.',
      by: 'video-service',
    });
  });

  it.each([
    [[], 'available'],
    [['quarantined'], 'quarantined'],
    [['quarantined', 'released'], 'available'],
    [['quarantined', 'erased'], 'erased'],
  ] as const)('after %j it is %s', (kinds, state) => {
    const later = kinds.map((kind, index) => row(10 + index, kind, 'case-7', 'rec-1'));
    expect(stateOf(chainOf([...rows, ...later], 'rec-1'))).toBe(state);
  });

  it('is not known of a recording that was not filed', () => {
    expect(stateOf(chainOf(rows.slice(0, 2), 'rec-1'))).toBe('unknown');
  });
});

const rule = {
  ...{ name: 'same-victim', version: '1.0', says: 'many viewers of one patient', about: 'patient' as const },
  ...{ enabled: true, severity: 'critical' as const, points: 3, suppressedBy: [], changes: [] },
  ...{ hits: 0, explained: 0, closed: 0, confirmed: 0, precision: 0, noisy: false },
  numbers: [{ name: 'viewers', value: 4, preset: 4, min: 2, max: 100, says: 'viewers in a day' }],
};

describe('another setting of a rule', () => {
  it('is what differs from how it is set, and nothing else', () => {
    const draft = { ...draftOf(rule), severity: 'review' as const, numbers: { viewers: '5' } };
    expect(settingsOf(rule, draft)).toEqual({ settings: { severity: 'review', numbers: { viewers: 5 } } });
    expect(settingsOf(rule, { ...draftOf(rule), enabled: false })).toEqual({ settings: { enabled: false } });
  });

  it.each([
    [{}, 'Nothing differs from how the rule is set now.'],
    [{ points: '' }, 'Points are a whole number from 0 on.'],
    [{ points: '1.5' }, 'Points are a whole number from 0 on.'],
    [{ numbers: { viewers: '1' } }, 'viewers in a day: from 2 to 100.'],
    [{ numbers: { viewers: '' } }, 'viewers in a day: from 2 to 100.'],
    [{ numbers: { viewers: 'many' } }, 'viewers in a day: from 2 to 100.'],
  ])('is not asked for with %j', (more, wrong) => {
    expect(settingsOf(rule, { ...draftOf(rule), ...more })).toEqual({ wrong });
  });

  it('is said in a line', () => {
    expect(settingsSay({ enabled: false, severity: 'info', points: 2, numbers: { viewers: 5 } })).toBe(
      'off, severity info, 2 points, viewers 5',
    );
  });
});

describe('what was read while a page was open', () => {
  it('has a value of each name at each time, or null', () => {
    const after = sampled(sampled(NO_SAMPLES, 10, { a: 1 }), 15, { b: 2 });
    expect(after).toEqual({ times: [10, 15], values: { a: [1, null], b: [null, 2] } });
  });

  it('is not changed by what was read before', () => {
    const once = sampled(NO_SAMPLES, 10, { a: 1 });
    expect(sampled(once, 10, { a: 9 })).toEqual(once);
  });

  it('keeps an hour', () => {
    let samples = NO_SAMPLES;
    for (let at = 1; at <= MOST_SAMPLES + 5; at += 1) samples = sampled(samples, at, { a: at });
    expect(samples.times).toHaveLength(MOST_SAMPLES);
    expect(samples.values.a).toHaveLength(MOST_SAMPLES);
    expect(samples.values.a?.[0]).toBe(6);
  });
});
