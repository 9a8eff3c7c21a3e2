import { z } from 'zod';
import { Id, ReasonCode } from '../../events/values.ts';
import { drillStatuses } from '../../projections/drill.ts';
import { paging } from '../http/schemas.ts';
import { PersonId } from '../request/person-id.ts';

const MOST_PATIENTS = 10;
const LONGEST_MINUTES = 1_440;

export const DrillBody = z
  .strictObject({
    patients: z.int().min(1).max(MOST_PATIENTS).default(3).describe('synthetic patients, with a recording each'),
    limitMinutes: z
      .int()
      .min(1)
      .max(LONGEST_MINUTES)
      .default(60)
      .describe('within which it has to be paged and acknowledged once it is begun'),
  })
  .prefault({})
  .meta({ id: 'DrillRequest' })
  .prefault({});
export const DrillParams = z.strictObject({ drillId: Id });
export const DrillList = z.strictObject({
  status: z.enum(drillStatuses).optional(),
  ...paging(z.int().nonnegative()),
});

const count = z.int().nonnegative();
const time = z.iso.datetime();

export const DrillSchema = z
  .object({
    drillId: Id,
    status: z.enum(drillStatuses),
    patients: count,
    limitMinutes: count,
    requestedBy: PersonId,
    requestedAt: time,
    begunBy: PersonId.optional(),
    begunAt: time.optional(),
    until: time.optional().describe('when it is reported, whatever has happened by then'),
    views: z
      .array(
        z.object({
          viewId: Id.describe('of its breach, too'),
          patientId: PersonId,
          recordingId: Id,
          outcome: z.enum(['withheld', 'opened', 'unanswered']).describe('what the second key did'),
        }),
      )
      .optional()
      .describe('once they were asked for'),
    report: z
      .object({
        reasons: z.array(ReasonCode).describe('why it failed'),
        incidentId: Id.optional(),
        views: count,
        flagged: count,
        bytesLeaked: count.describe('of recordings whose content could be fetched'),
        egressPrevented: count.describe('consultations that the second key kept out of an answer'),
        detectionMs: count.optional().describe('from a view to its breach, the slowest'),
        pageMs: count.optional().describe('from the incident to its first page'),
        acknowledgementSeconds: count.optional(),
        containmentSeconds: count.optional(),
        breachFileMs: count.optional().describe('how long its breach file took to make'),
        at: time,
      })
      .optional(),
  })
  .meta({ id: 'Drill' });
export const DrillListSchema = z
  .object({ items: z.array(DrillSchema), next: z.string().nullable() })
  .meta({ id: 'DrillPage' });
