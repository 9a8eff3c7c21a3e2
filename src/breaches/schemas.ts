import { z } from 'zod';
import { Id, Purpose, ReasonCode, Severity, ViewSource } from '../../events/values.ts';
import { paging } from '../http/schemas.ts';
import { PersonId } from '../request/person-id.ts';

export const BreachParams = z.strictObject({ breachId: Id });
export const StepBody = z
  .strictObject({ reason: ReasonCode.optional().describe('a code, kept with the step') })
  .meta({ id: 'BreachStep' })
  .optional();
export const BreachList = z.strictObject({
  status: z.enum(['open', 'acknowledged', 'contained', 'closed', 'all']).default('all'),
  ...paging(z.int().nonnegative()),
});

const time = z.iso.datetime();

export const BreachItemSchema = z
  .object({
    breachId: Id,
    status: z.enum(['open', 'acknowledged', 'contained', 'closed']),
    resolution: z.enum(['handled', 'dismissed']).optional(),
    severity: Severity,
    rule: z.string(),
    patientId: PersonId.nullable(),
    consultationId: Id.nullable(),
    recordingId: Id.nullable(),
    viewerId: PersonId.nullable(),
    purpose: Purpose.nullable(),
    source: ViewSource.nullable(),
    contentReleased: z.boolean(),
    bytesServed: z
      .int()
      .nullable()
      .describe(
        'what left under the view; null while that is not known (a transfer without a recorded end, a view elsewhere)',
      ),
    bytesServedAtMost: z
      .int()
      .nullable()
      .describe('no more than that can have left; null where not even the size of the recording is known'),
    viewedAt: time.nullable(),
    flaggedAt: time,
    acknowledgedAt: time.optional(),
    containedAt: time.optional(),
    patientNotifiedAt: time.optional(),
    regulatorNotifiedAt: time.optional(),
    closedAt: time.optional(),
    appVersion: z.string(),
    clientRelease: z.string().optional().describe('the release of the app that asked (`X-Client-Release`)'),
    drillId: Id.optional().describe('the drill that made it happen: it is no breach of any person’s data'),
    steps: z
      .array(
        z.object({
          type: z.string(),
          at: time,
          actor: z.object({ id: z.string(), roles: z.array(z.string()) }),
          reason: ReasonCode.optional(),
        }),
      )
      .describe('the steps that were taken, by whom, in order'),
  })
  .meta({ id: 'Breach' });

export const JustificationSchema = z
  .object({
    breachId: Id,
    patientId: PersonId,
    consultationId: Id,
    recordingId: Id,
    viewerId: PersonId,
    viewerRoles: z.array(z.string()),
    purpose: Purpose,
    reason: z.string().describe('`[erased]` where the patient was erased'),
  })
  .meta({ id: 'Justification' });
export const BreachListSchema = z
  .object({ items: z.array(BreachItemSchema), next: z.string().nullable() })
  .meta({ id: 'BreachPage' });
