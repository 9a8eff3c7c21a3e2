import fc from 'fast-check';
import type { PatientEvent } from '../../../events/patient-events.ts';
import type { ViewerEvent } from '../../../events/viewer-events.ts';
import { judge } from '../../../projections/access-rules.ts';
import type { Evidence } from '../../../projections/evidence.ts';
import {
  factsAt,
  noAccess,
  type RecordingAccess,
  removedSince,
  takeIn,
} from '../../../projections/recording-access.ts';
import { noStanding, takeInViewer } from '../../../projections/viewer-standing.ts';
import { isOpenAt } from '../../../src/second-key/content-permits.ts';
import { markOf, NO_INTENT } from '../../../src/second-key/intent.ts';
import { evidence, FIRST_AT } from '../../support/given.ts';
import {
  booked,
  erased,
  invited,
  joined,
  quarantined,
  recording,
  removed,
  stored,
  target,
  unquarantined,
  viewed,
} from '../history.ts';

const fold = (events: readonly Evidence<PatientEvent>[], access = noAccess()): RecordingAccess => {
  for (const event of events) takeIn(access, event);
  return access;
};

const standingAfter = (events: readonly ViewerEvent[]) => {
  const standing = noStanding();
  for (const event of evidence('viewer-doc-9', events)) takeInViewer(standing, event);
  return standing;
};

type Done = Parameters<typeof evidence<PatientEvent>>[1][number];
const by = (event: PatientEvent, id: string, ...roles: string[]): Done => ({ ...event, actor: { id, roles } });

/** The verdict on the last event of the history, with whatever happened after it known too. */
const verdictOn = (history: readonly Done[], after: readonly Done[] = [], standing = noStanding()) => {
  const stream = evidence<PatientEvent>('patient-pat-1', [...history, ...after]);
  const view = stream[history.length - 1];
  if (view?.type !== 'RecordingViewed') throw new Error('the history must end with a view');
  return judge(fold(stream), standing, view, { emergencyPatients: 3 });
};

const cleared = { verdict: 'cleared' };
const flagged = { verdict: 'flagged', severity: 'critical', rule: 'viewer-not-participant', released: false };

