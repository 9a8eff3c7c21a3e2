import type { Appended } from '../src/events/event.ts';
import type { PatientEvent } from '../src/events/patient-events.ts';
import type { Severity } from '../src/events/values.ts';
import { type AccessFacts, factsAt, type RecordingAccess } from './recording-access.ts';

export type RecordingViewed = Appended<Extract<PatientEvent, { type: 'RecordingViewed' }>>;

/** What the second key says of a view. `released`: it may be played although it is flagged. */
export type Verdict =
  | { readonly verdict: 'cleared' }
  | { readonly verdict: 'flagged'; readonly severity: Severity; readonly rule: string; readonly released: boolean };

type Question = AccessFacts & RecordingViewed['data'];

type Rule = {
  readonly name: string;
  readonly severity: Severity;
  readonly applies: (question: Question) => boolean;
  readonly releases: (question: Question) => boolean;
};

const never = () => false;

/**
 * What makes a view anomalous. The first rule that applies names it; a view that none applies to is cleared.
 * A rule sees what was so at the view's own revision and what the view says of itself, nothing else.
 */
export const accessRules: readonly Rule[] = [
  {
    // Filed nowhere in this consultation: whoever took part in it has no claim to this recording.
    name: 'recording-not-in-consultation',
    severity: 'critical',
    applies: ({ recording }) => recording === 'unknown',
    releases: never,
  },
  {
    // Quarantine says that nobody knows whose recording this is; taking part in the consultation proves nothing then.
    name: 'recording-quarantined',
    severity: 'critical',
    applies: ({ recording }) => recording === 'quarantined',
    releases: never,
  },
  {
    name: 'recording-erased',
    severity: 'critical',
    applies: ({ recording }) => recording === 'erased',
    releases: never,
  },
  {
    // Break-glass: a life may depend on it, so it is looked at afterwards and not stopped. Only what this API itself
    // streams can be released here; a service decides for itself what to do with a flag.
    name: 'emergency-access',
    severity: 'review',
    applies: ({ participant, purpose, viewerRoles, reason }) =>
      !participant && purpose === 'emergency' && viewerRoles.includes('clinician') && (reason ?? '').trim() !== '',
    releases: ({ source }) => source === 'mediated',
  },
  {
    name: 'viewer-not-participant',
    severity: 'critical',
    applies: ({ participant }) => !participant,
    releases: never,
  },
];

/**
 * The second key's verdict on a view, as of the view's own revision.
 * @param access the patient's stream folded at least up to the event before the view; what came later makes no difference
 */
export function judge(access: RecordingAccess, view: RecordingViewed, rules = accessRules): Verdict {
  const question = { ...view.data, ...factsAt(access, view.data, view.revision) };
  const rule = rules.find(({ applies }) => applies(question));
  if (!rule) return { verdict: 'cleared' };
  const { name, severity, releases } = rule;
  return { verdict: 'flagged', severity, rule: name, released: releases(question) };
}
