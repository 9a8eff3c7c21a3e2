import { z } from 'zod';
import { Id } from '../../events/values.ts';
import { PersonId } from '../request/person-id.ts';

const time = z.iso.datetime();

export const PagerDutyEvent = z
  .object({
    event: z.object({
      id: z.string().min(1).max(200),
      event_type: z.string().max(200),
      occurred_at: z.iso.datetime({ offset: true }),
      agent: z.object({ id: z.string().regex(/^[A-Za-z0-9]{1,40}$/), type: z.string().max(100) }).nullish(),
      data: z.object({ incident_key: Id.nullish().catch(undefined) }),
    }),
  })
  .meta({ id: 'PagerDutyEvent' });

const Outcome = {
  outcome: z.enum(['taken', 'refused', 'failed']),
  ...{ why: z.string().optional(), code: z.string().optional(), status: z.int().optional() },
};

export const PagingTestSchema = z
  .object({
    testId: z.string().describe('the `dedup_key`, subject or reference of the page'),
    channels: z
      .array(z.object({ channel: z.string(), kind: z.string(), ...Outcome }))
      .describe('the answer of each receiver'),
  })
  .meta({ id: 'PagingTest' });

const ShiftSchema = z.object({
  from: time,
  to: time,
  personId: PersonId.nullable().describe('null: no person is on call'),
});

export const ScheduleListSchema = z
  .object({
    schedules: z.array(
      z.object({
        name: z.string(),
        timeZone: z.string(),
        personId: PersonId.nullable().describe('who is on call now'),
        shifts: z.array(ShiftSchema).describe('from now on, for four weeks'),
      }),
    ),
  })
  .meta({ id: 'OnCallSchedules' });

const ms = z.int().nonnegative();

export const EscalationSchema = z
  .object({
    policy: z.object({
      name: z.string(),
      ...{ groupWindowMs: ms, remindEveryMs: ms, acknowledgementMs: ms, repeatAfterMs: ms, loops: z.int() },
      critical: z.array(z.object({ afterMs: ms, targets: z.array(z.string()) })),
      review: z.object({
        targets: z.array(z.string()),
        quietHours: z.object({ from: z.string(), to: z.string(), timeZone: z.string() }).nullable(),
      }),
      autoContainment: z
        .object({ afterMs: ms, breaches: z.int(), withinMs: ms, kinds: z.array(z.string()) })
        .nullable(),
      targets: z.array(
        z.object({
          name: z.string(),
          ...{ channels: z.array(z.string()), ifFails: z.array(z.string()), schedule: z.string().optional() },
        }),
      ),
    }),
    channels: z.array(
      z.object({
        name: z.string(),
        kind: z.string(),
        state: z.enum(['healthy', 'failing']).describe('as far as this instance has tried it'),
        ...{
          since: time.optional(),
          why: z.string().optional(),
          code: z.string().optional(),
          status: z.int().optional(),
        },
      }),
    ),
    due: z
      .array(z.object({ incidentId: Id, at: time }))
      .describe('the next step of each incident that is followed, the soonest first; at most 1,000'),
  })
  .meta({ id: 'Escalation' });
