import type { LedgerEvent } from '../../../events/categories.ts';
import type { EventMetadata, Recorded } from '../../../events/event.ts';
import { rowsOf } from '../../../projections/history.ts';
import { toAuditEvents } from '../../../src/compliance/fhir/to-audit-events.ts';
import { mustSupports, mutantsOf, shortfalls } from './must-supports.ts';

type Json = Record<string, unknown>;
type By = Partial<Pick<EventMetadata, 'actor' | 'clientId'>>;

const consultation = { patientId: 'pat-1', consultationId: 'con-1' };
const recording = { ...consultation, recordingId: 'rec-1' };
const view = { ...recording, viewId: 'view-1', viewerId: 'doc-1' };
const viewed = {
  ...view,
  ...{ viewerRoles: ['clinician'], purpose: 'treatment' as const, source: 'mediated' as const },
};
const job = { auditorId: 'officer-1', exportId: 'exp-1' };
const digest = 'a'.repeat(64);
const downloaded = { ...job, downloadId: 'down-1', part: 0, downloadedBy: 'officer-2', format: 'csv' } as const;

const asStored = (event: LedgerEvent, by: By = {}): Recorded<LedgerEvent> => ({
  ...event,
  ...{ id: '0198f000-0000-7000-8000-000000000001', stream: 'patient-pat-1', revision: 3, position: 77n },
  recordedAt: '2026-05-04T09:00:00.123Z',
  metadata: {
    actor: { id: 'doc-1', roles: ['clinician'] },
    ...{ $correlationId: 'request', $causationId: 'request', requestId: 'request', appVersion: '1.2.3' },
    ...by,
  },
});

const audited = (event: LedgerEvent, by?: By): readonly Json[] =>
  toAuditEvents(rowsOf(asStored(event, by)), 'consultation-ledger') as unknown as readonly Json[];
/** The parts of the first AuditEvent of an event. */
const partsOf = (name: 'agent' | 'entity', event: LedgerEvent, by?: By): readonly Json[] =>
  (audited(event, by)[0] as { agent: Json[]; entity: Json[] })[name];
const profilesOf = (events: readonly Json[]) =>
  events.map((event) => (event.meta as { profile: string[] }).profile[0]?.split(/[./]/).at(-1));

/** Every kind of event that has a profile, and the profiles of what is made of it. */
const kinds: readonly (readonly [name: string, event: LedgerEvent, profiles: readonly string[]])[] = [
  ['a view', { type: 'RecordingViewed', data: viewed }, ['PatientRead']],
  [
    'an emergency view',
    { type: 'RecordingViewed', data: { ...viewed, purpose: 'emergency' } },
    ['PatientRead', 'AuditEvent'],
  ],
  [
    'a witnessed view of long ago',
    { type: 'RecordingViewed', data: { ...viewed, source: 'witnessed', occurredAt: '2026-05-01T09:00:00Z' } },
    ['PatientRead'],
  ],
  [
    'a reported view',
    { type: 'ViewReported', data: { ...view, viewerRoles: [], purpose: 'treatment' } },
    ['PatientRead'],
  ],
  [
    'a list of two patients',
    {
      type: 'ConsultationsListed',
      data: {
        ...{ viewerId: 'doc-1', digest },
        shown: [
          { ...consultation, recordingIds: ['rec-1'] },
          { patientId: 'pat-2', consultationId: 'con-2', recordingIds: [] },
          { ...consultation, consultationId: 'con-3', recordingIds: [] },
        ],
      },
    },
    ['PatientQuery', 'PatientQuery'],
  ],
  [
    'a booking',
    {
      type: 'ConsultationBooked',
      data: {
        ...{ ...consultation, clinicianId: 'doc-1', medium: 'video' },
        ...{ scheduledStart: '2026-05-04T09:00:00Z', scheduledEnd: '2026-05-04T09:30:00Z' },
      },
    },
    ['PatientCreate'],
  ],
  [
    'a recording',
    {
      type: 'RecordingStored',
      data: {
        ...{ ...recording, mediaSessionId: 'room-1', sha256: digest, bytes: 1 },
        ...{ contentType: 'video/webm', durationSeconds: null },
      },
    },
    ['PatientCreate'],
  ],
  [
    'a rescheduling',
    {
      type: 'ConsultationRescheduled',
      data: { ...consultation, scheduledStart: '2026-05-04T09:00:00Z', scheduledEnd: '2026-05-04T09:30:00Z' },
    },
    ['PatientUpdate'],
  ],
  [
    'a cancellation',
    { type: 'ConsultationCancelled', data: { ...consultation, reasonCode: 'ill' } },
    ['PatientUpdate'],
  ],
  ['a completion', { type: 'ConsultationCompleted', data: consultation }, ['PatientUpdate']],
  ['a no-show', { type: 'ConsultationMissed', data: { ...consultation, by: 'patient' } }, ['PatientUpdate']],
  [
    'an invitation',
    { type: 'ParticipantInvited', data: { ...consultation, personId: 'int-1', capacity: 'interpreter' } },
    ['PatientUpdate'],
  ],
  [
    'a merge',
    { type: 'PatientsMerged', data: { patientId: 'pat-1', mergedPatientId: 'pat-1', survivingPatientId: 'pat-9' } },
    ['PatientUpdate'],
  ],
  ['a removal', { type: 'ParticipantRemoved', data: { ...consultation, personId: 'int-1' } }, ['PatientUpdate']],
  [
    'joining',
    { type: 'ConsultationJoined', data: { ...consultation, personId: 'doc-1', mediaSessionId: 'room-1' } },
    ['PatientUpdate'],
  ],
  [
    'leaving',
    { type: 'ConsultationLeft', data: { ...consultation, personId: 'doc-1', mediaSessionId: 'room-1' } },
    ['PatientUpdate'],
  ],
  ['a consent', { type: 'RecordingConsentGiven', data: { ...consultation, personId: 'pat-1' } }, ['PatientUpdate']],
  [
    'a withdrawn consent',
    { type: 'RecordingConsentWithdrawn', data: { ...consultation, personId: 'pat-1' } },
    ['PatientUpdate'],
  ],
  ['a quarantine', { type: 'RecordingQuarantined', data: { ...recording, reason: 'mixed-up' } }, ['PatientUpdate']],
  ['its end', { type: 'RecordingReleased', data: { ...recording, reason: 'checked' } }, ['PatientUpdate']],
  ['an erasure', { type: 'RecordingErased', data: { ...recording, reason: 'retention' } }, ['PatientUpdate']],
  [
    'a refused view',
    {
      type: 'RecordingViewRefused',
      data: { ...view, viewerRoles: ['clinician'], purpose: 'treatment', reasonCode: 'not-a-participant' },
    },
    ['AuthZconsent'],
  ],
  [
    'a refusal of content',
    { type: 'RecordingContentRefused', data: { ...view, reasonCode: 'not-the-viewer' } },
    ['AuthZconsent'],
  ],
  [
    'a flagged view',
    {
      type: 'ViewFlagged',
      data: { ...viewedBy(view), severity: 'critical', rule: 'not-a-participant', released: false },
    },
    ['AuditEvent'],
  ],
  [
    'an incident that is about no view',
    {
      type: 'BreachFlagged',
      data: { breachId: 'b-1', severity: 'critical', rule: 'probing', appVersion: '1', contentReleased: false },
    },
    ['AuditEvent'],
  ],
  [
    'a read of the history',
    {
      type: 'HistoryRead',
      data: {
        ...{ auditorId: 'officer-1', readId: 'read-1', question: digest, asOf: 1, format: 'csv', rows: 2 },
        patientIds: ['pat-1', 'pat-2'],
      },
    },
    ['AuditEvent', 'AuditEvent'],
  ],
  [
    'an export to an outside recipient',
    {
      type: 'ExportDownloaded',
      data: { ...downloaded, purpose: 'legal', recipient: { name: 'Court of Appeal' }, patientIds: ['pat-1'] },
    },
    ['Source'],
  ],
  [
    'an export',
    { type: 'ExportDownloaded', data: { ...downloaded, purpose: 'audit', patientIds: ['pat_1'] } },
    ['AuditEvent'],
  ],
];

