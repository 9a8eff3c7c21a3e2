import { z } from 'zod';
import { Id, Purpose, REASON_MAX, ReasonCode, Severity, ViewSource } from '../../events/values.ts';
import { RoleName } from '../auth/actor.ts';
import { paging, Time } from '../http/schemas.ts';

export const RecordingParams = z.strictObject({ patientId: Id, consultationId: Id, recordingId: Id });

const reason = z
  .string()
  .trim()
  .min(1)
  .max(REASON_MAX)
  .describe('the justification of an emergency; with any other purpose it is not kept');

export const ViewBody = z.strictObject({
  purpose: Purpose,
  reason: reason.optional(),
  viewerId: Id.optional().describe('from a service: whose view it reports'),
  viewerRoles: z
    .array(RoleName)
    .max(RoleName.options.length)
    .optional()
    .describe('from a service: what it knows its viewer to be; an emergency is a clinician’s'),
  occurredAt: Time.optional().describe('from a service: when it happened, if it is reported late'),
});

export const ViewAnswerSchema = z.object({
  viewId: Id,
  verdict: z.enum(['cleared', 'flagged', 'pending']),
  severity: Severity.optional(),
  breachId: Id.optional().describe('the incident that a flagged report joined, where it is not the view’s own'),
  contentUrl: z.string().optional(),
  expiresAt: z.iso.datetime().optional(),
});

/** A code, not a text: it is kept with the event. */
export const ReasonBody = z.strictObject({ reason: ReasonCode });
export const RevokeBody = z.strictObject({ reason: ReasonCode, viewerId: Id.describe('whose view it is') });
export const ViewerParams = z.strictObject({ viewerId: Id });
export const ViewParams = z.strictObject({ viewId: Id });
export const ViewerStandingSchema = z.object({ viewerId: Id, suspended: z.boolean() });
export const RevokedSchema = z.object({ viewId: Id, viewerId: Id, revoked: z.literal(true) });
export const MonitorSchema = z.object({
  available: z.boolean().describe('whether this instance judges views; another one may while it does not'),
  waiting: z.int(),
  parked: z.int(),
});
export const PlaybackSchema = z.object({ halted: z.boolean() });

export const AccessList = z.strictObject({ ...paging(z.tuple([z.int().nonnegative(), z.string().max(64)])) });

const who = {
  at: z.iso.datetime(),
  patientId: Id,
  viewerId: Id,
  viewerRoles: z.array(z.string()),
  appVersion: z.string(),
  clientRelease: z.string().optional().describe('the release of the app that asked (`X-Client-Release`)'),
};
const what = { consultationId: Id, recordingId: Id, viewId: Id };
const AccessRowSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('shown'), ...who, consultationIds: z.array(Id), recordingIds: z.array(Id) }),
  z.object({
    kind: z.literal('opened'),
    ...who,
    ...what,
    recordingId: Id.nullable().describe('null where a view was reported of a recording that is not filed there'),
    purpose: Purpose,
    source: ViewSource,
    verdict: z.enum(['cleared', 'flagged', 'pending']),
    severity: Severity.optional(),
  }),
  z.object({
    kind: z.literal('refused'),
    ...who,
    ...what,
    purpose: Purpose.optional().describe('missing where the content of a view was refused'),
    reasonCode: z.string(),
  }),
  z.object({
    kind: z.literal('played'),
    ...who,
    ...what,
    bytesServed: z.int(),
    ranges: z.array(z.tuple([z.int(), z.int()])),
    outcome: z.string(),
  }),
]);
export const AccessListSchema = z.object({ items: z.array(AccessRowSchema), next: z.string().nullable() });
