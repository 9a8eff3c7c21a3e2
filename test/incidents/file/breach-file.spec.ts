import type { IncidentEvent } from '../../../events/incident-events.ts';
import { evolveIncident, noIncident } from '../../../projections/incident.ts';
import { clockedFold } from '../../../projections/incident-clocks.ts';
import { breachFileOf } from '../../../src/incidents/file/breach-file.ts';
import type { BreachSeen, IncidentEvidence, Listing } from '../../../src/incidents/file/evidence.ts';
import { recorded } from '../../support/given.ts';

const at = (minute: number) => `2026-05-04T09:${String(minute).padStart(2, '0')}:00.000Z`;
const CLOCKS = { sets: ['gdpr'], zone: 'UTC' } as const;

type View = NonNullable<BreachSeen['view']>;
const breach = (n: number, view: Partial<View> = {}, over: Partial<BreachSeen> = {}): BreachSeen => ({
  ...{ breachId: `view-${n}`, severity: 'critical', rule: 'viewer-not-participant', flaggedAt: at(10 + n) },
  ...{ contentReleased: true, appVersion: '1.4.2' },
  view: {
    ...{ patientId: `pat-${n}`, viewerId: 'doc-1', recordingId: `rec-${n}`, source: 'mediated', at: at(n) },
    ...{ transfers: [], recordingBytes: 100, durationSeconds: 50, ...view },
  },
  ...over,
});

const evidence = (breaches: readonly BreachSeen[], more: Partial<IncidentEvidence> = {}): IncidentEvidence => {
  const incidentId = 'inc-1';
  const told: IncidentEvent[] = [
    {
      type: 'IncidentOpened',
      data: { incidentId, kind: 'release', key: 'release:1.4.2', severity: 'critical', at: at(20) },
    },
    ...breaches.map(
      ({ breachId, severity, rule, appVersion, view }): IncidentEvent => ({
        type: 'BreachAttached',
        data: {
          ...{ incidentId, breachId, severity, rule, appVersion, at: at(20), newViewer: true, newPatient: true },
          ...(view && { patientId: view.patientId, viewerId: view.viewerId }),
        },
      }),
    ),
  ];
  const events = recorded('incident-inc-1', told).map((event, i) => ({
    ...event,
    ...{ position: BigInt(i), recordedAt: at(20) },
  }));
  const incident = events.reduce(evolveIncident, noIncident());
  const clocked = events.reduce(clockedFold.evolve, clockedFold.initial());
  if (!incident || !clocked) throw new Error('no incident');
  return { position: 9, at: at(30), incident, clocked, events, breaches, listings: [], faults: [], ...more };
};
const fileOf = (...given: Parameters<typeof evidence>) => breachFileOf(evidence(...given), CLOCKS);

