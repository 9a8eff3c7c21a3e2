import { recorded } from '../../events/gate.ts';
import { recordTime } from '../../events/moved-from.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { readEvidence, Unbelievable } from '../../src/second-key/raw-event.ts';
import { append, patientEventsOf, scene, send, view, witness } from '../access/scene.ts';
import { startApp } from '../support/app.ts';

const copiedAt = new Date('2026-11-26T05:00:00.000Z');
const moved = (recordedAt: unknown, position: unknown = 'C:7/P:7') => ({ $movedFrom: { recordedAt, position } });

const stored = (more: object) => ({
  ...{ id: 'event-1', type: 'ConsultationCompleted', streamId: 'patient-pat-1', revision: 3n, created: copiedAt },
  ...{ isJson: true as const, position: { commit: 9n, prepare: 9n } },
  data: { patientId: 'pat-1', consultationId: 'con-1' },
  metadata: {
    actor: { id: 'pat-1', roles: ['patient'] },
    ...{ $correlationId: 'r', $causationId: 'r', requestId: 'r', appVersion: '1.0.0' },
    ...more,
  },
});

describe('the time of an event that was moved here', () => {
  it('is when it was recorded first, for both keys, each by its own reader', () => {
    const event = stored(moved('2026-03-01T08:00:00.1234567Z'));
    expect(recorded(event).recordedAt).toBe('2026-03-01T08:00:00.123Z');
    expect(readEvidence(event).at).toBe(Date.parse('2026-03-01T08:00:00.123Z'));
  });

  it('is the store’s own where it was not moved', () => {
    expect(recorded(stored({})).recordedAt).toBe(copiedAt.toISOString());
    expect(readEvidence(stored({})).at).toBe(copiedAt.getTime());
  });

  it('leaves the place of this store alone, and the metadata as the ledger wrote them', () => {
    const { position, revision, metadata } = recorded(stored(moved('2026-03-01T08:00:00Z')));
    expect([position, revision]).toEqual([9n, 3]);
    expect(metadata).toEqual(stored({}).metadata);
  });

  it.each([
    ['no time', moved('soon')],
    ['a number', moved(1_772_352_000_000)],
    ['a time of some other place', moved('2026-03-01T08:00:00+02:00')],
    ['nothing', { $movedFrom: null }],
  ])('is not guessed where the mark says %s', (_, mark) => {
    expect(recordTime(copiedAt, mark)).toBeUndefined();
    expect(() => recorded(stored(mark))).toThrow('do not say when it was recorded');
    expect(() => readEvidence(stored(mark))).toThrow(Unbelievable);
  });
});

describe('whoever calls the API', () => {
  it('cannot say when something was recorded: no text of theirs becomes a field of the metadata', async () => {
    const app = await startApp();
    try {
      const forged = moved('2001-01-01T00:00:00.000Z');
      const here = await scene(app);
      const text = JSON.stringify(forged);
      // Unknown fields are refused; what is taken says it in every place where text may be.
      const headers = { 'idempotency-key': text, 'x-request-id': '$movedFrom', 'x-client-release': '2001' };
      const path = `/v1/patients/${here.patientId}/consultations/${here.consultationId}/participants`;
      for (const more of [{}, forged, { metadata: forged }]) {
        await view(app, here, here.patientId, { headers: { ...headers, 'idempotency-key': 'key' }, ...more });
        await view(app, here, 'doc-9', { roles: ['clinician'], purpose: 'emergency', reason: text, ...more });
        await witness(app, here, here.clinicianId, more);
        const guest = { personId: 'doc-9', capacity: 'specialist', ...more };
        await send(app, 'POST', path, { as: here.patientId, roles: ['patient'], headers, body: guest });
      }
      await append(app, here.patientId, {
        type: 'ConsultationCompleted',
        data: { patientId: here.patientId, consultationId: here.consultationId, ...forged },
      });
      const written: unknown[] = [];
      for await (const { event } of app.app.get(Ledger).store.raw.readAll())
        if (event && !event.streamId.startsWith('$')) written.push(event.metadata);
      expect(written.length).toBeGreaterThan(5);
      for (const metadata of written) expect(Object.keys(metadata as object)).not.toContain('$movedFrom');
      for (const { recordedAt } of await patientEventsOf(app, here)) expect(recordedAt > '2026').toBe(true);
    } finally {
      await app.close();
    }
  });
});
