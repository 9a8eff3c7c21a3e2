// Made by `npm run clients`: answers to the requests of `clients/story.ts`.
import type { Examples } from './example.ts';

export const examples: Examples = {
  bookConsultation: {
    request: {
      clinicianId: 'clin-grace',
      scheduledStart: '2036-05-04T15:00:00Z',
      scheduledEnd: '2036-05-04T15:30:00Z',
      medium: 'audio',
    },
    status: 201,
    answer: {
      consultationId: '01a20c5e-0000-7000-8000-000000000001',
      patientId: 'pat-ada-2',
      clinicianId: 'clin-grace',
      scheduledStart: '2036-05-04T15:00:00.000Z',
      scheduledEnd: '2036-05-04T15:30:00.000Z',
      medium: 'audio',
      status: 'booked',
      participants: [
        {
          personId: 'pat-ada-2',
          capacity: 'patient',
        },
        {
          personId: 'clin-grace',
          capacity: 'clinician',
        },
      ],
      recordings: [],
      revision: 0,
    },
  },
  cancelConsultation: {
    request: {
      reasonCode: 'recovered',
    },
    status: 200,
    answer: {
      consultationId: '01a20c5e-0000-7000-8000-000000000002',
      patientId: 'auth0|pat-ada',
      clinicianId: 'clin-grace',
      scheduledStart: '2036-05-04T12:00:00.000Z',
      scheduledEnd: '2036-05-04T12:30:00.000Z',
      medium: 'video',
      status: 'cancelled',
      participants: [
        {
          personId: 'auth0|pat-ada',
          capacity: 'patient',
        },
        {
          personId: 'clin-grace',
          capacity: 'clinician',
        },
      ],
      recordings: [],
      revision: 1,
    },
  },
  rescheduleConsultation: {
    request: {
      scheduledStart: '2036-05-04T10:00:00Z',
      scheduledEnd: '2036-05-04T10:30:00Z',
    },
    status: 200,
    answer: {
      consultationId: '01a20c5e-0000-7000-8000-000000000003',
      patientId: 'auth0|pat-ada',
      clinicianId: 'clin-grace',
      scheduledStart: '2036-05-04T10:00:00.000Z',
      scheduledEnd: '2036-05-04T10:30:00.000Z',
      medium: 'video',
      status: 'booked',
      participants: [
        {
          personId: 'auth0|pat-ada',
          capacity: 'patient',
        },
        {
          personId: 'clin-grace',
          capacity: 'clinician',
        },
      ],
      recordings: [],
      revision: 3,
    },
  },
  inviteParticipant: {
    request: {
      personId: 'par-annabella',
      capacity: 'guardian',
    },
    status: 200,
    answer: {
      consultationId: '01a20c5e-0000-7000-8000-000000000003',
      patientId: 'auth0|pat-ada',
      clinicianId: 'clin-grace',
      scheduledStart: '2036-05-04T10:00:00.000Z',
      scheduledEnd: '2036-05-04T10:30:00.000Z',
      medium: 'video',
      status: 'booked',
      participants: [
        {
          personId: 'auth0|pat-ada',
          capacity: 'patient',
        },
        {
          personId: 'clin-grace',
          capacity: 'clinician',
        },
        {
          personId: 'par-annabella',
          capacity: 'guardian',
        },
      ],
      recordings: [],
      revision: 4,
    },
  },
  joinConsultation: {
    request: {
      mediaSessionId: 'room-7',
      personId: 'clin-grace',
    },
    status: 200,
    answer: {
      consultationId: '01a20c5e-0000-7000-8000-000000000003',
      patientId: 'auth0|pat-ada',
      clinicianId: 'clin-grace',
      scheduledStart: '2036-05-04T10:00:00.000Z',
      scheduledEnd: '2036-05-04T10:30:00.000Z',
      medium: 'video',
      status: 'booked',
      participants: [
        {
          personId: 'auth0|pat-ada',
          capacity: 'patient',
        },
        {
          personId: 'clin-grace',
          capacity: 'clinician',
        },
        {
          personId: 'par-annabella',
          capacity: 'guardian',
        },
      ],
      recordings: [],
      revision: 6,
    },
  },
  consentToRecording: {
    request: {
      given: true,
    },
    status: 200,
    answer: {
      consultationId: '01a20c5e-0000-7000-8000-000000000003',
      patientId: 'auth0|pat-ada',
      clinicianId: 'clin-grace',
      scheduledStart: '2036-05-04T10:00:00.000Z',
      scheduledEnd: '2036-05-04T10:30:00.000Z',
      medium: 'video',
      status: 'booked',
      participants: [
        {
          personId: 'auth0|pat-ada',
          capacity: 'patient',
        },
        {
          personId: 'clin-grace',
          capacity: 'clinician',
        },
        {
          personId: 'par-annabella',
          capacity: 'guardian',
        },
      ],
      recordings: [],
      revision: 7,
    },
  },
  uploadRecording: {
    status: 201,
    answer: {
      recordingId: '01a20c5e-0000-7000-8000-000000000004',
      consultationId: '01a20c5e-0000-7000-8000-000000000003',
      sha256: '2eeb55e08e1a51af2003fabdfc8572539de6c3f0fa1c182a5b3d3a4806b84db5',
      bytes: 844,
      contentType: 'audio/wav',
      durationSeconds: null,
      truncated: false,
      state: 'available',
      revision: 8,
    },
  },
  leaveConsultation: {
    request: {
      personId: 'auth0|pat-ada',
    },
    status: 200,
    answer: {
      consultationId: '01a20c5e-0000-7000-8000-000000000003',
      patientId: 'auth0|pat-ada',
      clinicianId: 'clin-grace',
      scheduledStart: '2036-05-04T10:00:00.000Z',
      scheduledEnd: '2036-05-04T10:30:00.000Z',
      medium: 'video',
      status: 'booked',
      participants: [
        {
          personId: 'auth0|pat-ada',
          capacity: 'patient',
        },
        {
          personId: 'clin-grace',
          capacity: 'clinician',
        },
        {
          personId: 'par-annabella',
          capacity: 'guardian',
        },
      ],
      recordings: [
        {
          recordingId: '01a20c5e-0000-7000-8000-000000000004',
          bytes: 844,
          contentType: 'audio/wav',
          durationSeconds: null,
          state: 'available',
        },
      ],
      revision: 9,
    },
  },
  completeConsultation: {
    status: 200,
    answer: {
      consultationId: '01a20c5e-0000-7000-8000-000000000003',
      patientId: 'auth0|pat-ada',
      clinicianId: 'clin-grace',
      scheduledStart: '2036-05-04T10:00:00.000Z',
      scheduledEnd: '2036-05-04T10:30:00.000Z',
      medium: 'video',
      status: 'completed',
      participants: [
        {
          personId: 'auth0|pat-ada',
          capacity: 'patient',
        },
        {
          personId: 'clin-grace',
          capacity: 'clinician',
        },
        {
          personId: 'par-annabella',
          capacity: 'guardian',
        },
      ],
      recordings: [
        {
          recordingId: '01a20c5e-0000-7000-8000-000000000004',
          bytes: 844,
          contentType: 'audio/wav',
          durationSeconds: null,
          state: 'available',
        },
      ],
      revision: 10,
    },
  },
  removeParticipant: {
    status: 200,
    answer: {
      consultationId: '01a20c5e-0000-7000-8000-000000000003',
      patientId: 'auth0|pat-ada',
      clinicianId: 'clin-grace',
      scheduledStart: '2036-05-04T10:00:00.000Z',
      scheduledEnd: '2036-05-04T10:30:00.000Z',
      medium: 'video',
      status: 'completed',
      participants: [
        {
          personId: 'auth0|pat-ada',
          capacity: 'patient',
        },
        {
          personId: 'clin-grace',
          capacity: 'clinician',
        },
      ],
      recordings: [
        {
          recordingId: '01a20c5e-0000-7000-8000-000000000004',
          bytes: 844,
          contentType: 'audio/wav',
          durationSeconds: null,
          state: 'available',
        },
      ],
      revision: 11,
    },
  },
  getConsultation: {
    status: 200,
    answer: {
      consultationId: '01a20c5e-0000-7000-8000-000000000003',
      patientId: 'auth0|pat-ada',
      clinicianId: 'clin-grace',
      scheduledStart: '2036-05-04T10:00:00.000Z',
      scheduledEnd: '2036-05-04T10:30:00.000Z',
      medium: 'video',
      status: 'completed',
      participants: [
        {
          personId: 'auth0|pat-ada',
          capacity: 'patient',
        },
        {
          personId: 'clin-grace',
          capacity: 'clinician',
        },
      ],
      recordings: [
        {
          recordingId: '01a20c5e-0000-7000-8000-000000000004',
          bytes: 844,
          contentType: 'audio/wav',
          durationSeconds: null,
          state: 'available',
        },
      ],
      revision: 11,
    },
  },
  listMyConsultations: {
    status: 200,
    answer: {
      items: [
        {
          consultationId: '01a20c5e-0000-7000-8000-000000000003',
          patientId: 'auth0|pat-ada',
          clinicianId: 'clin-grace',
          scheduledStart: '2036-05-04T10:00:00.000Z',
          scheduledEnd: '2036-05-04T10:30:00.000Z',
          medium: 'video',
          status: 'completed',
          participants: [
            {
              personId: 'auth0|pat-ada',
              capacity: 'patient',
            },
            {
              personId: 'clin-grace',
              capacity: 'clinician',
            },
          ],
          recordings: [
            {
              recordingId: '01a20c5e-0000-7000-8000-000000000004',
              bytes: 844,
              contentType: 'audio/wav',
              durationSeconds: null,
              state: 'available',
            },
          ],
        },
      ],
      revision: 11,
      next: null,
    },
  },
  listPatientConsultations: {
    status: 200,
    answer: {
      items: [
        {
          consultationId: '01a20c5e-0000-7000-8000-000000000002',
          patientId: 'auth0|pat-ada',
          clinicianId: 'clin-grace',
          scheduledStart: '2036-05-04T12:00:00.000Z',
          scheduledEnd: '2036-05-04T12:30:00.000Z',
          medium: 'video',
          status: 'cancelled',
          participants: [
            {
              personId: 'auth0|pat-ada',
              capacity: 'patient',
            },
            {
              personId: 'clin-grace',
              capacity: 'clinician',
            },
          ],
          recordings: [],
        },
      ],
      revision: 11,
      next: null,
    },
  },
  listClinicianConsultations: {
    status: 200,
    answer: {
      items: [
        {
          consultationId: '01a20c5e-0000-7000-8000-000000000002',
          patientId: 'auth0|pat-ada',
          clinicianId: 'clin-grace',
          scheduledStart: '2036-05-04T12:00:00.000Z',
          scheduledEnd: '2036-05-04T12:30:00.000Z',
          medium: 'video',
          status: 'cancelled',
          participants: [
            {
              personId: 'auth0|pat-ada',
              capacity: 'patient',
            },
            {
              personId: 'clin-grace',
              capacity: 'clinician',
            },
          ],
          recordings: [],
        },
        {
          consultationId: '01a20c5e-0000-7000-8000-000000000003',
          patientId: 'auth0|pat-ada',
          clinicianId: 'clin-grace',
          scheduledStart: '2036-05-04T10:00:00.000Z',
          scheduledEnd: '2036-05-04T10:30:00.000Z',
          medium: 'video',
          status: 'completed',
          participants: [
            {
              personId: 'auth0|pat-ada',
              capacity: 'patient',
            },
            {
              personId: 'clin-grace',
              capacity: 'clinician',
            },
          ],
          recordings: [
            {
              recordingId: '01a20c5e-0000-7000-8000-000000000004',
              bytes: 844,
              contentType: 'audio/wav',
              durationSeconds: null,
              state: 'available',
            },
          ],
        },
      ],
      next: null,
    },
  },
  getClinicianAvailability: {
    status: 200,
    answer: {
      clinicianId: 'clin-grace',
      from: '2036-05-04T00:00:00.000Z',
      to: '2036-05-04T23:00:00.000Z',
      busy: [],
      free: [
        {
          start: '2036-05-04T00:00:00.000Z',
          end: '2036-05-04T23:00:00.000Z',
        },
      ],
    },
  },
  getAccessNotifications: {
    status: 200,
    answer: {
      notify: false,
      chosen: false,
    },
  },
  chooseAccessNotifications: {
    request: {
      notify: true,
    },
    status: 200,
    answer: {
      notify: true,
      chosen: true,
    },
  },
  openView: {
    request: {
      purpose: 'patient-request',
    },
    status: 201,
    answer: {
      viewId: '01a20c5e-0000-7000-8000-000000000005',
      verdict: 'cleared',
      contentUrl: '/v1/views/01a20c5e-0000-7000-8000-000000000005/content',
      expiresAt: '2036-05-04T10:31:00.000Z',
      endsAt: '2036-05-04T10:31:00.000Z',
    },
  },
  listMyAccesses: {
    status: 200,
    answer: {
      items: [
        {
          kind: 'opened',
          at: '2036-05-04T10:31:00.000Z',
          patientId: 'auth0|pat-ada',
          viewerRoles: ['patient'],
          appVersion: '0.1.0',
          consultationId: '01a20c5e-0000-7000-8000-000000000003',
          recordingId: '01a20c5e-0000-7000-8000-000000000004',
          viewId: '01a20c5e-0000-7000-8000-000000000005',
          purpose: 'patient-request',
          source: 'mediated',
          verdict: 'cleared',
          viewerId: 'auth0|pat-ada',
          who: 'you',
          automated: false,
          reason: 'yourself',
        },
      ],
      next: 'WzEzLCJ-IixbXV0',
    },
  },
  listPatientAccesses: {
    status: 200,
    answer: {
      items: [
        {
          kind: 'opened',
          at: '2036-05-04T10:31:00.000Z',
          patientId: 'auth0|pat-ada',
          viewerRoles: ['patient'],
          appVersion: '0.1.0',
          consultationId: '01a20c5e-0000-7000-8000-000000000003',
          recordingId: '01a20c5e-0000-7000-8000-000000000004',
          viewId: '01a20c5e-0000-7000-8000-000000000005',
          purpose: 'patient-request',
          source: 'mediated',
          verdict: 'cleared',
          viewerId: 'auth0|pat-ada',
          who: 'you',
          automated: false,
          reason: 'yourself',
        },
      ],
      next: 'WzEzLCJ-IixbXV0',
    },
  },
  getBreach: {
    status: 200,
    answer: {
      breachId: '01a20c5e-0000-7000-8000-000000000006',
      status: 'open',
      severity: 'critical',
      rule: 'viewer-not-participant',
      patientId: 'auth0|pat-ada',
      consultationId: '01a20c5e-0000-7000-8000-000000000003',
      recordingId: '01a20c5e-0000-7000-8000-000000000004',
      viewerId: 'pat-eve',
      purpose: 'treatment',
      source: 'witnessed',
      contentReleased: true,
      bytesServed: null,
      bytesServedAtMost: 844,
      viewedAt: '2036-05-04T10:31:00.000Z',
      flaggedAt: '2036-05-04T10:31:00.000Z',
      appVersion: '0.1.0',
      steps: [],
    },
  },
  listBreaches: {
    status: 200,
    answer: {
      items: [
        {
          breachId: '01a20c5e-0000-7000-8000-000000000006',
          status: 'open',
          severity: 'critical',
          rule: 'viewer-not-participant',
          patientId: 'auth0|pat-ada',
          consultationId: '01a20c5e-0000-7000-8000-000000000003',
          recordingId: '01a20c5e-0000-7000-8000-000000000004',
          viewerId: 'pat-eve',
          purpose: 'treatment',
          source: 'witnessed',
          contentReleased: true,
          bytesServed: null,
          bytesServedAtMost: 844,
          viewedAt: '2036-05-04T10:31:00.000Z',
          flaggedAt: '2036-05-04T10:31:00.000Z',
          appVersion: '0.1.0',
          steps: [],
        },
      ],
      next: null,
    },
  },
  acknowledgeBreach: {
    request: {},
    status: 200,
    answer: {
      breachId: '01a20c5e-0000-7000-8000-000000000006',
      status: 'acknowledged',
      severity: 'critical',
      rule: 'viewer-not-participant',
      patientId: 'auth0|pat-ada',
      consultationId: '01a20c5e-0000-7000-8000-000000000003',
      recordingId: '01a20c5e-0000-7000-8000-000000000004',
      viewerId: 'pat-eve',
      purpose: 'treatment',
      source: 'witnessed',
      contentReleased: true,
      bytesServed: null,
      bytesServedAtMost: 844,
      viewedAt: '2036-05-04T10:31:00.000Z',
      flaggedAt: '2036-05-04T10:31:00.000Z',
      appVersion: '0.1.0',
      steps: [
        {
          type: 'BreachAcknowledged',
          at: '2036-05-04T10:31:00.000Z',
          actor: {
            id: 'on-call-1',
            roles: ['on-call'],
          },
        },
      ],
      acknowledgedAt: '2036-05-04T10:31:00.000Z',
    },
  },
  suspendViewer: {
    request: {
      reason: 'investigation',
    },
    status: 200,
    answer: {
      viewerId: 'pat-eve',
      suspended: true,
    },
  },
  reinstateViewer: {
    request: {
      reason: 'explained',
    },
    status: 200,
    answer: {
      viewerId: 'pat-eve',
      suspended: false,
    },
  },
  containBreach: {
    request: {
      reason: 'investigation',
    },
    status: 200,
    answer: {
      breachId: '01a20c5e-0000-7000-8000-000000000006',
      status: 'contained',
      severity: 'critical',
      rule: 'viewer-not-participant',
      patientId: 'auth0|pat-ada',
      consultationId: '01a20c5e-0000-7000-8000-000000000003',
      recordingId: '01a20c5e-0000-7000-8000-000000000004',
      viewerId: 'pat-eve',
      purpose: 'treatment',
      source: 'witnessed',
      contentReleased: true,
      bytesServed: null,
      bytesServedAtMost: 844,
      viewedAt: '2036-05-04T10:31:00.000Z',
      flaggedAt: '2036-05-04T10:31:00.000Z',
      appVersion: '0.1.0',
      steps: [
        {
          type: 'BreachAcknowledged',
          at: '2036-05-04T10:31:00.000Z',
          actor: {
            id: 'on-call-1',
            roles: ['on-call'],
          },
        },
        {
          type: 'BreachContained',
          at: '2036-05-04T10:31:00.000Z',
          actor: {
            id: 'on-call-1',
            roles: ['on-call'],
          },
          reason: 'investigation',
        },
      ],
      acknowledgedAt: '2036-05-04T10:31:00.000Z',
      containedAt: '2036-05-04T10:31:00.000Z',
    },
  },
  closeBreach: {
    request: {
      reason: 'explained',
    },
    status: 200,
    answer: {
      breachId: '01a20c5e-0000-7000-8000-000000000006',
      status: 'closed',
      severity: 'critical',
      rule: 'viewer-not-participant',
      patientId: 'auth0|pat-ada',
      consultationId: '01a20c5e-0000-7000-8000-000000000003',
      recordingId: '01a20c5e-0000-7000-8000-000000000004',
      viewerId: 'pat-eve',
      purpose: 'treatment',
      source: 'witnessed',
      contentReleased: true,
      bytesServed: null,
      bytesServedAtMost: 844,
      viewedAt: '2036-05-04T10:31:00.000Z',
      flaggedAt: '2036-05-04T10:31:00.000Z',
      appVersion: '0.1.0',
      steps: [
        {
          type: 'BreachAcknowledged',
          at: '2036-05-04T10:31:00.000Z',
          actor: {
            id: 'on-call-1',
            roles: ['on-call'],
          },
        },
        {
          type: 'BreachContained',
          at: '2036-05-04T10:31:00.000Z',
          actor: {
            id: 'on-call-1',
            roles: ['on-call'],
          },
          reason: 'investigation',
        },
        {
          type: 'BreachClosed',
          at: '2036-05-04T10:31:00.000Z',
          actor: {
            id: 'officer-1',
            roles: ['compliance'],
          },
          reason: 'explained',
        },
      ],
      acknowledgedAt: '2036-05-04T10:31:00.000Z',
      containedAt: '2036-05-04T10:31:00.000Z',
      closedAt: '2036-05-04T10:31:00.000Z',
      resolution: 'handled',
    },
  },
  getPlayback: {
    status: 200,
    answer: {
      halted: false,
      releases: [],
    },
  },
  mergePatient: {
    request: {
      survivingPatientId: 'pat-ada-2',
    },
    status: 200,
    answer: {
      patientId: 'auth0|pat-ada',
      mergedInto: 'pat-ada-2',
      merged: [],
      revision: 14,
    },
  },
  getPatientIdentity: {
    status: 200,
    answer: {
      patientId: 'pat-ada-2',
      mergedInto: null,
      merged: ['auth0|pat-ada'],
      revision: 1,
    },
  },
  unmergePatient: {
    request: {
      survivingPatientId: 'pat-ada-2',
      reason: 'two-people',
    },
    status: 200,
    answer: {
      patientId: 'auth0|pat-ada',
      mergedInto: null,
      merged: [],
      revision: 15,
    },
  },
};
