import { drillIdIn, drillPersonId } from '../../events/drill-events.ts';
import { AccessPolicy, type AccessQuestion } from '../../src/access/views/policy.ts';
import { WrongPolicy } from '../../src/drills/wrong-policy.ts';

const drillId = '0192f0c1-0000-7000-8000-000000000001';
const other = '0192f0c1-0000-7000-8000-000000000002';
const ids = [
  drillPersonId(drillId, 'patient1'),
  drillPersonId(drillId, 'viewer'),
  drillPersonId(other, 'patient1'),
  drillPersonId(other, 'viewer'),
  ...[`drill-${drillId}`, `drill-${drillId}-`, 'drill-sergeant', `xdrill-${drillId}-viewer`, `Drill-${drillId}-viewer`],
  ...['pat-1', 'doc-1', drillId],
];

const question = (patientId: string, viewerId: string): AccessQuestion => ({
  consultation: {
    ...{ patientId, consultationId: 'c-1', clinicianId: 'doc-1', status: 'booked', guests: new Map() },
    ...{ formerGuests: new Map(), recordings: new Map(), sessions: new Map(), present: new Map() },
  } as never,
  recording: { recordingId: 'r-1', state: 'available', reviewers: new Map() } as never,
  viewer: { id: viewerId, roles: ['patient'], suspended: false },
  ...{ purpose: 'patient-request', playbackHalted: false, now: '2026-03-01T09:00:00.000Z' },
});

describe('the policy of a drill', () => {
  const wrong = new WrongPolicy(drillId);
  const right = new AccessPolicy();

  it('is wrong for its own patients and its own viewer, and for no other pair', () => {
    for (const patientId of ids)
      for (const viewerId of ids) {
        const asked = question(patientId, viewerId);
        const isOwn = drillIdIn(patientId) === drillId && drillIdIn(viewerId) === drillId;
        expect([patientId, viewerId, wrong.decide(asked)]).toEqual([
          ...[patientId, viewerId],
          isOwn ? 'allowed' : right.decide(asked),
        ]);
      }
    expect(ids.filter((id) => drillIdIn(id) === drillId)).toEqual(ids.slice(0, 2));
  });
});
