import { z } from 'zod';
import type { EventOf } from './event.ts';
import { Id, ReasonCode, Sha256Hex, UtcTime } from './values.ts';

/** `info` opens no breach; it counts towards the score of a viewer, a patient and a day. */
export const AnomalySeverity = z.enum(['info', 'review', 'critical']);
export type AnomalySeverity = z.infer<typeof AnomalySeverity>;

/** The version of a rule's code, and how often its settings were changed since: `1.0`, `1.3`. */
export const RuleVersion = Id;

/** What of a rule can be changed; what a change leaves out stays as it is. */
export const RuleSettings = z.object({
  enabled: z.boolean().optional(),
  severity: AnomalySeverity.optional(),
  points: z.int().min(0).max(10).optional(),
  /** Thresholds and windows, by the names that the rule gives them. */
  numbers: z.record(Id, z.number().nonnegative()).optional(),
});
export type RuleSettings = Readonly<z.infer<typeof RuleSettings>>;

const change = { changeId: Id, rule: ReasonCode };

/** Which rules beyond one patient are in force, and how they are set, on `rules-in-force`. Each event counts from its own position on. */
export const rulesEvents = {
  /** A release brought the rule, or another version of its code: it counts from here on, for every instance. */
  RuleAdopted: z.object({ rule: ReasonCode, version: z.int().positive() }),
  RuleChangeProposed: z.object({
    ...change,
    settings: RuleSettings,
    /** What the rule is called with these settings. */
    version: RuleVersion,
    /** Of the backtest that shows what the change would have done. */
    backtestDigest: Sha256Hex,
    proposedBy: Id,
  }),
  RuleChangeApproved: z.object({ ...change, approvedBy: Id }),
  RuleChangeRejected: z.object({ ...change, rejectedBy: Id, reason: ReasonCode.optional() }),
};

/** Why something that a rule fires on is in order: by which relation, assignment or role. */
export const Explanation = z.object({
  kind: z.enum([
    'booked',
    'joined',
    'invited',
    'follow-up',
    'same-diary-day',
    'guardian',
    'own-app',
    'on-call-role',
    'on-diary',
    'training',
    'patient-request',
    'booked-afterwards',
    'joined-afterwards',
  ]),
  consultationId: Id.optional(),
});
export type Explanation = Readonly<z.infer<typeof Explanation>>;

const anomaly = { anomalyId: Id };

/**
 * One thing that a rule fired on, on `anomaly-<anomalyId>`: the id follows from the rule, its version, whom it is about and the window, so that
 * however many instances find it, it is there once.
 */
export const anomalyEvents = {
  AnomalyFound: z.object({
    ...anomaly,
    rule: ReasonCode,
    version: RuleVersion,
    severity: AnomalySeverity,
    points: z.int().nonnegative(),
    /** The time it is about: a day, or a number of windows since the epoch. */
    window: z.string().max(100),
    foundAt: UtcTime,
    viewerId: Id.optional(),
    patientId: Id.optional(),
    /** Of the view that made it fire; of many, the last. */
    consultationId: Id.optional(),
    recordingId: Id.optional(),
    viewId: Id.optional(),
    /** The release of this ledger under which that happened. */
    appVersion: z.string(),
    /** How many views, patients or viewers, where the rule counts. */
    count: z.int().nonnegative().optional(),
    /** In order: it is counted, and opens no breach. */
    explainedBy: Explanation.optional(),
    /** The breach that is open for it already; otherwise one is opened, where it is not `info` and not explained. */
    breachId: Id.optional(),
  }),
  /** Later it turned out to be in order. Its breach is closed by a person all the same. */
  AnomalyExplained: z.object({ ...anomaly, explainedBy: Explanation }),
};

export type RulesEvent = EventOf<typeof rulesEvents>;
export type AnomalyEvent = EventOf<typeof anomalyEvents>;
