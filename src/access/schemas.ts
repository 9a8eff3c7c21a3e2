import { z } from 'zod';
import { Id, Purpose, REASON_MAX, RELEASE_NAME, ReasonCode, Severity } from '../../events/values.ts';
import { Time } from '../http/schemas.ts';
import { RoleName } from '../request/actor.ts';
import { GivenPersonId, PersonId } from '../request/person-id.ts';

export const RecordingParams = z.strictObject({ patientId: GivenPersonId, consultationId: Id, recordingId: Id });

const reason = z
  .string()
  .trim()
  .min(1)
  .max(REASON_MAX)
  .describe('the justification of an emergency; with any other purpose it is not kept');

export const ViewBody = z
  .strictObject({
    purpose: Purpose,
    reason: reason.optional(),
    viewerId: GivenPersonId.optional().describe('from a service: whose view it reports'),
    viewerRoles: z
      .array(RoleName)
      .max(RoleName.options.length)
      .optional()
      .describe('from a service: what it knows its viewer to be; an emergency is a clinician’s'),
    occurredAt: Time.optional().describe('from a service: when it happened, if it is reported late'),
  })
  .meta({ id: 'ViewRequest' });

export const ViewAnswerSchema = z
  .object({
    viewId: Id,
    verdict: z.enum(['cleared', 'flagged', 'pending']),
    severity: Severity.optional(),
    breachId: Id.optional().describe('the incident that a flagged report joined, where it is not the view’s own'),
    contentUrl: z.string().optional(),
    expiresAt: z.iso
      .datetime()
      .optional()
      .describe(
        'the content can be asked for until then; each time it is, for `VIEW_TTL_SECONDS` more, up to `endsAt`',
      ),
    endsAt: z.iso.datetime().optional().describe('the end of the view, however long it is in use'),
  })
  .meta({ id: 'View' });

/** A code, not a text: it is kept with the event. */
export const ReasonBody = z.strictObject({ reason: ReasonCode }).meta({ id: 'Reason' });
export const RevokeBody = z
  .strictObject({ reason: ReasonCode, viewerId: GivenPersonId.describe('whose view it is') })
  .meta({ id: 'ViewRevocation' });
export const ViewerParams = z.strictObject({ viewerId: GivenPersonId });
export const ViewParams = z.strictObject({ viewId: Id });
export const ViewerStandingSchema = z
  .object({ viewerId: PersonId, suspended: z.boolean() })
  .meta({ id: 'ViewerStanding' });
export const RevokedSchema = z
  .object({ viewId: Id, viewerId: PersonId, revoked: z.literal(true) })
  .meta({ id: 'RevokedView' });
export const MonitorSchema = z
  .object({
    available: z.boolean().describe('whether this instance judges views; another one may while it does not'),
    waiting: z.int(),
    parked: z.int(),
  })
  .meta({ id: 'AccessMonitor' });
const LatencySchema = z
  .object({ mean: z.int(), slowest: z.int() })
  .nullable()
  .describe('in milliseconds, by the store’s clock; null: there was none');
export const MonitorMinutesSchema = z
  .object({
    since: z.iso.datetime().describe('from when on this instance counts: its start'),
    minutes: z
      .array(
        z.object({
          at: z.iso.datetime(),
          cleared: z.int().nonnegative(),
          flagged: z.int().nonnegative(),
          verdictMs: LatencySchema.describe('from the record of a view to that of its verdict'),
          alertMs: LatencySchema.describe(
            'from the record of a view to that of its breach, which every screen is told of',
          ),
        }),
      )
      .describe('of the last hour, the oldest first, of all instances'),
  })
  .meta({ id: 'AccessMonitorMinutes' });
export const InUseQuery = z.strictObject({
  release: z
    .string()
    .regex(RELEASE_NAME)
    .optional()
    .describe('what instances of this release of the ledger opened and send; without it, all'),
});
export const InUseSchema = z
  .object({
    views: z.int().nonnegative().describe('permitted by both keys, and not over'),
    transfers: z.int().nonnegative().describe('under way'),
    viewers: z.int().nonnegative(),
    patients: z.int().nonnegative(),
    since: z.iso.datetime().describe('from when on this instance counts: its start; what began before is not counted'),
  })
  .meta({ id: 'PlaybackInUse' });
export const SwitchBody = z
  .strictObject({
    reason: ReasonCode,
    release: z.string().regex(RELEASE_NAME).optional().describe('only instances of this release of the ledger'),
  })
  .meta({ id: 'PlaybackSwitch' });
export const PlaybackSchema = z
  .object({
    halted: z.boolean().describe('on every instance'),
    releases: z.array(z.string()).describe('releases whose instances play nothing'),
  })
  .meta({ id: 'Playback' });
