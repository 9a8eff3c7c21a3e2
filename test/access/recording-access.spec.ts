import fc from 'fast-check';
import { judge } from '../../projections/access-rules.ts';
import { project } from '../../projections/projection.ts';
import { factsAt, type RecordingAccess, recordingAccess } from '../../projections/recording-access.ts';
import type { Appended } from '../../src/events/event.ts';
import { type PatientEvent, patientEvents } from '../../src/events/patient-events.ts';
import { recorded } from '../support/given.ts';
import {
  booked,
  erased,
  invited,
  joined,
  quarantined,
  recording,
  removed,
  stored,
  unquarantined,
  viewed,
} from './history.ts';

const fold = (events: readonly Appended<PatientEvent>[], from = recordingAccess.initial()): RecordingAccess =>
  events.reduce((access, event) => project(recordingAccess, access, event), from);

/** The verdict on the last event of the history, with whatever happened after it known too. */
const verdictOn = (history: readonly PatientEvent[], after: readonly PatientEvent[] = []) => {
  const stream = recorded('patient-pat-1', [...history, ...after]);
  const view = stream[history.length - 1];
  if (view?.type !== 'RecordingViewed') throw new Error('the history must end with a view');
  return judge(fold(stream), view);
};

const cleared = { verdict: 'cleared' };
const flagged = { verdict: 'flagged', severity: 'critical', rule: 'viewer-not-participant', released: false };

describe('judging a view', () => {
  it('clears the patient, the booked clinician and an invited guest', () => {
    expect(verdictOn([booked, stored(), viewed('pat-1')])).toEqual(cleared);
    expect(verdictOn([booked, stored(), viewed('doc-1')])).toEqual(cleared);
    expect(verdictOn([booked, stored(), invited('int-1'), viewed('int-1')])).toEqual(cleared);
  });

  it('flags a stranger', () => {
    expect(verdictOn([booked, stored(), viewed('pat-2')])).toEqual(flagged);
    expect(verdictOn([booked, stored(), viewed('pat-2', { source: 'witnessed' })])).toEqual(flagged);
  });

  it('flags somebody who joined without being invited', () => {
    expect(verdictOn([booked, joined('pat-2'), stored(), viewed('pat-2')])).toEqual(flagged);
  });

  it('judges as of the view, not as of now', () => {
    expect(verdictOn([booked, stored(), invited('int-1'), viewed('int-1')], [removed('int-1')])).toEqual(cleared);
    expect(verdictOn([booked, stored(), viewed('int-1')], [invited('int-1')])).toEqual(flagged);
    expect(
      verdictOn([booked, stored(), invited('int-1'), removed('int-1'), viewed('int-1')], [invited('int-1')]),
    ).toEqual(flagged);
    expect(verdictOn([booked, stored(), viewed('pat-1')], [quarantined, erased])).toEqual(cleared);
  });

  it('does not take a second invitation in another capacity for a removal', () => {
    expect(verdictOn([booked, stored(), invited('int-1'), invited('int-1'), viewed('int-1')])).toEqual(cleared);
  });

  it('flags even a participant where the recording is not what it seems', () => {
    const rule = (history: readonly PatientEvent[]) => verdictOn(history);
    expect(rule([booked, viewed('pat-1')])).toMatchObject({ rule: 'recording-not-in-consultation', released: false });
    expect(rule([viewed('pat-1')])).toMatchObject({ rule: 'recording-not-in-consultation', released: false });
    expect(rule([booked, stored(), quarantined, viewed('pat-1')])).toMatchObject({ rule: 'recording-quarantined' });
    expect(rule([booked, stored(), quarantined, unquarantined, viewed('pat-1')])).toEqual(cleared);
    expect(rule([booked, stored(), erased, viewed('pat-1')])).toMatchObject({ rule: 'recording-erased' });
  });

  describe('in an emergency', () => {
    const emergency = { purpose: 'emergency', reason: 'unconscious', viewerRoles: ['clinician'] } as const;
    const data = { ...emergency, viewerRoles: ['clinician'] };

    it('releases the recording to a clinician and has it reviewed', () => {
      expect(verdictOn([booked, stored(), viewed('doc-9', data)])).toEqual({
        verdict: 'flagged',
        severity: 'review',
        rule: 'emergency-access',
        released: true,
      });
    });

    it('reviews what a service witnessed, and releases nothing itself', () => {
      expect(verdictOn([booked, stored(), viewed('doc-9', { ...data, source: 'witnessed' })])).toMatchObject({
        severity: 'review',
        released: false,
      });
    });

    it('takes nobody’s word who is not a clinician or gives no reason', () => {
      expect(verdictOn([booked, stored(), viewed('doc-9', { ...data, viewerRoles: ['patient'] })])).toEqual(flagged);
      const { reason: _, ...without } = data;
      expect(verdictOn([booked, stored(), viewed('doc-9', without)])).toEqual(flagged);
    });

    it('clears a participant as at any other time', () => {
      expect(verdictOn([booked, stored(), viewed('doc-1', data)])).toEqual(cleared);
    });

    it('releases nothing that is quarantined', () => {
      expect(verdictOn([booked, stored(), quarantined, viewed('doc-9', data)])).toMatchObject({
        severity: 'critical',
        released: false,
      });
    });
  });
});

describe('the access projection', () => {
  const people = ['int-1', 'int-2'];
  const events = fc.array(
    fc.oneof(
      fc.constantFrom(...people).map(invited),
      fc.constantFrom(...people).map(removed),
      fc.constantFrom(...people).map(joined),
      fc.constantFrom(stored(), quarantined, unquarantined, erased),
    ),
    { maxLength: 25 },
  );
  const history = events.map((rest) => recorded('patient-pat-1', [booked, ...rest]));

  it('is indifferent to events delivered again', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat()), (stream, random) => {
        let access = recordingAccess.initial();
        for (const [i, event] of stream.entries()) {
          access = project(recordingAccess, access, event);
          const again = stream[Number(random.next().value) % (i + 1)] as Appended<PatientEvent>;
          access = project(recordingAccess, access, again);
        }
        expect(access).toEqual(fold(stream));
      }),
    );
  });

  it('gives the same when it is rebuilt', () => {
    fc.assert(
      fc.property(history, fc.nat(), (stream, at) => {
        const cut = at % (stream.length + 1);
        expect(fold(stream.slice(cut), fold(stream.slice(0, cut)))).toEqual(fold(stream));
      }),
    );
  });

  it('says the same of a revision whatever came after it', () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.constantFrom('pat-1', 'doc-1', 'pat-2', ...people), (stream, at, viewerId) => {
        const revision = at % (stream.length + 1);
        const then = factsAt(fold(stream.slice(0, revision)), { ...recording, viewerId }, revision);
        expect(factsAt(fold(stream), { ...recording, viewerId }, revision)).toEqual(then);
      }),
    );
  });

  it('handles only events that exist', () => {
    for (const type of Object.keys(recordingAccess.on)) expect(Object.keys(patientEvents)).toContain(type);
  });
});
