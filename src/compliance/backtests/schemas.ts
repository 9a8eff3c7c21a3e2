import { z } from 'zod';
import { Id, ReasonCode, Sha256Hex } from '../../../events/values.ts';
import { PersonId } from '../../request/person-id.ts';
import { SettingsBody } from '../../rules/schemas.ts';
import { MomentAsked } from '../log/moment.ts';
import { KnownRules } from '../rules/schemas.ts';

export const BacktestBody = z
  .strictObject({
    rules: KnownRules.optional().describe('`current`, or `name@version` of rules that this build has'),
    change: z
      .strictObject({ rule: ReasonCode, settings: SettingsBody })
      .optional()
      .describe('instead: a rule beyond one patient (`GET /v1/rules`) with other settings'),
    from: MomentAsked.optional().describe('views from this time or position on are compared'),
    to: MomentAsked.optional().describe('nothing later is looked at'),
  })
  .refine(({ rules, change }) => (rules === undefined) !== (change === undefined), {
    path: ['rules'],
    error: 'or change is needed, one of them',
  })
  .meta({ id: 'BacktestRequest' });
export const BacktestParams = z.strictObject({ backtestId: z.uuid() });

const count = z.int().nonnegative();
const Verdict = z.looseObject({ verdict: z.enum(['cleared', 'flagged']), rule: z.string().optional() });
export const BacktestSchema = z
  .object({
    backtestId: z.uuid(),
    auditorId: PersonId,
    rules: z.string(),
    from: z.looseObject({}).optional(),
    to: z.looseObject({}).optional(),
    asOf: count.describe('the newest event when it was asked for'),
    requestedAt: z.iso.datetime(),
    status: z.enum(['running', 'finished', 'failed', 'interrupted']),
    progress: z.number().min(0).max(1).optional(),
    why: z.string().optional(),
    digest: Sha256Hex.optional().describe('SHA-256 of the canonical JSON of `result`'),
    result: z
      .object({
        ...{ rules: z.string(), against: z.string(), emergencyPatients: count, from: count, to: count },
        ...{ events: count, views: count, newlyFlagged: count, noLongerFlagged: count, flaggedOtherwise: count },
        byRule: z.array(z.object({ rule: z.string(), before: count, after: count })),
        notJudged: z.array(z.object({ reason: z.string(), views: count })),
        differences: Sha256Hex.describe('of all differences, each as canonical JSON on a line'),
      })
      .optional(),
    differences: z
      .array(
        z.object({
          change: z.enum(['newly-flagged', 'no-longer-flagged', 'flagged-otherwise']),
          ...{ position: count, at: z.iso.datetime(), viewId: Id.optional(), viewerId: PersonId.optional() },
          ...{ patientId: PersonId.optional(), consultationId: Id.optional(), recordingId: Id.optional() },
          ...{ before: Verdict, after: Verdict },
        }),
      )
      .optional()
      .describe('the first 10,000'),
  })
  .meta({ id: 'Backtest' });
