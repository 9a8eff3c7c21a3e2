import type { Recorded } from '../../events/event.ts';
import type { IncidentEvent } from '../../events/incident-events.ts';
import type { Drill } from '../../projections/drill.ts';
import { type Facts, reportOf } from '../../src/drills/measure.ts';

const START = Date.parse('2026-03-01T09:00:00.000Z');
const at = (ms: number) => new Date(START + ms).toISOString();
const view = (n: number, outcome: 'withheld' | 'opened' | 'unanswered' = 'withheld') => ({
  ...{ viewId: `view-${n}`, patientId: `p-${n}`, recordingId: `r-${n}`, outcome },
});
const carriedOut = { views: [view(1), view(2)], bytesLeaked: 0, egressPrevented: 2, egressPassed: 0, at: at(0) };
const drill: Drill = {
  ...{ drillId: 'd-1', status: 'running', patients: 2, limitMinutes: 60, requestedBy: 'a', requestedAt: at(0) },
  carriedOut,
};
const happened = (type: IncidentEvent['type'], ms: number) =>
  ({ type, recordedAt: at(ms) }) as unknown as Recorded<IncidentEvent>;
const well: Facts = {
  drill,
  flagged: [
    { viewedAt: at(0), flaggedAt: at(7) },
    { viewedAt: at(10), flaggedAt: at(40) },
  ],
  incidentId: 'i-1',
  events: [
    happened('IncidentOpened', 10),
    happened('PageDelivered', 300),
    happened('IncidentAcknowledged', 65_010),
    happened('ContainmentTaken', 130_010),
    happened('PageDelivered', 200_000),
    happened('IncidentClosed', 300_000),
  ],
  breachFileMs: 12,
};
const without = (...types: IncidentEvent['type'][]) => well.events.filter(({ type }) => !types.includes(type));
const reasonsOf = (facts: Partial<Facts>) => reportOf({ ...well, ...facts }, at(1)).reasons;

describe('the report of a drill', () => {
  it('measures from view to breach, and from the incident to its first page, acknowledgement and containment', () => {
    expect(reportOf(well, at(400_000))).toEqual({
      ...{ drillId: 'd-1', outcome: 'passed', reasons: [], incidentId: 'i-1', views: 2, flagged: 2 },
      ...{ bytesLeaked: 0, egressPrevented: 2, detectionMs: 30, pageMs: 290 },
      ...{ acknowledgementSeconds: 65, containmentSeconds: 130, breachFileMs: 12, at: at(400_000) },
    });
  });

  it('says everything that went wrong', () => {
    const seen = (more: object) => ({ drill: { ...drill, carriedOut: { ...carriedOut, ...more } } });
    expect(reasonsOf(seen({ views: [view(1), view(2, 'opened')], bytesLeaked: 844 }))).toEqual([
      'view-opened',
      'bytes-leaked',
    ]);
    expect(reasonsOf(seen({ views: [view(1), view(2, 'unanswered')] }))).toEqual(['view-unanswered']);
    expect(reasonsOf(seen({ egressPassed: 1 }))).toEqual(['egress-passed']);
    expect(reasonsOf({ flagged: well.flagged.slice(1) })).toEqual(['not-flagged']);
    expect(reasonsOf({ events: [], incidentId: undefined })).toEqual(['no-incident']);
    expect(reasonsOf({ events: without('PageDelivered') })).toEqual(['not-paged']);
    expect(reasonsOf({ breachFileMs: undefined })).toEqual(['no-breach-file']);
    expect(reasonsOf({ events: without('IncidentAcknowledged', 'ContainmentTaken') })).toEqual(['not-acknowledged']);
    const { carriedOut: _, ...never } = drill;
    expect(reasonsOf({ drill: never, flagged: [], events: [], incidentId: undefined })).toEqual(['not-carried-out']);
  });

  it('says nothing of what was not measured', () => {
    const { pageMs, containmentSeconds, detectionMs } = reportOf(
      { ...well, flagged: [], events: without('PageDelivered', 'ContainmentTaken') },
      at(1),
    );
    expect([pageMs, containmentSeconds, detectionMs]).toEqual([undefined, undefined, undefined]);
  });
});
