import type { PatientEvent } from '../events/patient-events.ts';
import type { Severity } from '../events/values.ts';
import type { Evidence } from './evidence.ts';
import { type AccessFacts, type AsOf, factsAt, mayReview, type RecordingAccess } from './recording-access.ts';
import { EMERGENCY_ACCESS, otherEmergencies, suspendedAt, type ViewerStanding } from './viewer-standing.ts';

export type RecordingViewed = Evidence<Extract<PatientEvent, { type: 'RecordingViewed' }>>;

/** What the second key says of a view. `released`: it may be played although it is flagged. */
export type Verdict =
  | { readonly verdict: 'cleared' }
  | { readonly verdict: 'flagged'; readonly severity: Severity; readonly rule: string; readonly released: boolean };

/** The facts that a rule sees of a view: as of the view's own revision, or as of the time it is said to have happened. */
export type Question = AccessFacts &
  RecordingViewed['data'] & {
    readonly suspended: boolean;
    /** Compliance let the viewer in to review this recording, and the time of that is not over. */
    readonly assigned: boolean;
    /** The media session that was recorded belongs to another consultation. */
    readonly recordedElsewhere: boolean;
    /** Whether this would be one patient more than a clinician may open in emergencies of one day. */
    readonly emergenciesUsedUp: boolean;
  };

export type Rule = {
  /** A code: it is the `rule` of ViewFlagged. */
  readonly name: string;
  readonly severity: Severity;
  readonly applies: (question: Question) => boolean;
  /** Whether what it flags may be played all the same. */
  readonly releases: (question: Question) => boolean;
};

const never = () => false;

/** Break-glass: by a clinician who says why. A reason that is sealed is one: a blank one never is. */
const isEmergency = ({ purpose, viewerRoles, reason }: Question): boolean =>
  purpose === 'emergency' &&
  viewerRoles.includes('clinician') &&
  (typeof reason === 'object' || (reason ?? '').trim() !== '');

/** Of a person of the desk, as compliance assigned it. */
const isReview = ({ purpose, viewerRoles, assigned }: Question): boolean =>
  purpose === 'review' && assigned && (viewerRoles.includes('on-call') || viewerRoles.includes('compliance'));

/** Let in by taking part, or to review. */
const isEntitled = (question: Question): boolean => question.participant || isReview(question);

/**
 * What makes a view anomalous. The first rule that applies names it; a view that none applies to is cleared.
 * A rule sees the facts at the view's own revision and the data of the view, nothing else.
 */
export const accessRules: readonly Rule[] = [
  {
    // Filed nowhere in this consultation: a participant of it has no claim to this recording.
    name: 'recording-not-in-consultation',
    severity: 'critical',
    applies: ({ recording }) => recording === 'unknown',
    releases: never,
  },
  {
    // Quarantine says that the recording's patient is not certain; taking part in the consultation proves nothing then.
    name: 'recording-quarantined',
    severity: 'critical',
    applies: ({ recording }) => recording === 'quarantined',
    releases: never,
  },
  {
    name: 'recording-of-another-session',
    severity: 'critical',
    applies: ({ recordedElsewhere }) => recordedElsewhere,
    releases: never,
  },
  {
    name: 'recording-erased',
    severity: 'critical',
    applies: ({ recording }) => recording === 'erased',
    releases: never,
  },
  {
    name: 'viewer-not-participant',
    severity: 'critical',
    applies: (question) => !isEntitled(question) && !isEmergency(question),
    releases: never,
  },
  {
    name: 'viewer-suspended',
    severity: 'critical',
    applies: ({ suspended }) => suspended,
    releases: never,
  },
  {
    // A life may depend on one, not on twenty in a minute.
    name: 'emergency-limit',
    severity: 'critical',
    applies: (question) => !isEntitled(question) && question.emergenciesUsedUp,
    releases: never,
  },
  {
    // A life may depend on it, so it is reviewed afterwards and not stopped. Only what this API itself streams can be released
    // here; a service decides for itself what to do with a flag.
    name: EMERGENCY_ACCESS,
    severity: 'review',
    applies: (question) => !isEntitled(question),
    releases: ({ source }) => source === 'mediated',
  },
];

/** Reported late, and the facts when it happened differ from those when it was reported: a person has to look. */
const REPORTED_LATE = { verdict: 'flagged', severity: 'review', rule: 'reported-late', released: false } as const;

const DAY_MS = 86_400_000;

export type JudgeOptions = {
  /** The consultation that the recording's media session belongs to, where it belongs to one. */
  readonly sessionOwner?: { readonly patientId: string; readonly consultationId: string } | undefined;
  /** How many different patients a clinician may open in emergencies of 24 hours. */
  readonly emergencyPatients: number;
};

/**
 * The second key's verdict on a view, as of the view's own revision; on one that is reported late, as of the time it happened, too.
 * @param access the patient's stream, taken in at least up to the event before the view; what came later makes no difference
 * @param standing the viewer's stream
 */
export function judge(
  access: RecordingAccess,
  standing: ViewerStanding,
  view: RecordingViewed,
  { emergencyPatients, sessionOwner }: JudgeOptions,
  rules: readonly Rule[] = accessRules,
): Verdict {
  const verdictAsOf = (asOf: AsOf, time: number): Verdict => {
    const others = { patientId: view.data.patientId, before: time, withinMs: DAY_MS };
    const question: Question = {
      ...view.data,
      ...factsAt(access, view.data, asOf),
      suspended: suspendedAt(standing, time),
      assigned: mayReview(access, view.data, asOf, time),
      recordedElsewhere: sessionOwner !== undefined && !isSamePlace(sessionOwner, view.data),
      emergenciesUsedUp: otherEmergencies(standing, others) >= emergencyPatients,
    };
    const rule = rules.find(({ applies }) => applies(question));
    if (!rule) return { verdict: 'cleared' };
    const { name, severity, releases } = rule;
    return { verdict: 'flagged', severity, rule: name, released: releases(question) };
  };
  const asReported = verdictAsOf({ revision: view.revision }, view.at);
  const { occurredAt } = view.data;
  if (occurredAt === undefined) return asReported;
  const happened = Date.parse(occurredAt);
  const asItHappened = verdictAsOf({ time: happened }, happened);
  return weightOf(asItHappened) === weightOf(asReported) ? asReported : REPORTED_LATE;
}

/**
 * Rules under a name and a version, so that a verdict, a replay and a backtest can say by which they were reached. A set whose rules say
 * something else on any view is another version.
 */
export type RuleSet = { readonly name: string; readonly version: number; readonly rules: readonly Rule[] };

/** What the second key judges by in this release. */
export const currentRules: RuleSet = { name: 'access-rules', version: 1, rules: accessRules };

/** Every rule set that this build knows. */
export const knownRules: readonly RuleSet[] = [currentRules];

/** How a rule set is called: `access-rules@1`. */
export const referenceOf = ({ name, version }: Pick<RuleSet, 'name' | 'version'>): string => `${name}@${version}`;

type Place = { readonly patientId: string; readonly consultationId: string };
const isSamePlace = (a: Place, b: Place): boolean =>
  a.patientId === b.patientId && a.consultationId === b.consultationId;

const weightOf = (verdict: Verdict): Severity | 'none' => (verdict.verdict === 'cleared' ? 'none' : verdict.severity);
