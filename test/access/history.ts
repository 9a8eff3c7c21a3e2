import type { PatientEvent } from '../../events/patient-events.ts';

type Of<T extends PatientEvent['type']> = Extract<PatientEvent, { type: T }>;

/** One consultation of pat-1 with doc-1, as the events of pat-1's stream. */
export const target = { patientId: 'pat-1', consultationId: 'con-1' };
export const recording = { ...target, recordingId: 'rec-1' };

export const booked: PatientEvent = {
  type: 'ConsultationBooked',
  data: {
    ...target,
    clinicianId: 'doc-1',
    scheduledStart: '2026-03-01T09:00:00.000Z',
    scheduledEnd: '2026-03-01T09:30:00.000Z',
    medium: 'video',
  },
};
export const invited = (personId: string): PatientEvent => ({
  type: 'ParticipantInvited',
  data: { ...target, personId, capacity: 'interpreter' },
});
export const removed = (personId: string): PatientEvent => ({
  type: 'ParticipantRemoved',
  data: { ...target, personId },
});
export const joined = (personId: string): PatientEvent => ({
  type: 'ConsultationJoined',
  data: { ...target, personId, mediaSessionId: 'room-1' },
});
export const stored = (recordingId = 'rec-1'): PatientEvent => ({
  type: 'RecordingStored',
  data: {
    ...target,
    recordingId,
    mediaSessionId: 'room-1',
    sha256: 'a'.repeat(64),
    bytes: 10,
    contentType: 'video/webm',
    durationSeconds: null,
  },
});
export const quarantined: PatientEvent = { type: 'RecordingQuarantined', data: { ...recording, reason: 'provenance' } };
export const unquarantined: PatientEvent = { type: 'RecordingReleased', data: { ...recording, reason: 'checked' } };
export const erased: PatientEvent = { type: 'RecordingErased', data: { ...recording, reason: 'retention' } };

export const viewed = (viewerId: string, more: Partial<Of<'RecordingViewed'>['data']> = {}): Of<'RecordingViewed'> => ({
  type: 'RecordingViewed',
  data: {
    ...recording,
    viewId: `view-${viewerId}`,
    viewerId,
    viewerRoles: [],
    purpose: 'treatment',
    source: 'mediated',
    releaseMode: 'two-key',
    expiresAt: '2026-03-01T10:00:00.000Z',
    ...more,
  },
});
