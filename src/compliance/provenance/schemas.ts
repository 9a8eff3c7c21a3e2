import { z } from 'zod';
import { GuestCapacity, Id, ProviderId, Sha256Hex } from '../../../events/values.ts';
import { PersonId } from '../../request/person-id.ts';

const Capacity = z.enum(['patient', 'clinician', ...GuestCapacity.options]);

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
    revision: z.int().describe('of the patient’s stream when this was read'),
  })
  .meta({ id: 'Provenance' });