describe('making a breach file', () => {
  const whole = { beganAt: at(2), endedAt: at(3), bytes: 50, atMost: 50 };

  it.each([
    ['played where bytes left', breach(1, { transfers: [whole] }), 'played', 50, 50, 25, false],
    ['opened where it might be played', breach(1), 'opened', 0, 0, 0, false],
    ['withheld where nothing may have left', breach(1, {}, { contentReleased: false }), 'withheld', 0, 0, 0, false],
    [
      'opened while a transfer has no end',
      breach(1, { transfers: [{ beganAt: at(2), atMost: 70 }] }),
      'opened',
      0,
      70,
      0,
      true,
    ],
    ['opened where a service reported it', breach(1, { source: 'witnessed' }), 'opened', 0, 100, 0, true],
  ] as const)('puts a person on the rung %s', (_, one, rung, bytesServed, bytesAtMost, secondsPlayed, approximate) => {
    const { affected, withheld } = fileOf([one]);
    expect([...affected, ...withheld]).toMatchObject([{ rung, bytesServed, bytesAtMost, secondsPlayed, approximate }]);
    expect(withheld).toHaveLength(rung === 'withheld' ? 1 : 0);
  });

  it('does not know a bound where the recording is not on record', () => {
    const { recordingBytes: _, ...view } = breach(1, { source: 'witnessed' }).view as View;
    expect(fileOf([{ ...breach(1), view }]).exposure).toMatchObject({ bytesAtMost: null, approximate: true });
  });

  it('puts a person who was listed, opened and played on the furthest rung once', () => {
    const listing: Listing = {
      ...{ patientId: 'pat-1', viewerId: 'doc-2', recordingIds: ['rec-9'], at: at(0), appVersion: '1.4.1' },
    };
    const { affected, exposure } = fileOf([breach(1, { transfers: [whole] })], { listings: [listing] });
    expect(affected).toMatchObject([
      {
        ...{
          rung: 'played',
          recordings: ['rec-1', 'rec-9'],
          viewers: ['doc-1', 'doc-2'],
          releases: ['1.4.1', '1.4.2'],
        },
        ...{ firstAt: at(0), lastAt: at(3) },
      },
    ]);
    expect(exposure).toMatchObject({ people: 1, viewers: 2, byRung: { played: 1, opened: 0, listed: 0 } });
  });

  it('tells of no exposure for a breach that is about no view, and counts it', () => {
    const { view: _, ...probing } = breach(1, {}, { rule: 'probing' });
    const file = fileOf([probing]);
    expect(file).toMatchObject({ affected: [], withheld: [], breaches: { total: 1, byRule: { probing: 1 } } });
    expect(file.timeline).toMatchObject({ firstExposureAt: null, timeToDetectMs: null, firstFlaggedAt: at(11) });
  });

  it('is contained once the last breach under which anything may leave is, where no command contained it', () => {
    const contained = (n: number) => breach(n, {}, { containedAt: at(20 + n) });
    expect(fileOf([contained(1), contained(2)]).timeline.containedAt).toBe(at(22));
    expect(fileOf([contained(1), breach(2)]).timeline.containedAt).toBeNull();
  });

  it('is approximate where a part of the log could not be read', () => {
    expect(fileOf([breach(1)]).exposure.approximate).toBe(false);
    expect(fileOf([breach(1)], { faults: ['revision 1 of patient-pat-1: …'] }).exposure.approximate).toBe(true);
  });

  it('tells clocks as of its position, by the first critical flag', () => {
    const [first] = fileOf([breach(2), breach(1)]).clocks;
    expect(first).toMatchObject({ status: 'running', startedAt: at(11) });
    const [late] = fileOf([breach(1)], { at: '2026-05-07T09:11:00.001Z' }).clocks;
    expect(late?.status).toBe('ran-out');
  });

  it('depends on every fact of a view: one that is dropped is noticed', () => {
    const full = breach(
      1,
      { source: 'mediated', transfers: [whole] },
      { containedAt: at(25), clientRelease: '2020.6', rule: 'r' },
    );
    const view = full.view as View;
    const file = JSON.stringify(fileOf([full]));
    const { containedAt: _, ...notContained } = full;
    const { clientRelease: __, ...ofNoRelease } = full;
    const { durationSeconds: ___, ...ofNoLength } = view;
    const { endedAt: ____, ...notEnded } = whole;
    const others: readonly BreachSeen[] = [
      ...[notContained, ofNoRelease, { ...full, view: ofNoLength }],
      ...[
        { ...full, appVersion: '1' },
        { ...full, rule: 's' },
        { ...full, flaggedAt: at(1) },
      ],
      ...(['patientId', 'viewerId', 'recordingId'] as const).map((id) => ({
        ...full,
        view: { ...view, [id]: 'other' },
      })),
      ...[
        { ...view, at: at(0) },
        { ...view, source: 'witnessed' as const },
      ].map((one) => ({ ...full, view: one })),
      { ...full, view: { ...view, transfers: [] } },
      { ...full, view: { ...view, transfers: [notEnded] } },
      { ...full, view: { ...view, transfers: [{ ...whole, bytes: 49 }] } },
    ];
    for (const [i, other] of others.entries())
      expect([i, JSON.stringify(fileOf([other])) === file]).toEqual([i, false]);
  });
});