const sealed = { keyId: 'key-1', objectKey: 'A'.repeat(80), head: `${'A'.repeat(75)}=`, sha256: 'a'.repeat(64) };

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
    const rule = (history: readonly Done[]) => verdictOn(history);
    expect(rule([booked, viewed('pat-1')])).toMatchObject({ rule: 'recording-not-in-consultation', released: false });
    expect(rule([viewed('pat-1')])).toMatchObject({ rule: 'recording-not-in-consultation', released: false });
    expect(rule([booked, stored(), quarantined, viewed('pat-1')])).toMatchObject({ rule: 'recording-quarantined' });
    expect(rule([booked, stored(), quarantined, unquarantined, viewed('pat-1')])).toEqual(cleared);
    expect(rule([booked, stored(), erased, viewed('pat-1')])).toMatchObject({ rule: 'recording-erased' });
  });

  describe('for a review', () => {
    const assigning = {
      kind: 'assign',
      ...recording,
      reviewerId: 'oncall-1',
      until: '2026-03-01T09:00:00.000Z',
    } as const;
    const assigned = (
      { actor = { id: 'officer-1', roles: ['compliance'] }, ...more }: Pick<Done, 'actor'> & { until?: string } = {},
      said = markOf({ ...assigning, ...more }),
    ): Done => ({
      type: 'ReviewerAssigned',
      data: { ...recording, reviewerId: 'oncall-1', reason: 'case-7', until: more.until ?? assigning.until },
      ...{ actor, intent: said },
    });
    const reviewed = (viewerId = 'oncall-1', viewerRoles = ['on-call'], purpose: 'review' | 'operations' = 'review') =>
      viewed(viewerId, { purpose, viewerRoles });

    it('clears who was assigned, until the time of it', () => {
      expect(verdictOn([booked, stored(), assigned(), reviewed()])).toEqual(cleared);
      expect(verdictOn([booked, stored(), assigned(), reviewed('oncall-1', ['compliance'])])).toEqual(cleared);
      // Recorded three seconds after the first event, and the assignment is over by then.
      const over = assigned({ until: '2026-03-01T08:00:02.500Z' });
      expect(verdictOn([booked, stored(), over, reviewed()])).toEqual(flagged);
    });

    it('flags everyone else, and other purposes and roles', () => {
      expect(verdictOn([booked, stored(), reviewed()])).toEqual(flagged);
      expect(verdictOn([booked, stored(), reviewed()], [assigned()])).toEqual(flagged);
      expect(verdictOn([booked, stored(), assigned(), reviewed('oncall-2')])).toEqual(flagged);
      expect(verdictOn([booked, stored(), assigned(), reviewed('oncall-1', ['clinician'])])).toEqual(flagged);
      expect(verdictOn([booked, stored(), assigned(), reviewed('oncall-1', ['on-call'], 'operations')])).toEqual(
        flagged,
      );
    });

    it('believes a compliance officer, for another person, as the request said it, and for a day at most', () => {
      const by = (id: string, ...roles: string[]) => assigned({ actor: { id, roles } });
      for (const unbelieved of [
        by('oncall-1', 'compliance'),
        by('officer-1', 'on-call'),
        by('app', 'service'),
        assigned({}, NO_INTENT),
        { ...assigned(), intent: undefined },
        assigned({}, markOf({ ...assigning, reviewerId: 'oncall-2' })),
        assigned({}, markOf({ ...assigning, recordingId: 'rec-2' })),
        assigned({ until: '2026-03-03T09:00:00.000Z' }),
      ])
        expect(verdictOn([booked, stored(), unbelieved, reviewed()])).toEqual(flagged);
    });

    it('does not open what is quarantined or erased', () => {
      expect(verdictOn([booked, stored(), assigned(), quarantined, reviewed()])).toMatchObject({
        rule: 'recording-quarantined',
      });
      expect(verdictOn([booked, stored(), assigned(), erased, reviewed()])).toMatchObject({ rule: 'recording-erased' });
    });
  });

  it.each([
    ['completed', { type: 'ConsultationCompleted', data: target }],
    ['missed', { type: 'ConsultationMissed', data: { ...target, by: 'clinician' } }],
  ] as const)('does not count who joined once the consultation was %s', (_, over) => {
    const proved = stored();
    if (proved.type !== 'RecordingStored') throw new Error('the history has no such recording');
    // One that is sealed has no hashes of chunks, and is no older for that.
    for (const more of [{ chunks: { bytes: 10, sha256: 'A'.repeat(44) } }, { sealed }]) {
      const filed = { ...proved, data: { ...proved.data, ...more } };
      expect(verdictOn([booked, joined('pat-1'), joined('doc-1'), over, filed, viewed('pat-1')])).toEqual(cleared);
      expect(verdictOn([booked, joined('pat-1'), over, joined('doc-1'), filed, viewed('pat-1')])).toMatchObject({
        rule: 'recording-quarantined',
        released: false,
      });
    }
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

describe('who may let somebody in', () => {
  const guest = [stored(), viewed('int-1')] as const;

  it('is the patient, the booked clinician and a service, whatever the stream says', () => {
    for (const [id, ...roles] of [
      ['pat-1', 'patient'],
      ['doc-1', 'clinician'],
      ['app', 'service'],
    ] as const)
      expect(verdictOn([booked, by(invited('int-1'), id, ...roles), ...guest])).toEqual(cleared);
    for (const [id, ...roles] of [
      ['int-1', 'patient'],
      ['int-2', 'clinician'],
      ['desk', 'compliance', 'on-call'],
    ] as const)
      expect(verdictOn([booked, invited('int-2'), by(invited('int-1'), id, ...roles), ...guest])).toEqual(flagged);
  });

  it('is the same for who sends them away', () => {
    const history = [booked, invited('int-1'), invited('int-2')];
    expect(verdictOn([...history, by(removed('int-1'), 'int-2', 'patient'), ...guest])).toEqual(cleared);
    expect(verdictOn([...history, by(removed('int-1'), 'pat-1', 'patient'), ...guest])).toEqual(flagged);
  });

  it('and who may book is the patient, the clinician in that role, and a service', () => {
    const view = [stored(), viewed('doc-1')] as const;
    for (const [id, ...roles] of [
      ['pat-1', 'patient'],
      ['doc-1', 'clinician'],
      ['app', 'service'],
    ] as const)
      expect(verdictOn([by(booked, id, ...roles), ...view])).toEqual(cleared);
    for (const [id, ...roles] of [
      ['doc-1', 'patient'],
      ['pat-2', 'patient'],
      ['doc-2', 'clinician'],
    ] as const)
      expect(verdictOn([by(booked, id, ...roles), ...view])).toMatchObject({ verdict: 'flagged' });
  });

  it('does not let in another person than the request named, nor anybody by another request', () => {
    const asked = (personId: string) => markOf({ kind: 'invite', ...target, personId, capacity: 'interpreter' });
    expect(verdictOn([booked, { ...invited('int-1'), intent: asked('int-1') }, ...guest])).toEqual(cleared);
    expect(verdictOn([booked, { ...invited('int-1'), intent: asked('int-2') }, ...guest])).toEqual(flagged);
    expect(verdictOn([booked, { ...invited('int-1'), intent: NO_INTENT }, ...guest])).toEqual(flagged);
    expect(verdictOn([{ ...booked, intent: NO_INTENT }, stored(), viewed('doc-1')])).toMatchObject({
      verdict: 'flagged',
    });
  });
});

describe('a view under another id of the same person', () => {
  const ids = { mergedPatientId: 'pat-1', survivingPatientId: 'pat-9' };
  const said = (type: 'PatientsMerged' | 'PatientsUnmerged', to = 'pat-9', more: Partial<Done> = {}): Done => {
    const data = { patientId: 'pat-1', ...ids, survivingPatientId: to };
    const event = type === 'PatientsMerged' ? { type, data } : { type, data: { ...data, reason: 'two-people' } };
    const kind = type === 'PatientsMerged' ? 'merge' : 'unmerge';
    return { ...event, intent: markOf({ kind, patientId: 'pat-1', survivingId: to }), ...more } as Done;
  };
  const merged = said('PatientsMerged');
  const unmerged = said('PatientsUnmerged');

  it('is cleared while it holds, and flagged before and after', () => {
    expect(verdictOn([booked, stored(), viewed('pat-9')], [merged])).toEqual(flagged);
    expect(verdictOn([booked, stored(), merged, viewed('pat-9')], [unmerged])).toEqual(cleared);
    expect(verdictOn([booked, stored(), merged, unmerged, viewed('pat-9')])).toEqual(flagged);
    expect(verdictOn([booked, merged, stored(), viewed('pat-1')])).toEqual(cleared);
    expect(verdictOn([booked, merged, stored(), viewed('pat-8')])).toEqual(flagged);
  });

  it.each<[string, Done]>([
    ['a patient’s word', said('PatientsMerged', 'pat-9', { actor: { id: 'pat-9', roles: ['patient'] } })],
    [
      'the word of an officer whose own id it is',
      said('PatientsMerged', 'pat-9', { actor: { id: 'pat-9', roles: ['compliance'] } }),
    ],
    ['another request', said('PatientsMerged', 'pat-9', { intent: NO_INTENT })],
    [
      'a request that named others',
      said('PatientsMerged', 'pat-9', { intent: markOf({ kind: 'merge', patientId: 'pat-1', survivingId: 'pat-8' }) }),
    ],
    [
      'a request to take it back',
      said('PatientsMerged', 'pat-9', {
        intent: markOf({ kind: 'unmerge', patientId: 'pat-1', survivingId: 'pat-9' }),
      }),
    ],
  ])('is flagged where the merge is %s', (_, wrong) => {
    expect(verdictOn([booked, stored(), wrong, viewed('pat-9')])).toEqual(flagged);
  });

  it('is flagged where no request named it, as in no release, or where this id is the surviving one', () => {
    const { intent: _, ...unmarked } = merged;
    expect(verdictOn([booked, stored(), unmarked, viewed('pat-9')])).toEqual(flagged);
    const other = { mergedPatientId: 'pat-9', survivingPatientId: 'pat-1' };
    const named = { type: 'PatientsMerged', data: { patientId: 'pat-1', ...other } } as const;
    const intent = markOf({ kind: 'merge', patientId: 'pat-9', survivingId: 'pat-1' });
    expect(verdictOn([booked, stored(), { ...named, intent }, viewed('pat-9')])).toEqual(flagged);
  });

  it('is flagged where this id is merged into a third one already', () => {
    const third = said('PatientsMerged', 'pat-8');
    expect(verdictOn([booked, stored(), third, merged, viewed('pat-9')])).toEqual(flagged);
    expect(verdictOn([booked, stored(), third, said('PatientsUnmerged', 'pat-8'), merged, viewed('pat-9')])).toEqual(
      cleared,
    );
  });

  it('lets the person invite, and be there for the patient where a recording is made', () => {
    const asNow = (event: PatientEvent): Done => by(event, 'pat-9', 'patient');
    expect(verdictOn([booked, stored(), merged, asNow(invited('int-1')), viewed('int-1')])).toEqual(cleared);
    expect(verdictOn([booked, stored(), asNow(invited('int-1')), merged, viewed('int-1')])).toEqual(flagged);
    const { type, data } = stored() as Extract<PatientEvent, { type: 'RecordingStored' }>;
    const chunked: PatientEvent = { type, data: { ...data, chunks: { bytes: 10, sha256: 'AAAA' } } };
    const there = [joined('pat-9'), joined('doc-1'), chunked];
    expect(verdictOn([booked, merged, ...there, viewed('doc-1')])).toEqual(cleared);
    expect(verdictOn([booked, ...there, merged, viewed('doc-1')])).toMatchObject({ rule: 'recording-quarantined' });
  });

  it('is over for good for what was open before it was taken back', () => {
    const access = fold(
      evidence<PatientEvent>('patient-pat-1', [booked, stored(), merged, viewed('pat-9'), unmerged, merged]),
    );
    expect(removedSince(access, 'con-1', 'pat-9', 3)).toBe(true);
    expect(removedSince(access, 'con-1', 'pat-9', 5)).toBe(false);
  });
});

describe('a view that is reported late', () => {
  const at = (seconds: number) => ({
    source: 'witnessed' as const,
    occurredAt: new Date(FIRST_AT + seconds * 1_000).toISOString(),
  });
  const review = { verdict: 'flagged', severity: 'review', rule: 'reported-late', released: false };

  it('is judged as of then where nothing changed since', () => {
    expect(verdictOn([booked, stored(), invited('int-1'), viewed('int-1', at(2))])).toEqual(cleared);
    expect(verdictOn([booked, stored(), viewed('pat-2', at(1))])).toEqual(flagged);
  });

  it('is for a person to look at where it was otherwise then, in both directions', () => {
    expect(verdictOn([booked, stored(), invited('int-1'), viewed('int-1', at(1))])).toEqual(review);
    expect(verdictOn([booked, stored(), invited('int-1'), removed('int-1'), viewed('int-1', at(2))])).toEqual(review);
    expect(verdictOn([booked, stored(), viewed('pat-1', at(0))])).toEqual(review);
  });

  it('stays critical where it was wrong then and is wrong now, for another reason', () => {
    expect(verdictOn([booked, stored(), viewed('pat-2', at(0))])).toMatchObject({ severity: 'critical' });
  });
});

describe('a viewer who is suspended', () => {
  const suspended = standingAfter([{ type: 'ViewerSuspended', data: { viewerId: 'doc-9', reason: 'case-1' } }]);
  const reinstated = standingAfter([
    { type: 'ViewerSuspended', data: { viewerId: 'doc-9', reason: 'case-1' } },
    { type: 'ViewerReinstated', data: { viewerId: 'doc-9', reason: 'case-1' } },
  ]);
  const history = [booked, stored(), invited('doc-9'), viewed('doc-9', { source: 'witnessed' })] as const;

  it('is flagged for that, also where a service reports the view', () => {
    expect(verdictOn(history, [], suspended)).toMatchObject({ severity: 'critical', rule: 'viewer-suspended' });
    expect(verdictOn(history, [], reinstated)).toEqual(cleared);
  });
});

describe('emergencies of one clinician', () => {
  const emergency = (patientId: string): ViewerEvent => ({
    type: 'ViewFlagged',
    data: {
      ...{ viewerId: 'doc-9', viewId: `view-${patientId}`, patientId, consultationId: 'con-9', recordingId: 'rec-9' },
      ...{ viewRevision: 2, source: 'mediated', purpose: 'emergency' },
      ...{ severity: 'review', rule: 'emergency-access', released: true },
    },
  });
  const view = viewed('doc-9', { purpose: 'emergency', reason: 'unconscious', viewerRoles: ['clinician'] });
  const after = (...patients: string[]) =>
    verdictOn([booked, stored(), view], [], standingAfter(patients.map(emergency)));

  it('are released for so many patients a day, and withheld for one more', () => {
    expect(after('pat-2', 'pat-3')).toMatchObject({ severity: 'review', released: true });
    expect(after('pat-2', 'pat-3', 'pat-4')).toMatchObject({
      ...{ severity: 'critical', rule: 'emergency-limit', released: false },
    });
  });

  it('count each patient once, and the same patient not at all', () => {
    expect(after('pat-2', 'pat-2', 'pat-2', 'pat-3', 'pat-1')).toMatchObject({ released: true });
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
  const history = events.map((rest) => evidence<PatientEvent>('patient-pat-1', [booked, ...rest]));

  it('is indifferent to events delivered again', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat()), (stream, random) => {
        const access = noAccess();
        for (const [i, event] of stream.entries()) {
          takeIn(access, event);
          takeIn(access, stream[Number(random.next().value) % (i + 1)] as Evidence<PatientEvent>);
        }
        expect(access).toEqual(fold(stream));
      }),
    );
  });

  it('says the same of a revision whatever came after it', () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.constantFrom('pat-1', 'doc-1', 'pat-2', ...people), (stream, at, viewerId) => {
        const revision = at % (stream.length + 1);
        const then = factsAt(fold(stream.slice(0, revision)), { ...recording, viewerId }, { revision });
        expect(factsAt(fold(stream), { ...recording, viewerId }, { revision })).toEqual(then);
      }),
    );
  });

  it('says the same of a time as of the revision it falls before', () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.constantFrom('pat-1', 'doc-1', ...people), (stream, at, viewerId) => {
        const revision = at % (stream.length + 1);
        const time = FIRST_AT + revision * 1_000 - 1;
        const access = fold(stream);
        expect(factsAt(access, { ...recording, viewerId }, { time })).toEqual(
          factsAt(access, { ...recording, viewerId }, { revision }),
        );
      }),
    );
  });
});