function viewedBy(of: typeof view) {
  return { ...of, viewRevision: 3, source: 'mediated', purpose: 'treatment' } as const;
}

describe('an AuditEvent', () => {
  it.each(kinds)('has what its profile asks for: %s', (_, event, profiles) => {
    const events = audited(event);
    expect(profilesOf(events)).toEqual(profiles);
    for (const one of events) expect(shortfalls(one)).toEqual([]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });

  it('is made of every kind there is a profile for', () => {
    const made = new Set(kinds.flatMap(([, event]) => audited(event).map((one) => (one.meta as Json).profile)).flat());
    expect([...made].toSorted()).toEqual(Object.keys(mustSupports).toSorted());
  });

  it.each(kinds)('is found to fall short once one thing that it must have is dropped or changed: %s', (_, event) => {
    for (const one of audited(event)) {
      const mutants = [...mutantsOf(one)];
      expect(mutants.length).toBeGreaterThan(10);
      for (const { what, event: mutant } of mutants)
        expect({ what, caught: shortfalls(mutant).length > 0 }).toEqual({ what, caught: true });
    }
  });

  it('names the client that the token was issued to, on its end of the connection', () => {
    const [client, server] = partsOf('agent', { type: 'RecordingViewed', data: viewed }, { clientId: 'clinic-web' });
    expect(client).toMatchObject({
      who: { reference: 'Device/clinic-web' },
      network: { address: 'clinic-web', type: '1' },
    });
    expect(server).toMatchObject({ network: { address: 'consultation-ledger', type: '1' } });
  });

  it('says that the client is not known where no token told it, and which service reported a view', () => {
    const [unknown] = partsOf('agent', { type: 'RecordingViewed', data: viewed });
    expect(unknown).toMatchObject({ network: { address: 'unknown-client', type: '1' } });
    const witnessed = { ...viewed, source: 'witnessed' as const };
    const by = { actor: { id: 'player-service', roles: ['service'] } };
    const [service] = partsOf('agent', { type: 'RecordingViewed', data: witnessed }, by);
    expect(service).toMatchObject({ network: { address: 'player-service', type: '1' } });
  });

  it('refers to an id that FHIR would not take by the identifier alone', () => {
    const [patient] = partsOf('entity', { type: 'RecordingViewed', data: { ...viewed, patientId: 'pat_1' } });
    expect(patient?.what).toEqual({
      type: 'Patient',
      identifier: { system: 'urn:consultation-ledger:person', value: 'pat_1' },
    });
  });

  it('is the same whenever it is made', () => {
    for (const [, event] of kinds) expect(audited(event)).toEqual(audited(event));
  });
});
