import type { ViewerEvent } from '../../../events/viewer-events.ts';
import { evolveViewer, mayHaveForgotten, noViews, VIEWS_KEPT, viewIn } from '../../../src/access/viewers/evolve.ts';
import { recorded } from '../../support/given.ts';

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
const clearedView = (viewId = 'view-1'): ViewerEvent => ({ type: 'ViewCleared', data: view(viewId) });
const flaggedView = (viewId = 'view-1', released = false): ViewerEvent => ({
  type: 'ViewFlagged',
  data: { ...view(viewId), severity: 'critical', rule: 'viewer-not-participant', released },
});
const fold = (...events: ViewerEvent[]) => recorded('viewer-pat-2', events).reduce(evolveViewer, noViews());

describe('folding verdicts', () => {
  it('releases what was cleared and not what was flagged', () => {
    expect(viewIn(fold(clearedView()), 'view-1')).toMatchObject({ verdict: 'cleared', released: true });
    expect(viewIn(fold(flaggedView()), 'view-1')).toMatchObject({ verdict: 'flagged', released: false });
    expect(viewIn(fold(flaggedView('view-1', true)), 'view-1')).toMatchObject({ verdict: 'flagged', released: true });
  });

  it('releases nothing that was only witnessed', () => {
    const witnessed: ViewerEvent = { type: 'ViewCleared', data: { ...view('view-1'), source: 'witnessed' } };
    expect(viewIn(fold(witnessed), 'view-1')?.released).toBe(false);
  });

  it('is indifferent to repeated verdicts', () => {
    expect(fold(clearedView(), flaggedView('view-2'), clearedView(), flaggedView('view-2'))).toEqual(
      fold(clearedView(), flaggedView('view-2')),
    );
  });

  it('never clears what was flagged', () => {
    expect(viewIn(fold(flaggedView(), clearedView()), 'view-1')?.released).toBe(false);
    expect(viewIn(fold(clearedView(), flaggedView()), 'view-1')?.released).toBe(false);
  });

  it('remembers a revocation that came before the verdict', () => {
    const revoked: ViewerEvent = {
      type: 'ViewRevoked',
      data: { viewerId: 'pat-2', viewId: 'view-1', reason: 'contained' },
    };
    expect(fold(revoked, clearedView()).revoked.has('view-1')).toBe(true);
  });

  it('forgets no revocation, however many there are', () => {
    const ids = Array.from({ length: 600 }, (_, i) => `view-${i}`);
    const revoked = ids.map(
      (viewId): ViewerEvent => ({
        type: 'ViewRevoked',
        data: { viewerId: 'pat-2', viewId, reason: 'contained' },
      }),
    );
    const viewer = fold(...ids.map((viewId) => clearedView(viewId)), ...revoked);
    expect(ids.filter((viewId) => !viewer.revoked.has(viewId))).toEqual([]);
    expect(viewer.revoked.size).toBe(600);
  });

  it('knows which views a suspension ended, also after it, and however often their verdict comes', () => {
    const suspended: ViewerEvent = { type: 'ViewerSuspended', data: { viewerId: 'pat-2', reason: 'breach' } };
    const reinstated: ViewerEvent = { type: 'ViewerReinstated', data: { viewerId: 'pat-2', reason: 'cleared-up' } };
    const viewer = fold(
      ...[clearedView('before'), flaggedView('flagged', true), suspended, reinstated],
      ...[clearedView('before'), flaggedView('flagged', true), clearedView('after')],
    );
    const place = (viewId: string) => viewIn(viewer, viewId)?.place;
    expect([place('before'), place('flagged'), viewer.suspendedAt, place('after')]).toEqual([0, 1, 2, 6]);
  });

  it('keeps a bounded number of views, the latest, and knows when there are more', () => {
    const after = (count: number) => fold(...Array.from({ length: count }, (_, i) => clearedView(`view-${i}`)));
    expect(mayHaveForgotten(after(VIEWS_KEPT))).toBe(false);
    const viewer = after(10 * VIEWS_KEPT);
    expect(mayHaveForgotten(viewer)).toBe(true);
    expect(viewIn(viewer, 'view-0')).toBeUndefined();
    for (let i = 9 * VIEWS_KEPT; i < 10 * VIEWS_KEPT; i++)
      expect(viewIn(viewer, `view-${i}`)).toMatchObject({ viewId: `view-${i}` });
    expect(viewer.views.size).toBe(VIEWS_KEPT + 1);
  });

  it('suspends and reinstates', () => {
    const suspended: ViewerEvent = { type: 'ViewerSuspended', data: { viewerId: 'pat-2', reason: 'breach' } };
    const reinstated: ViewerEvent = { type: 'ViewerReinstated', data: { viewerId: 'pat-2', reason: 'cleared-up' } };
    expect(fold(suspended).suspended).toBe(true);
    expect(fold(suspended, reinstated).suspended).toBe(false);
  });
});
