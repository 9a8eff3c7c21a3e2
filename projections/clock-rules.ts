import type { Severity } from '../events/values.ts';

/** The sets of rules that a controller may be under; `BREACH_CLOCKS` chooses among them. */
export const clockSets = ['gdpr', 'gdpr-omnibus', 'gdpr-processor', 'ico', 'hipaa', 'hipaa-associate'] as const;
export type ClockSet = (typeof clockSets)[number];

/** What a clock gives until it is due; days are calendar days in the zone of the controller. */
export type Allowance =
  | { readonly hours: number }
  | { readonly days: number }
  /** After the end of the calendar year in which the breach was discovered. */
  | { readonly daysAfterYear: number }
  /** Without undue delay: there is no time at which it runs out, only an age. */
  | 'undue-delay';

/** When a duty is there; each condition that is given must hold. A fact that is not known yet keeps a clock running. */
export type Condition = {
  /** The risk to people, once it was assessed, is at least so high. */
  readonly risk?: 'risk' | 'high';
  readonly people?: { readonly atLeast?: number; readonly below?: number };
};

/** What ends a clock: a notice to this authority (any other than those named by other rules: `supervisory`), or to the people. */
export type EndedBy =
  | { readonly authority: 'supervisory' | 'ico' | 'hhs' | 'media' | 'controller' | 'covered-entity' }
  | 'people';

/** One duty of the law with its clock. Facts, with where they come from: the law changes by date, and no code with it. */
export type ClockRule = {
  /** As `ClockRanOut` names it. */
  readonly clock: string;
  readonly set: ClockSet;
  readonly title: string;
  /** Where the rule comes from. */
  readonly source: string;
  readonly allows: Allowance;
  readonly when?: Condition;
  readonly endedBy: EndedBy;
  /** Days of the law, inclusive and exclusive. Without a first one it is not in force: it is shown as such where it is chosen. */
  readonly from?: string;
  readonly until?: string;
  /** What the ledger cannot know of it. */
  readonly toFill?: string;
};

/** The severity that makes the controller aware where awareness was not declared. */
export const AWARE_FROM: Severity = 'critical';

export const clockRules: readonly ClockRule[] = [
  {
    ...{ clock: 'gdpr-33', set: 'gdpr', title: 'Notify the supervisory authority' },
    source: 'Regulation (EU) 2016/679 (GDPR), Art. 33(1): not later than 72 hours after having become aware of it',
    ...{ allows: { hours: 72 }, when: { risk: 'risk' }, endedBy: { authority: 'supervisory' }, from: '2018-05-25' },
  },
  {
    ...{ clock: 'gdpr-34', set: 'gdpr', title: 'Tell the people affected' },
    source: 'Regulation (EU) 2016/679 (GDPR), Art. 34(1): without undue delay, where the risk is likely to be high',
    ...{ allows: 'undue-delay', when: { risk: 'high' }, endedBy: 'people', from: '2018-05-25' },
  },
  {
    ...{ clock: 'gdpr-33-omnibus', set: 'gdpr-omnibus', title: 'Notify the single entry point' },
    source: 'Digital Omnibus, proposal of the European Commission to amend GDPR Art. 33: 96 hours, high risk alone',
    ...{ allows: { hours: 96 }, when: { risk: 'high' }, endedBy: { authority: 'supervisory' } },
  },
  {
    ...{ clock: 'gdpr-33-2', set: 'gdpr-processor', title: 'Notify the controller' },
    source: 'Regulation (EU) 2016/679 (GDPR), Art. 33(2): without undue delay; 24 hours as contracts have it',
    ...{ allows: { hours: 24 }, endedBy: { authority: 'controller' }, from: '2018-05-25' },
  },
  {
    ...{ clock: 'ico-72h', set: 'ico', title: 'Notify the Information Commissioner' },
    source: 'UK GDPR, Art. 33(1): not later than 72 hours after having become aware of it',
    ...{ allows: { hours: 72 }, when: { risk: 'risk' }, endedBy: { authority: 'ico' }, from: '2021-01-01' },
  },
  {
    ...{ clock: 'hipaa-404', set: 'hipaa', title: 'Tell the individuals' },
    source: '45 CFR 164.404(b): no later than 60 calendar days after discovery',
    ...{ allows: { days: 60 }, when: { risk: 'risk' }, endedBy: 'people', from: '2013-09-23' },
  },
  {
    ...{ clock: 'hipaa-406', set: 'hipaa', title: 'Tell prominent media of the state' },
    source: '45 CFR 164.406: more than 500 residents of a state, no later than 60 calendar days after discovery',
    ...{ allows: { days: 60 }, when: { risk: 'risk', people: { atLeast: 501 } }, endedBy: { authority: 'media' } },
    ...{ from: '2013-09-23', toFill: 'whether more than 500 of the people are residents of one state' },
  },
  {
    ...{ clock: 'hipaa-408-500', set: 'hipaa', title: 'Notify the Secretary of HHS, 500 individuals or more' },
    source: '45 CFR 164.408(b): contemporaneously with the notice to individuals',
    ...{ allows: { days: 60 }, when: { risk: 'risk', people: { atLeast: 500 } }, endedBy: { authority: 'hhs' } },
    from: '2013-09-23',
  },
  {
    ...{ clock: 'hipaa-408', set: 'hipaa', title: 'Notify the Secretary of HHS, fewer than 500 individuals' },
    source: '45 CFR 164.408(c): not later than 60 days after the end of the calendar year of discovery',
    ...{ allows: { daysAfterYear: 60 }, when: { risk: 'risk', people: { below: 500 } }, endedBy: { authority: 'hhs' } },
    from: '2013-09-23',
  },
  {
    ...{ clock: 'hipaa-410', set: 'hipaa-associate', title: 'Notify the covered entity' },
    source: '45 CFR 164.410(b): no later than 60 calendar days after discovery',
    ...{ allows: { days: 60 }, when: { risk: 'risk' }, endedBy: { authority: 'covered-entity' }, from: '2013-09-23' },
  },
];

export const rulesOf = (sets: readonly ClockSet[]): readonly ClockRule[] =>
  clockRules.filter(({ set }) => sets.includes(set));

/** Authorities that a rule names; any other code is a supervisory authority. */
export const NAMED_AUTHORITIES: ReadonlySet<string> = new Set(
  clockRules
    .flatMap(({ endedBy }) => (endedBy === 'people' ? [] : endedBy.authority))
    .filter((a) => a !== 'supervisory'),
);
