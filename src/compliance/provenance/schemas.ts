import { z } from 'zod';
import { BucketName } from '../../../events/media-events.ts';
import { GuestCapacity, Id, ProviderId, ReasonCode, Sha256Hex } from '../../../events/values.ts';
import { PersonId } from '../../request/person-id.ts';
import { stepKinds } from './steps.ts';

const Capacity = z.enum(['patient', 'clinician', ...GuestCapacity.options]);

const StepSchema = z
  .object({
    what: z.enum(stepKinds),
    at: z.iso.datetime(),
    by: PersonId.describe('who did it, or the service that did'),
    appVersion: z.string().describe('the release of the ledger that recorded it'),
    clientRelease: z.string().optional().describe('the release of the app that asked for it'),
    personId: PersonId.optional().describe('who joined, left, was invited or removed, agreed, or may review it'),
    mediaSessionId: ProviderId.optional().describe('the media session that was joined or left'),
    bucket: BucketName.optional().describe('the recorder’s bucket that it was claimed from'),
    reason: ReasonCode.optional(),
    until: z.iso.datetime().optional().describe('until when it may be reviewed'),
  })
  .meta({ id: 'ProvenanceStep' });

export const ProvenanceSchema = z
  .object({
    patientId: PersonId,
    consultationId: Id,
    recordingId: Id,
    clinicianId: PersonId.describe('who is booked'),
    state: z.enum(['available', 'quarantined', 'erased']),
    mediaSessionId: ProviderId.describe('the media session that it was made in'),
    joined: z
      .array(z.object({ personId: PersonId, capacity: Capacity }))
      .describe(
        'who took part and joined that session while the consultation was open: two of them prove that it belongs here',
      ),
    consent: z.boolean().describe('whether the patient agrees to be recorded, by now'),
    uploadedBy: PersonId.describe('who filed it, or the service that did'),
    sha256: Sha256Hex,
    bytes: z.int().nonnegative(),
    contentType: z.string(),
    durationSeconds: z.number().nullable(),
    truncated: z.boolean().describe('whether its container says that bytes are missing at its end'),
    steps: z
      .array(StepSchema)
      .describe(
        'what the recording and its consultation went through, the oldest first; one that was claimed from a bucket says so',
      ),
    revision: z.int().describe('of the patient’s stream when this was read'),
  })
  .meta({ id: 'Provenance' });
