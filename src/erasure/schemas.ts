import { z } from 'zod';
import { Id, ReasonCode, Sha256Hex } from '../../events/values.ts';
import { erasureStatuses } from '../../projections/erasure.ts';
import { paging } from '../http/schemas.ts';
import { GivenPersonId, PersonId } from '../request/person-id.ts';

export const ErasedPatientParams = z.strictObject({ patientId: GivenPersonId });
export const ErasureParams = z.strictObject({ erasureId: Id });
export const ErasureBody = z
  .strictObject({ reason: ReasonCode.describe('a code, never a text: `consent-withdrawn`, `objection`, `unlawful`') })
  .meta({ id: 'ErasureRequest' });
export const CancelBody = z
  .strictObject({ reason: ReasonCode.describe('a code, never a text: `legal-claim`, `wrong-patient`') })
  .meta({ id: 'ErasureCancellation' });
export const ErasureList = z.strictObject({
  status: z.enum(erasureStatuses).optional(),
  ...paging(z.int().nonnegative()),
});

const time = z.iso.datetime();
const recordings = z.array(z.object({ recordingId: Id, sealed: z.boolean() }));

export const ErasureSchema = z
  .object({
    erasureId: Id,
    patientId: PersonId,
    status: z.enum(erasureStatuses),
    reason: ReasonCode,
    requestedBy: PersonId,
    requestedAt: time,
    approvedBy: PersonId.optional(),
    approvedAt: time.optional(),
    beginsAt: time.optional().describe('until then it can be cancelled'),
    cancelledBy: PersonId.optional(),
    cancelledAt: time.optional(),
    cancelReason: ReasonCode.optional(),
    begunAt: time.optional().describe('from then on nothing of the patient’s recordings is played'),
    erasedAt: time.optional(),
    keys: z.int().nonnegative().optional().describe('how many keys were destroyed'),
    recordings: z.int().nonnegative().optional().describe('how many recordings there were'),
    keyBackupsUntil: time.optional().describe('when the last back-up that can hold one of the keys is to be gone'),
    digest: Sha256Hex.optional().describe('SHA-256 of the certificate'),
  })
  .meta({ id: 'Erasure' });
export const ErasureListSchema = z
  .object({ items: z.array(ErasureSchema), next: z.string().nullable() })
  .meta({ id: 'ErasurePage' });

export const CertificateSchema = z
  .object({
    erasureId: Id,
    patientId: PersonId,
    reason: ReasonCode,
    requestedBy: PersonId,
    requestedAt: time,
    approvedBy: PersonId,
    approvedAt: time,
    begunAt: time,
    erasedAt: time,
    keyIds: z.array(Id).describe('every key of the patient; each was destroyed'),
    recordings: recordings.describe(
      'every recording that the patient ever had; one that is not sealed is in clear in back-ups of recordings',
    ),
    keyBackupsUntil: time,
    digest: Sha256Hex.describe('SHA-256 of the other fields as JSON, in this order and without white space'),
  })
  .meta({ id: 'ErasureCertificate' });
