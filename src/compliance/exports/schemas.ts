import { z } from 'zod';
import { ExportFormat, ExportPurpose, Recipient } from '../../../events/auditor-events.ts';
import { Id } from '../../../events/values.ts';
import { exportStatuses } from '../../../projections/exports.ts';
import { historyKinds } from '../../../projections/history.ts';
import type { Messages } from '../../http/channels.ts';
import { paging } from '../../http/schemas.ts';
import { PersonId } from '../../request/person-id.ts';
import { historyFilter } from '../history/schemas.ts';
import { MomentAsked } from '../log/moment.ts';

/** One line, so that it is one cell and one line of whatever it is written into. */
const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}]*$/u, 'must be one line of text');

export const ExportBody = z
  .strictObject({
    format: ExportFormat,
    filter: z
      .strictObject({ ...historyFilter, kind: z.array(z.enum(historyKinds)).min(1).optional() })
      .default({})
      .describe('as of `GET /v1/access-history`; an accounting takes `patientId`, `from` and `to`'),
    asOf: MomentAsked.optional().describe('a time or a position of the log; the newest event without it'),
    purpose: ExportPurpose,
    recipient: z
      .strictObject({ name: line(200), address: line(300).optional() })
      .optional()
      .describe('whom it is for, outside of the organisation: recorded as a disclosure of every patient in it'),
  })
  .meta({ id: 'ExportRequest' });

export const ExportParams = z.object({ exportId: Id });
export const ExportList = z.strictObject({
  status: z.enum(exportStatuses).optional(),
  ...paging(z.int().nonnegative()),
});

const count = z.int().nonnegative();

export const ExportSchema = z
  .object({
    exportId: Id,
    status: z.enum(exportStatuses),
    format: ExportFormat,
    filter: z.record(z.string(), z.unknown()).describe('the question as it was understood'),
    asOf: count,
    purpose: ExportPurpose,
    recipient: Recipient.optional().describe(
      'its name is `[erased]` where the officer who asked was erased, `[not readable now]` while their key is away',
    ),
    requestedBy: PersonId,
    requestedAt: z.iso.datetime(),
    rows: count.describe('as counted when it was asked for'),
    people: count.describe('patients whose history is in it'),
    needsApproval: z.boolean(),
    approvedBy: PersonId.optional(),
    cancelledBy: PersonId.optional(),
    reason: z.string().optional().describe('why it failed'),
    heldRows: count.optional().describe('rows that a hold kept out of an accounting when it was made'),
    progress: z.object({ rows: count, of: count }).optional().describe('while this instance makes it'),
    madeAt: z.iso.datetime().optional(),
    expiresAt: z.iso.datetime().optional(),
    bytes: count.optional(),
    sha256: z.string().optional(),
    downloads: count,
    contentUrl: z.string().optional().describe('while the file can be fetched'),
  })
  .meta({ id: 'Export' });

/** What `export.updated` says: how far an export is. Ids alone; whom it is about and for is at `GET /v1/exports/{exportId}`. */
export const ExportUpdateSchema = ExportSchema.pick({
  ...{ exportId: true, status: true, format: true, requestedBy: true, requestedAt: true, rows: true, people: true },
  ...{ approvedBy: true, cancelledBy: true, reason: true, progress: true },
  ...{ madeAt: true, expiresAt: true, bytes: true, heldRows: true },
});
export const ExportListSchema = z
  .object({ items: z.array(ExportSchema), next: z.string().nullable() })
  .meta({ id: 'ExportPage' });

export const tellsOfExports = {
  'export.updated': { says: 'how far an export is; each officer hears of each export', schema: ExportUpdateSchema },
} as const satisfies Messages;
