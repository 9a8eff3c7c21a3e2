import { z } from 'zod';
import { ContainmentScope, IncidentKind, NOTE_MAX, Resolution } from '../../events/incident-events.ts';
import { Id, ReasonCode, Severity, Sha256Hex } from '../../events/values.ts';
import { incidentStatuses } from '../../projections/incident.ts';
import { BreachItemSchema } from '../breaches/schemas.ts';
import type { Channel } from '../http/channels.ts';
import { paging, Time } from '../http/schemas.ts';
import { GivenPersonId, PersonId } from '../request/person-id.ts';
import { ClockSchema } from './clocks/schema.ts';

/** So many breaches are split off, or closed with a resolution of their own, by one request. */
const MOST_NAMED = 500;

export const IncidentParams = z.strictObject({ incidentId: Id });
export const IncidentList = z.strictObject({
  status: z
    .enum([...incidentStatuses, 'open', 'all'])
    .default('open')
    .describe('`open`: whatever is not over'),
  severity: Severity.optional(),
  assignee: GivenPersonId.optional(),
  ...paging(z.int().nonnegative()),
});
export const BreachesOfIncident = z.strictObject(paging(z.int().nonnegative()));

export const AssignBody = z.strictObject({ assigneeId: GivenPersonId }).meta({ id: 'Assignment' });
export const NoteBody = z
  .strictObject({
    code: ReasonCode.describe('what the note is about; the only part of it that pages, logs and metrics may show'),
    text: z.string().trim().min(1).max(NOTE_MAX).optional().describe('for the desk alone'),
  })
  .meta({ id: 'IncidentNote' });
export const ContainBody = z
  .strictObject({
    scope: ContainmentScope.describe(
      'all views of the incident; beside them its viewers are suspended, its recordings quarantined, its releases halted, or all of it',
    ),
    preview: z.boolean().default(false).describe('say what it would stop, and stop nothing'),
    reason: ReasonCode.optional(),
  })
  .meta({ id: 'Containment' });
export const MergeBody = z.strictObject({ into: Id }).meta({ id: 'IncidentMerge' });
export const SplitBody = z
  .strictObject({
    breachIds: z
      .array(Id)
      .min(1)
      .max(MOST_NAMED)
      .refine((ids) => new Set(ids).size === ids.length, 'names a breach twice'),
  })
  .meta({ id: 'IncidentSplit' });
export const CloseBody = z
  .strictObject({
    resolution: Resolution.describe('of every breach that is not among the exceptions'),
    except: z
      .array(z.strictObject({ breachId: Id, resolution: Resolution }))
      .max(MOST_NAMED)
      .refine((all) => new Set(all.map(({ breachId }) => breachId)).size === all.length, 'names a breach twice')
      .default([]),
  })
  .meta({ id: 'IncidentClosing' });
export const ReopenBody = z.strictObject({ reason: ReasonCode }).meta({ id: 'IncidentReopening' });
export const AwarenessBody = z
  .strictObject({
    awareAt: Time.describe('from when on the controller is aware of the breach'),
    basis: ReasonCode.describe('why then, as a code'),
  })
  .meta({ id: 'Awareness' });
const Factor = z.enum(['low', 'medium', 'high']);
export const AssessBody = z
  .strictObject({
    risk: z.enum(['none', 'risk', 'high']).describe('for the people concerned (GDPR 33 and 34)'),
    factors: z
      .strictObject({ nature: Factor, recipient: Factor, acquired: Factor, mitigation: Factor })
      .optional()
      .describe('45 CFR 164.402(2)'),
  })
  .meta({ id: 'RiskAssessment' });
export const NotifyBody = z
  .discriminatedUnion('who', [
    z.strictObject({
      who: z.literal('authority'),
      authority: ReasonCode,
      phase: z.enum(['initial', 'further', 'final']),
      reference: Id.optional().describe('the authority’s own'),
    }),
    z.strictObject({
      who: z.literal('people'),
      count: z.int().nonnegative(),
      digest: Sha256Hex.optional().describe('SHA-256 of the list of those who were told'),
    }),
  ])
  .meta({ id: 'IncidentNotification' });

const time = z.iso.datetime();

