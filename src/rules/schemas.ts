import { z } from 'zod';
import { AnomalySeverity, Explanation, RuleSettings } from '../../events/rule-events.ts';
import { Id, ReasonCode, Sha256Hex } from '../../events/values.ts';
import { PersonId } from '../request/person-id.ts';

export const RuleParams = z.object({ name: ReasonCode });
export const ChangeParams = z.object({ name: ReasonCode, changeId: Id });

export const SettingsBody = RuleSettings.strict()
  .refine((settings) => Object.keys(settings).length > 0, { error: 'must change something' })
  .describe('those that change')
  .meta({ id: 'RuleSettings' });

export const ChangeBody = z
  .strictObject({
    settings: SettingsBody,
    backtestDigest: Sha256Hex.describe('of the result of a backtest of this very change, by the caller'),
  })
  .meta({ id: 'RuleChangeRequest' });
export const RejectBody = z
  .strictObject({ reason: ReasonCode.optional() })
  .meta({ id: 'RuleChangeRejection' })
  .optional();

const count = z.int().nonnegative();

export const ChangeSchema = z
  .object({
    changeId: Id,
    rule: ReasonCode,
    settings: RuleSettings,
    version: z.string(),
    backtestDigest: Sha256Hex,
    proposedBy: PersonId,
    status: z.enum(['proposed', 'approved', 'rejected']),
    decidedBy: PersonId.optional(),
  })
  .meta({ id: 'RuleChange' });

export const RuleListSchema = z
  .object({
    items: z.array(
      z.object({
        name: ReasonCode,
        version: z.string().describe('of its code, and how often its settings were changed'),
        says: z.string().describe('on what it fires'),
        about: z.enum(['pair', 'viewer', 'patient', 'release']).describe('for whom there is one finding in a window'),
        enabled: z.boolean(),
        severity: AnomalySeverity,
        points: count,
        numbers: z.array(
          z.object({
            ...{ name: Id, value: z.number(), preset: z.number(), min: z.number(), max: z.number(), says: z.string() },
          }),
        ),
        suppressedBy: z.array(Explanation.shape.kind).describe('why a finding of it may be in order'),
        hits: count.describe('what it fired on, explained or not'),
        explained: count,
        closed: count.describe('breaches of it that incidents were closed with'),
        confirmed: count,
        precision: z.number().min(0).max(1).nullable().describe('confirmed of closed; null while none is closed'),
        noisy: z.boolean().describe('less than 5 % of at least 50 closed were confirmed'),
        changes: z.array(ChangeSchema).describe('newest first'),
      }),
    ),
  })
  .meta({ id: 'RuleList' });
