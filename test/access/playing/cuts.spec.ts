import type { ViewerEvent } from '../../../events/viewer-events.ts';
import { cutBy } from '../../../src/access/playing/cuts.ts';

const view = (viewId: string) => ({
  viewerId: 'pat-2',
  viewId,
  patientId: 'pat-1',
  consultationId: 'con-1',
  recordingId: 'rec-1',
  viewRevision: 2,
  source: 'mediated' as const,
  purpose: 'treatment' as const,
  expiresAt: '2026-03-01T10:00:00.000Z',
});
const flaggedView = (released = false): ViewerEvent => ({
  type: 'ViewFlagged',
  data: { ...view('view-1'), severity: 'critical', rule: 'viewer-not-participant', released },
});

describe('cutting a transfer', () => {
  const transfer = view('view-1');
  const other = {
    ...{ viewId: 'view-2', viewerId: 'pat-3' },
    ...{ patientId: 'pat-4', consultationId: 'con-2', recordingId: 'rec-2' },
  };
  const consultation = { patientId: 'pat-1', consultationId: 'con-1' };

  it.each([
    ['flagged', flaggedView()],
    ['revoked', { type: 'ViewRevoked', data: { viewerId: 'pat-2', viewId: 'view-1', reason: 'contained' } }],
    ['viewer-suspended', { type: 'ViewerSuspended', data: { viewerId: 'pat-2', reason: 'breach' } }],
    ['participant-removed', { type: 'ParticipantRemoved', data: { ...consultation, personId: 'pat-2' } }],
    [
      'recording-quarantined',
      { type: 'RecordingQuarantined', data: { ...consultation, recordingId: 'rec-1', reason: 'provenance' } },
    ],
    [
      'recording-erased',
      { type: 'RecordingErased', data: { ...consultation, recordingId: 'rec-1', reason: 'retention' } },
    ],
  ] as const)('because of %s hits that transfer and no other', (why, event) => {
    const cut = cutBy(event, '1.4.2');
    expect(cut?.why).toBe(why);
    expect(cut?.hits(transfer)).toBe(true);
    expect(cut?.hits(other)).toBe(false);
  });

  it('hits all of them when playback is halted', () => {
    const cut = cutBy({ type: 'PlaybackHalted', data: { reason: 'incident' } }, '1.4.2');
    expect(cut?.hits(transfer)).toBe(true);
    expect(cut?.hits(other)).toBe(true);
  });

  it('hits all of them where the release that is halted is the one that runs here', () => {
    const halted = { type: 'ReleaseHalted', data: { release: '1.4.2', reason: 'incident' } } as const;
    expect(cutBy(halted, '1.4.2')?.hits(transfer)).toBe(true);
    expect(cutBy(halted, '1.4.1')).toBeUndefined();
  });

  it('does not follow from a clearance or a declared emergency', () => {
    expect(cutBy({ type: 'ViewCleared', data: view('view-1') }, '1.4.2')).toBeUndefined();
    expect(cutBy(flaggedView(true), '1.4.2')).toBeUndefined();
  });
});