export const IncidentItemSchema = z
  .object({
    incidentId: Id,
    status: z.enum(incidentStatuses),
    severity: Severity,
    kind: IncidentKind,
    key: z.string().describe('what its breaches have in common'),
    openedAt: time,
    drillId: Id.optional(),
    reason: ReasonCode.optional(),
    mergedInto: Id.optional(),
    splitFrom: Id.optional(),
    breaches: z.int(),
    people: z.int().describe('patients whose data it is about'),
    viewers: z.int(),
    bytesServed: z
      .int()
      .nullable()
      .describe('what left under its views; null while that is not known of one of them, or not of so many'),
    releases: z.array(z.string()),
    rules: z.array(z.string()),
    assigneeId: PersonId.optional(),
    acknowledgedBy: PersonId.optional(),
    acknowledgedAt: time.optional(),
    acknowledgedVia: z.string().optional(),
    nextEscalationAt: time.optional(),
    escalations: z.int().describe('steps of the policy that were taken'),
    containedAt: time.optional(),
    closedAt: time.optional(),
    resolution: Resolution.optional(),
    clocksRanOut: z.array(z.string()),
  })
  .meta({ id: 'ListedIncident' });
export const IncidentListSchema = z
  .object({ items: z.array(IncidentItemSchema), next: z.string().nullable() })
  .meta({ id: 'IncidentPage' });

export const IncidentBreachSchema = z
  .object({
    breachId: Id,
    incidentId: Id,
    severity: Severity,
    rule: z.string(),
    viewerId: PersonId.optional(),
    patientId: PersonId.optional(),
    recordingId: Id.optional(),
    appVersion: z.string(),
    ...BreachItemSchema.pick({
      ...{ status: true, resolution: true, consultationId: true, purpose: true, viewedAt: true, flaggedAt: true },
      ...{ contentReleased: true, bytesServed: true },
    }).partial().shape,
  })
  .meta({ id: 'IncidentBreach' });
export const IncidentBreachListSchema = z
  .object({
    items: z.array(IncidentBreachSchema),
    next: z.string().nullable(),
  })
  .meta({ id: 'IncidentBreachPage' });

export const IncidentSchema = IncidentItemSchema.extend({
  clocks: z.array(ClockSchema).describe('the clocks of the law as they stand now, by the people of its breaches'),
  timeline: z
    .array(
      z.object({
        type: z.string(),
        at: time,
        actor: z.object({ id: z.string(), roles: z.array(z.string()) }),
        data: z
          .record(z.string(), z.unknown())
          .describe(
            'codes, counts and times; the text of a note, `[erased]` where its author was erased, `[not readable now]` while its key is away',
          ),
      }),
    )
    .describe('its events and steps in order; its breaches are listed at `/breaches`'),
}).meta({ id: 'Incident' });

export const StoppedSchema = z
  .object({
    views: z.int(),
    transfers: z.int(),
    viewers: z.array(PersonId),
    recordings: z.array(Id),
    releases: z.array(z.string()),
    summary: z.string(),
  })
  .meta({ id: 'Stopped' });
export const ContainedSchema = z
  .object({
    preview: z.boolean(),
    stopped: StoppedSchema.describe('what it stopped or, as a preview, would stop'),
    incident: IncidentItemSchema.optional().describe('as it is now; missing in a preview'),
  })
  .meta({ id: 'ContainmentOutcome' });

/** What an on-call screen sends with `acknowledge`. */
export const Acknowledge = z.union([z.strictObject({ breachId: Id }), z.strictObject({ incidentId: Id })]);

export const onCallMessages = {
  tells: {
    'breach.open': { says: 'all open breaches, once, at the beginning', schema: z.array(BreachItemSchema) },
    'breach.flagged': { says: 'a breach was opened', schema: BreachItemSchema },
    'breach.updated': { says: 'a step was taken with a breach', schema: BreachItemSchema },
    'incident.open': { says: 'all open incidents, once, at the beginning', schema: z.array(IncidentItemSchema) },
    'incident.opened': { says: 'an incident was opened', schema: IncidentItemSchema },
    'incident.updated': { says: 'an incident changed', schema: IncidentItemSchema },
  },
  takes: {
    acknowledge: {
      says: 'acknowledges a breach, or an incident with all of its breaches',
      body: Acknowledge,
      answer: z.object({ ok: z.literal(true) }),
    },
  },
} as const satisfies Pick<Channel, 'tells' | 'takes'>;
