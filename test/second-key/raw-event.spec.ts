import { patientEvents } from '../../events/patient-events.ts';
import { viewerEvents } from '../../events/viewer-events.ts';
import { readEvidence, type StoredEvent, Unbelievable } from '../../src/second-key/raw-event.ts';

const booked = {
  patientId: 'pat-1',
  consultationId: 'con-1',
  clinicianId: 'doc-1',
  scheduledStart: '2026-03-01T09:00:00.000Z',
  scheduledEnd: '2026-03-01T09:30:00.000Z',
  medium: 'video',
};
const stored = (more: Partial<StoredEvent> = {}): StoredEvent => ({
  id: 'event-1',
  type: 'ConsultationBooked',
  streamId: 'patient-pat-1',
  revision: 3n,
  created: new Date('2026-03-01T08:00:00Z'),
  data: booked,
  metadata: { actor: { id: 'pat-1', roles: ['patient'] } },
  ...more,
});

describe('reading a stored event for the second key', () => {
  it('takes it as it is stored', () => {
    expect(readEvidence(stored())).toMatchObject({
      ...{ type: 'ConsultationBooked', stream: 'patient-pat-1', revision: 3, data: booked },
      ...{ at: Date.parse('2026-03-01T08:00:00Z'), actor: { id: 'pat-1', roles: ['patient'] }, intended: true },
    });
  });

  it.each([
    ['another patient’s event', { data: { ...booked, patientId: 'pat-2' } }],
    ['an event of nobody', { data: { ...booked, patientId: undefined } }],
    ['an event that belongs on another kind of stream', { type: 'ViewerSuspended', data: { viewerId: 'pat-1' } }],
    ['a type that nobody knows', { type: 'ConsultationBooked.v2' }],
    ['a type named like a part of every object', { type: 'constructor' }],
    ['a field that is missing', { data: { ...booked, clinicianId: undefined } }],
    ['a field of another shape', { data: { ...booked, clinicianId: { $ne: '' } } }],
    ['data that are no object', { data: 'text' }],
    ['an event that nobody did', { metadata: {} }],
    ['roles that are no list', { metadata: { actor: { id: 'pat-1', roles: 'patient' } } }],
    ['a stream that is none of its business', { streamId: 'breach-1' }],
  ] as const)('does not believe %s', (_, more) => {
    expect(() => readEvidence(stored(more as Partial<StoredEvent>))).toThrow(Unbelievable);
  });

  it('knows every type that is written to the streams it reads', () => {
    const owner = { patient: { patientId: 'pat-1' }, viewer: { viewerId: 'doc-1' } };
    for (const type of Object.keys(patientEvents))
      expect(() => readEvidence(stored({ type, data: owner.patient }))).not.toThrow('does not belong');
    for (const type of Object.keys(viewerEvents))
      expect(() => readEvidence(stored({ type, data: owner.viewer, streamId: 'viewer-doc-1' }))).not.toThrow(
        'does not belong',
      );
  });
});
