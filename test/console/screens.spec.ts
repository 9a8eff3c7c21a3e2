import type { Schemas } from '../../clients/typescript/client.ts';
import { differencesOf, lastSent } from '../../console/src/file/differences.ts';
import type { HistoryRow } from '../../console/src/history/question.ts';
import { MOST_SAMPLES, NO_SAMPLES, sampled } from '../../console/src/operations/samples.ts';
import { chainOf, stateIn } from '../../console/src/recording/provenance.ts';
import { stopsInWords } from '../../console/src/releases/stops.ts';
import { draftOf, settingsOf, settingsSay } from '../../console/src/rules/changed-settings.ts';

const row = (position: number, kind: HistoryRow['kind'], reason: string, recordingId?: string): HistoryRow => ({
  ...{ position, part: 0, at: '2020-06-09T12:00:00.000Z', kind, reason, eventId: `event-${position}` },
  ...{ stream: 'patient-pat-1', revision: position, actorId: 'video-service', appVersion: '1.0' },
  ...(recordingId !== undefined && { recordingId }),
});

type File = Schemas['BreachFile'];

describe('the state of a recording', () => {
  const filed = row(2, 'created', 'recorded', 'rec-1');

  it.each([
    [[], 'available'],
    [['quarantined'], 'quarantined'],
    [['quarantined', 'released'], 'available'],
    [['quarantined', 'erased'], 'erased'],
  ] as const)('after %j is %s', (kinds, state) => {
    const later = kinds.map((kind, index) => row(10 + index, kind, 'case-7', 'rec-1'));
    expect(stateIn([...later.toReversed(), row(5, 'opened', '', 'rec-1'), filed])).toBe(state);
  });

  it('is not known where none of the rows decided about it', () => {
    expect(stateIn([row(5, 'opened', '', 'rec-1')])).toBe('unknown');
  });
});

describe('the chain of a recording', () => {
  const at = '2020-06-09T12:00:00.000Z';

  it('says what happened, about whom, from which bucket, why and until when', () => {
    const chain = chainOf([
      { what: 'joined', at, by: 'video-service', appVersion: '1.0', clientRelease: '7.1', personId: 'pat-1' },
      { what: 'claimed', at, by: 'livekit', appVersion: '1.0', bucket: 'egress' },
      { what: 'quarantined', at, by: 'officer-1', appVersion: '1.1', reason: 'case-7' },
      { what: 'reviewer-assigned', at, by: 'officer-1', appVersion: '1.1', personId: 'oncall-1', until: at },
      { what: 'consent-given', at, by: 'pat-1', appVersion: '1.0', personId: 'pat-1' },
    ]);
    expect(chain.map(({ title, release, tone }) => [title, release, tone])).toEqual([
      ['Joined', '7.1', 'quiet'],
      ['Claimed', '1.0', 'quiet'],
      ['Quarantined', '1.1', 'review'],
      ['Reviewer assigned', '1.1', 'quiet'],
      ['Consent given', '1.0', 'quiet'],
    ]);
    const [joined, claimed, quarantined, assigned, agreed] = chain.map(({ says }) => says);
    expect(joined).toContain('It is about pat-1.');
    expect(claimed).toContain('Bucket: egress.');
    expect(quarantined).toContain('Reason: case-7.');
    expect(assigned).toMatch(/It is about oncall-1\. Until 2020-06-09T12:00:00\.000Z\.$/);
    expect(agreed).not.toContain('about');
  });
});

describe('versions of a breach file', () => {
  const file = {
    ...{ severity: 'critical', status: 'new', breaches: { total: 2, byRule: { 'not-a-participant': 2 } } },
    exposure: {
      ...{ people: 2, byRung: { withheld: 0, listed: 0, opened: 2, played: 0 }, viewers: 1, recordings: 2 },
      ...{ bytesServed: 0, bytesAtMost: null, secondsPlayed: 0, approximate: false, releases: ['1.0'] },
    },
    timeline: { firstExposureAt: '2020-06-09T12:00:00.000Z', containedAt: null, timeToContainMs: null },
    clocks: [{ title: 'Art. 33: 72 hours', status: 'running' }],
    drafts: [
      {
        title: 'ICO',
        sections: [{ title: 'What happened', fields: [{ label: 'People', state: 'known', value: '2' }] }],
      },
    ],
    ...{ affected: [{ patientId: 'pat-1', rung: 'opened' }], withheld: [] },
  } as unknown as File;

  it('differ in nothing from themselves', () => expect(differencesOf(file, file)).toEqual([]));

  it('differ in each figure, moment, clock, field and person that is another', () => {
    const later = {
      ...file,
      status: 'contained',
      exposure: { ...file.exposure, people: 3, byRung: { ...file.exposure.byRung, played: 1 } },
      timeline: { ...file.timeline, containedAt: '2020-06-09T13:00:00.000Z' },
      clocks: [{ title: 'Art. 33: 72 hours', status: 'met', late: true }],
      drafts: [
        {
          title: 'ICO',
          sections: [{ title: 'What happened', fields: [{ label: 'People', state: 'known', value: '3' }] }],
        },
      ],
      affected: [{ patientId: 'pat-2', rung: 'played' }],
    } as unknown as File;
    expect(differencesOf(file, later)).toEqual([
      { what: 'State', before: 'New', after: 'Contained' },
      { what: 'People affected', before: '2', after: '3' },
      { what: 'People: played', before: '0', after: '1' },
      { what: 'Timeline: contained', before: 'not said', after: '2020-06-09T13:00:00.000Z' },
      { what: 'Clock: Art. 33: 72 hours', before: 'Running', after: 'Met, late' },
      { what: 'ICO: What happened: People', before: 'known · 2', after: 'known · 3' },
      { what: 'Patient pat-2', before: 'not said', after: 'Played' },
      { what: 'Patient pat-1', before: 'Opened', after: 'not said' },
    ]);
  });

  it('are compared with the last one that was downloaded, and not with one that was read', () => {
    const version = (position: number, format: 'json' | 'pdf' | 'csv') => ({
      ...{ position, format, at: '2020-06-09T12:00:00.000Z', readerId: 'officer-1' },
    });
    const versions = [version(50, 'json'), version(50, 'pdf'), version(40, 'json'), version(30, 'csv')];
    expect(lastSent(versions, 60)?.position).toBe(50);
    expect(lastSent(versions, 50)?.position).toBe(30);
    expect(lastSent(versions, 30)).toBeUndefined();
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

describe('what a halt would stop', () => {
  it.each([
    [{ views: 0, transfers: 0, viewers: 0, patients: 0 }, 'stops no view that is open: no one is watching'],
    [{ views: 1, transfers: 0, viewers: 1, patients: 1 }, 'stops 1 open view: 1 viewer of 1 patient'],
    [
      { views: 12, transfers: 3, viewers: 9, patients: 4 },
      'stops 12 open views and cuts 3 transfers: 9 viewers of 4 patients',
    ],
    [{ views: 0, transfers: 2, viewers: 1, patients: 1 }, 'cuts 2 transfers: 1 viewer of 1 patient'],
  ])('is said of %j', (numbers, said) => expect(stopsInWords(numbers)).toBe(said));
});
