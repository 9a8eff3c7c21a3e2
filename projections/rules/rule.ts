import type { PatientEvent } from '../../events/patient-events.ts';
import type { PersonFacts } from '../../events/person-events.ts';
import type { AnomalySeverity, Explanation } from '../../events/rule-events.ts';
import type { Care } from './care.ts';
import type { Open, ReleaseWindow, UsualHours, ViewerWindow } from './windows.ts';

type View = Extract<PatientEvent, { type: 'RecordingViewed' }>['data'];

/** A member of staff by the facts that are stated, with the managers above them, the nearest first. */
export type StaffFacts = {
  readonly personId: string;
  readonly facts: PersonFacts;
  readonly managers: readonly string[];
};

/** A view, at its place in the log. Never the patient's own. */
export type Viewed = {
  readonly at: number;
  readonly view: View;
  /** Who is in a capacity of staff: patients and their guests look at recordings, too. */
  readonly isStaff: boolean;
  /** What the viewer is to the patient; undefined where that is nothing. */
  readonly relation: Explanation | undefined;
  readonly care: Care;
  readonly viewer: ViewerWindow;
  readonly usual: UsualHours;
  /** How many viewers who have nothing to do with the patient looked at them in 24 hours. */
  readonly strangers: number;
  readonly isFirstEmergency: boolean;
  readonly viewerFacts: StaffFacts | undefined;
  readonly patientFacts: PersonFacts | undefined;
  /** The member of staff who is this patient. */
  readonly employee: StaffFacts | undefined;
};

/** A refusal to one who has nothing to do with the patient. */
export type Refused = { readonly at: number; readonly viewer: ViewerWindow };
/** A transfer ended. */
export type Played = { readonly at: number; readonly viewer: ViewerWindow; readonly open: Open };
/** The second key flagged a view. */
export type Flagged = { readonly at: number; readonly rule: string; readonly viewId: string };
/** Something went wrong under a release, or (`isFlag`) the second key flagged what the first had let pass. */
export type Wrong = {
  readonly at: number;
  readonly isFlag: boolean;
  readonly release: ReleaseWindow;
  readonly before: ReleaseWindow | undefined;
};

export type Moments = {
  readonly viewed: Viewed;
  readonly refused: Refused;
  readonly played: Played;
  readonly flagged: Flagged;
  readonly wrong: Wrong;
};

/** A threshold or a window of a rule, within bounds that keep a change from switching it off unseen. */
export type Setting = { readonly preset: number; readonly min: number; readonly max: number; readonly says: string };

/** That a rule fires, and how that differs from its settings. */
export type Match = {
  readonly severity?: AnomalySeverity;
  readonly explainedBy?: Explanation | undefined;
  /** What it is about in time; a day unless told. */
  readonly window?: string;
  readonly count?: number;
  /** The breach that the second key opened for it. */
  readonly breachId?: string;
};

type Of<N extends string> = { readonly [name in N]: number };

export type Rule<N extends string = string> = {
  /** A code: it is the `rule` of BreachFlagged. */
  readonly name: string;
  /** Of its code: another result for the same log is another version. */
  readonly version: number;
  readonly says: string;
  readonly severity: AnomalySeverity;
  /** What it counts in the score of a viewer, a patient and a day, where it is not explained. */
  readonly points: number;
  readonly settings: { readonly [name in N]: Setting };
  /** Whom a finding is about, and one finding is made for. */
  readonly about: 'pair' | 'viewer' | 'patient' | 'release';
  readonly suppressedBy: readonly Explanation['kind'][];
  readonly on: { readonly [K in keyof Moments]?: (moment: Moments[K], settings: Of<N>) => Match | undefined };
};

/** Checks that each setting that a rule reads is one it declares. */
export const rule = <const N extends string>(definition: Rule<N>): Rule => definition as Rule as Rule<string>;