describe('the verdicts that the second key keeps of a person', () => {
  it('are the latest; of when the others were recorded it knows, so that a late delivery is looked up', () => {
    const cleared = (viewId: string): ViewerEvent => ({
      type: 'ViewCleared',
      data: {
        ...{ ...target, viewId, viewerId: 'doc-9', recordingId: 'rec-1' },
        ...{ viewRevision: 1, source: 'mediated', purpose: 'treatment' },
      },
    });
    const events = evidence(
      'viewer-doc-9',
      Array.from({ length: 2_002 }, (_, i) => cleared(`view-${i}`)),
    );
    const standing = noStanding();
    for (const event of events.slice(0, 2_000)) takeInViewer(standing, event);
    expect(standing.forgottenUntil).toBe(Number.NEGATIVE_INFINITY);
    for (const event of events.slice(2_000)) takeInViewer(standing, event);
    expect(standing.verdicts.has('view-1')).toBe(false);
    expect(standing.verdicts.has('view-2')).toBe(true);
    expect(standing.forgottenUntil).toBe(events[1]?.at);
  });
});

describe('how long a view may be asked for', () => {
  const TTL_MS = 900_000;
  const at = (ms: number) => new Date(FIRST_AT + ms).toISOString();
  const idle = { expiresAt: at(TTL_MS), idleSeconds: TTL_MS / 1_000, endsAt: at(4 * TTL_MS) };
  const began = (viewerId: string, actorId = viewerId, recordingId = recording.recordingId): Done =>
    by(
      {
        type: 'RecordingTransferBegan',
        data: { ...recording, recordingId, viewId: 'view-doc-1', viewerId, transferId: 't-1', range: [0, 9] },
      },
      actorId,
    );
  const viewAfter = (life: object, ...then: readonly Done[]) =>
    fold(evidence<PatientEvent>('patient-pat-1', [booked, stored(), viewed('doc-1', life), ...then])).views.get(
      'view-doc-1',
    );
  const isOpen = (view: ReturnType<typeof viewAfter>, ms: number, servedMs?: number) =>
    isOpenAt(view, servedMs === undefined ? undefined : FIRST_AT + servedMs, FIRST_AT + ms);

  it('is its idle time, from when bytes of it last left here, and its end at most', () => {
    const view = viewAfter(idle);
    expect([TTL_MS - 1, TTL_MS].map((ms) => isOpen(view, ms))).toEqual([true, false]);
    expect([2 * TTL_MS - 2, 2 * TTL_MS - 1].map((ms) => isOpen(view, ms, TTL_MS - 1))).toEqual([true, false]);
    expect([4 * TTL_MS - 1, 4 * TTL_MS].map((ms) => isOpen(view, ms, ms - 1))).toEqual([true, false]);
  });

  it('is longer by the transfers that the ledger tells of, to its own viewer and of its own recording', () => {
    // On record three seconds after the first event.
    const used = 3_000 + TTL_MS;
    expect([used - 1, used].map((ms) => isOpen(viewAfter(idle, began('doc-1')), ms))).toEqual([true, false]);
    for (const strange of [began('doc-2'), began('doc-1', 'doc-2'), began('doc-1', 'doc-1', 'rec-other')])
      expect(isOpen(viewAfter(idle, strange), TTL_MS)).toBe(false);
  });

  it('is over at the time that a view of an older release says, and at once where a view says none', () => {
    const old = viewAfter({ expiresAt: idle.expiresAt }, began('doc-1'));
    expect([TTL_MS - 1, TTL_MS].map((ms) => isOpen(old, ms, TTL_MS - 2))).toEqual([true, false]);
    for (const torn of [{ expiresAt: undefined }, { ...idle, endsAt: undefined }, { ...idle, idleSeconds: undefined }])
      expect(isOpen(viewAfter(torn, began('doc-1')), TTL_MS, TTL_MS - 1)).toBe(false);
    expect(isOpen(undefined, 0)).toBe(false);
  });
});
