import type { ErasureEvent } from '../../events/erasure-events.ts';
import type { Appended, Recorded } from '../../events/event.ts';
import { type Erasure, type ErasureState, erasureBoard, evolveErasure } from '../../projections/erasure.ts';
import { OwnCase } from '../../src/access/errors.ts';
import { certificateOf, digestOf, erasedOf } from '../../src/erasure/certificate.ts';
import { approve, begin, cancel, finish, request } from '../../src/erasure/decide.ts';
import { ErasureIsClosed, ErasureNotDone, ErasureNotFound } from '../../src/erasure/errors.ts';

const HOUR_MS = 3_600_000;
const START = Date.parse('2036-03-01T09:00:00.000Z');
const iso = (ms: number) => new Date(ms).toISOString();
const ids = { erasureId: 'era-1', patientId: 'pat-1' };

const requested: ErasureEvent = {
  type: 'SubjectErasureRequested',
  data: { ...ids, reason: 'objection', requestedBy: 'officer-1', at: iso(START) },
};
const approved: ErasureEvent = {
  type: 'SubjectErasureApproved',
  data: { ...ids, approvedBy: 'officer-2', at: iso(START), beginsAt: iso(START + 72 * HOUR_MS) },
};
const cancelled: ErasureEvent = {
  type: 'SubjectErasureCancelled',
  data: { ...ids, cancelledBy: 'officer-3', reason: 'legal-claim', at: iso(START) },
};
const begun: ErasureEvent = { type: 'SubjectErasureBegun', data: { ...ids, at: iso(START + 72 * HOUR_MS) } };
const given = (...events: ErasureEvent[]) =>
  events.reduce<ErasureState>((state, event) => evolveErasure(state, event as Appended<ErasureEvent>), undefined);
const done = {
  ...{ keyIds: ['key-1'], recordings: [{ recordingId: 'rec-1', sealed: true }] },
  ...{ erasedAt: iso(START + 73 * HOUR_MS), keyBackupsUntil: iso(START + 800 * HOUR_MS) },
};
const erased = (): ErasureEvent => ({
  type: 'SubjectErased',
  data: erasedOf(given(requested, approved, begun) as Erasure, done),
});

describe('asking for an erasure', () => {
  it('is put on record once', () => {
    const wanted = { ...ids, reason: 'objection' };
    expect(request(undefined, wanted, { by: 'officer-1', now: START })).toEqual([requested]);
    expect(request(given(requested), wanted, { by: 'officer-2', now: START })).toEqual([]);
  });
});

describe('approving an erasure', () => {
  const by = (officer: string) => ({ by: officer, now: START, holdMs: 72 * HOUR_MS });

  it('is for a second officer, who is not the patient, and sets the time at which it begins', () => {
    expect(approve(given(requested), by('officer-2'))).toEqual([approved]);
    expect(() => approve(given(requested), by('officer-1'))).toThrow(OwnCase);
    expect(() => approve(given(requested), by('pat-1'))).toThrow(OwnCase);
    expect(approve(given(requested, approved), by('officer-2'))).toEqual([]);
  });

  it('is refused of one that is not waiting for it', () => {
    expect(() => approve(undefined, by('officer-2'))).toThrow(ErasureNotFound);
    expect(() => approve(given(requested, approved), by('officer-3'))).toThrow(ErasureIsClosed);
    expect(() => approve(given(requested, cancelled), by('officer-2'))).toThrow(ErasureIsClosed);
    expect(() => approve(given(requested, approved, begun), by('officer-2'))).toThrow(ErasureIsClosed);
  });
});

describe('cancelling an erasure', () => {
  const by = (officer: string) => ({ by: officer, now: START, reason: 'legal-claim' });

  it('is possible until it has begun, and is done once', () => {
    for (const state of [given(requested), given(requested, approved)])
      expect(cancel(state, by('officer-3'))).toEqual([cancelled]);
    expect(cancel(given(requested, cancelled), by('officer-1'))).toEqual([]);
    expect(() => cancel(given(requested, approved, begun), by('officer-3'))).toThrow(ErasureIsClosed);
    expect(() => cancel(given(requested), by('pat-1'))).toThrow(OwnCase);
    expect(() => cancel(undefined, by('officer-3'))).toThrow(ErasureNotFound);
  });
});

describe('an erasure', () => {
  it('begins when its time has come, approved and not cancelled', () => {
    const due = START + 72 * HOUR_MS;
    expect(begin(given(requested, approved), due)).toEqual([begun]);
    expect(begin(given(requested, approved), due - 1)).toEqual([]);
    for (const state of [
      undefined,
      given(requested),
      given(requested, approved, cancelled),
      given(requested, approved, begun),
    ])
      expect(begin(state, due)).toEqual([]);
  });

  it('is done once, by who is first', () => {
    const { data } = erased();
    expect(finish(given(requested, approved, begun), data as never)).toEqual([erased()]);
    for (const state of [given(requested, approved), given(requested, approved, begun, erased())])
      expect(finish(state, data as never)).toEqual([]);
  });

  it('has a certificate with a digest of all else that is in it, once it is done', () => {
    const { digest, ...certificate } = certificateOf(given(requested, approved, begun, erased()) as Erasure);
    expect(certificate).toEqual({
      ...{ ...ids, reason: 'objection', requestedBy: 'officer-1', requestedAt: iso(START) },
      ...{ approvedBy: 'officer-2', approvedAt: iso(START), begunAt: iso(START + 72 * HOUR_MS), ...done },
    });
    expect(digest).toBe(digestOf(certificate));
    expect(digestOf({ ...certificate, keyIds: [] })).not.toBe(digest);
    expect(() => certificateOf(given(requested, approved, begun) as Erasure)).toThrow(ErasureNotDone);
  });

  it('is the same when an event is delivered again', () => {
    const stored = [requested, approved, begun].map(
      (event, revision) => ({ ...event, revision }) as unknown as Recorded<ErasureEvent>,
    );
    const fold = (events: readonly Recorded<ErasureEvent>[]) =>
      events.reduce<ReturnType<typeof erasureBoard.evolve>>(
        (view, event) => erasureBoard.evolve(view, event, 'era-1'),
        undefined,
      );
    expect(fold([...stored, ...stored])).toEqual(fold(stored));
    expect(fold(stored)).toEqual({ erasure: given(requested, approved, begun), revision: 2 });
  });
});
