import { z } from 'zod';
import { Id, Purpose, RELEASE_NAME, Severity, ViewSource } from '../../../events/values.ts';
import { historyKinds } from '../../../projections/history.ts';
import { paging, Time } from '../../http/schemas.ts';
import { GivenPersonId, PersonId } from '../../request/person-id.ts';
import { MomentAsked } from '../log/moment.ts';
import { KnownRules } from '../rules/schemas.ts';

const kinds = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(historyKinds)).min(1).max(historyKinds.length));

/** Which rows; every route and command that asks about the access history has these. */
export const historyFilter = {
  patientId: GivenPersonId.optional(),
  viewerId: GivenPersonId.optional(),
  recordingId: Id.optional(),
  consultationId: Id.optional(),
  release: z.string().regex(RELEASE_NAME).optional().describe('of the app that asked or of the ledger that served'),
  kind: kinds.optional().describe('one or more, comma-separated'),
  verdict: z.enum(['cleared', 'flagged', 'pending']).optional().describe('as it was known at `asOf`'),
  severity: Severity.optional(),
  purpose: Purpose.optional(),
  entitled: z
    .union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })], { error: 'must be true or false' })
    .optional()
    .describe('whether the viewer took part in the consultation then; of rows shown, opened and played alone'),
  from: Time.optional().describe('recorded then or later'),
  to: Time.optional().describe('recorded before'),
};

/** How long a page is, where the caller says so. */
export const pageLimit = z.coerce.number({ error: 'must be a whole number from 1 to 500' }).int().min(1).max(500);

const { cursor } = paging(z.tuple([z.int().nonnegative(), z.int().nonnegative(), z.int()]));

export const HistoryList = z.strictObject({
  ...historyFilter,
  asOf: MomentAsked.optional().describe('a time or a position of the log; the newest event without it'),
  rules: KnownRules.optional().describe('`current`, or `name@version`: adds `verdictNow` to opened rows'),
  order: z.enum(['newest', 'oldest']).default('newest'),
  cursor,
  limit: pageLimit.optional().describe('rows of a page, 50 in JSON; the other formats have all rows without it'),
});

const count = z.int().nonnegative();

export const HistoryRowSchema = z
  .object({
    position: count,
    part: count.describe('which of the event’s rows it is'),
    at: z.iso.datetime(),
    kind: z.enum(historyKinds),
    viewerId: PersonId.optional(),
    viewerRoles: z.array(z.string()).optional(),
    patientId: PersonId.optional(),
    consultationId: Id.optional(),
    recordingId: Id.optional(),
    recordingIds: z.array(Id).optional().describe('what a list showed of the consultation'),
    viewId: Id.optional(),
    breachId: Id.optional(),
    purpose: Purpose.optional(),
    source: ViewSource.optional(),
    verdictThen: z.enum(['cleared', 'flagged', 'pending']).optional(),
    verdictNow: z
      .enum(['cleared', 'flagged', 'unknown'])
      .optional()
      .describe('of an opened row, by `rules`; unknown where the evidence is not believed, or there is none'),
    severity: Severity.optional(),
    rule: z.string().optional(),
    reason: z.string().optional(),
    contentReleased: z.boolean().optional(),
    occurredAt: z.iso.datetime().optional(),
    bytesServed: count.optional(),
    secondsPlayed: z.number().nonnegative().optional(),
    outcome: z.string().optional(),
    actorId: PersonId.optional().describe('who did it'),
    exportId: Id.optional(),
    recipient: z.string().optional().describe('whom an export was made for, outside of the organisation'),
    recipientAddress: z.string().optional(),
    clientRelease: z.string().optional(),
    clientId: z.string().optional().describe('the app that the token of the actor was issued to'),
    appVersion: z.string().optional(),
    eventId: z.string(),
    stream: z.string(),
    revision: count,
  })
  .meta({ id: 'HistoryRow' });
export const HistoryListSchema = z
  .object({ items: z.array(HistoryRowSchema), next: z.string().nullable() })
  .meta({ id: 'HistoryPage' });
