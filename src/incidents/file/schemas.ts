import { z } from 'zod';
import { IncidentKind, Resolution } from '../../../events/incident-events.ts';
import { Id, Severity } from '../../../events/values.ts';
import { incidentStatuses } from '../../../projections/incident.ts';
import { pageLimit } from '../../compliance/history/schemas.ts';
import { paging } from '../../http/schemas.ts';
import { PersonId } from '../../request/person-id.ts';
import { ClockSchema } from '../clocks/schema.ts';
import { formNames } from './draft.ts';

const count = z.int().nonnegative();
const asOf = z.coerce
  .number({ error: 'must be a position of the ledger' })
  .int()
  .nonnegative()
  .optional()
  .describe('a position, as an answer names it in `X-Ledger-Position`; the newest event without it');

export const FileParams = z.strictObject({ incidentId: Id });
export const FileQuery = z.strictObject({ asOf });
export const RegisterQuery = z.strictObject({
  asOf,
  cursor: paging(z.tuple([count, count])).cursor,
  limit: pageLimit.default(50).describe('entries of a page; CSV has all of them'),
});

const time = z.iso.datetime();
const texts = z.array(z.string());
const amount = z.number().nonnegative();

const rung = z.enum(['withheld', 'listed', 'opened', 'played']);
const Affected = z.object({
  ...{ patientId: PersonId, rung, recordings: texts, viewers: texts, releases: texts, clientReleases: texts },
  ...{ firstAt: time, lastAt: time, bytesServed: count, bytesAtMost: count.nullable(), secondsPlayed: amount },
  approximate: z.boolean().describe('bytes of a view are not known: the figures are the least that left'),
});

const answer = {
  label: z.string(),
  state: z.enum(['known', 'to-fill', 'not-applicable']),
  value: z.string().optional(),
  note: z.string().optional(),
};
const DraftForm = z.object({
  form: z.enum(formNames),
  ...{ title: z.string(), source: z.string() },
  sections: z.array(z.object({ title: z.string(), fields: z.array(z.object(answer)) })),
});

export const BreachFileSchema = z
  .object({
    incidentId: Id,
    position: count.describe('as of which event of the ledger'),
    asOf: time.describe('when that event was recorded: as of when the clocks are told'),
    ...{ kind: IncidentKind, key: z.string(), severity: Severity, status: z.enum(incidentStatuses) },
    ...{ drill: z.boolean(), mergedInto: Id.nullable(), resolutions: z.array(Resolution) },
    breaches: z.object({ total: count, byRule: z.record(z.string(), count) }),
    exposure: z.object({
      people: count.describe('listed, opened or played'),
      byRung: z.object({ withheld: count, listed: count, opened: count, played: count }),
      ...{ viewers: count, recordings: count, releases: texts, clientReleases: texts },
      ...{ bytesServed: count, bytesAtMost: count.nullable(), secondsPlayed: amount, witnessedViews: count },
      approximate: z.boolean(),
    }),
    timeline: z.object({
      ...{
        firstExposureAt: time.nullable(),
        firstFlaggedAt: time.nullable(),
        openedAt: time,
        pagedAt: time.nullable(),
      },
      ...{ acknowledgedAt: time.nullable(), containedAt: time.nullable(), lastByteAt: time.nullable() },
      ...{ closedAt: time.nullable(), timeToDetectMs: z.number().nullable(), timeToPageMs: z.number().nullable() },
      ...{ timeToAcknowledgeMs: z.number().nullable(), timeToContainMs: z.number().nullable() },
    }),
    containments: z.array(z.object({ scope: z.string(), at: time, policy: Id.nullable() })),
    assessment: z.object({ risk: z.string(), factors: z.record(z.string(), z.string()).nullable() }).nullable(),
    notices: z.object({
      authorities: z.array(z.object({ authority: Id, phase: z.string(), at: time, reference: Id.nullable() })),
      people: z.array(z.object({ count, at: time })),
    }),
    clocks: z.array(ClockSchema),
    affected: z.array(Affected),
    withheld: z.array(Affected),
    faults: texts.describe('what could not be read: without it the file is not complete'),
    drafts: z.array(DraftForm),
  })
  .meta({ id: 'BreachFile' });

export const RegisterSchema = z
  .object({
    items: z.array(
      z.object({
        ...{ incidentId: Id, openedAt: time },
        facts: z.object({
          ...{ kind: IncidentKind, severity: Severity, status: z.enum(incidentStatuses), breaches: count },
          ...{ rules: texts, releases: texts, firstFlaggedAt: time.nullable() },
        }),
        effects: z.object({
          ...{ people: count, viewers: count, recordings: count, bytesServed: count, bytesAtMost: count.nullable() },
          ...{ approximate: z.boolean(), risk: z.string().nullable() },
        }),
        remedialAction: z.object({
          containments: z.array(z.object({ scope: z.string(), at: time })),
          authoritiesNotified: z.array(z.object({ authority: Id, phase: z.string(), at: time })),
          peopleNotified: z.array(z.object({ count, at: time })),
          resolutions: z.array(Resolution),
          closedAt: time.nullable(),
        }),
        clocks: z.array(ClockSchema),
        complete: z.boolean(),
      }),
    ),
    next: z.string().nullable(),
  })
  .meta({ id: 'BreachRegister' });

export const FileVersionsSchema = z
  .object({
    items: z.array(
      z.object({
        position: count.describe('as of which event of the ledger: the version of the file'),
        format: z.enum(['json', 'csv', 'pdf']),
        at: time.describe('when it was given'),
        readerId: PersonId.describe('to whom'),
      }),
    ),
  })
  .meta({ id: 'BreachFileVersions' });
