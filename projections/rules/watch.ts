import type { LedgerEvent } from '../../events/categories.ts';
import { drillAlone } from '../../events/drill-events.ts';
import type { EventMetadata, Recorded } from '../../events/event.ts';
import { Resolution } from '../../events/incident-events.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import { type PersonFacts, staffFactsIn } from '../../events/person-events.ts';
import type { AnomalyEvent, Explanation } from '../../events/rule-events.ts';
import { EMERGENCY_ACCESS } from '../viewer-standing.ts';
import { prune, put, touched } from './bounded.ts';
import { type Care, dayOf, relationOf } from './care.ts';
import { COMBINED_SCORE } from './pack.ts';
import type { Match, Moments, Rule, StaffFacts } from './rule.ts';
import { changed, type InForce, presets, versionOf } from './settings.ts';
import {
  DAY_MS,
  noWindow,
  type ReleaseWindow,
  takeBack,
  takeFlag,
  takeOpen,
  takePlayed,
  takeRefusal,
  takeSlot,
  takeStranger,
  usualHours,
  type VictimWindow,
  type ViewerWindow,
} from './windows.ts';

type Of<T> = Recorded<Extract<LedgerEvent, { type: T }>>;
type Found = Extract<AnomalyEvent, { type: 'AnomalyFound' }>;
type Viewing = Extract<PatientEvent, { type: 'RecordingViewed' }>['data'];

/** Viewers, patients … that windows are kept of: the latest. Some 5 KiB for a viewer who looks all day. */
const VIEWERS_KEPT = 20_000;
const VICTIMS_KEPT = 50_000;
const RELEASES_KEPT = 50;
const STAFF_KEPT = 200_000;
const EMERGENCIES_KEPT = 10_000;
const SCORES_KEPT = 100_000;
/** Beyond these a thing is found a second time, under the same id: the ledger has it once. */
const FOUND_KEPT = 200_000;
const BREACHES_KEPT = 200_000;
const PENDING_KEPT = 10_000;

/** What became of the findings of a rule, by all that is on record. */
export type Tally = {
  hits: number;
  explained: number;
  /** Breaches that incidents were closed with, and those of them that were confirmed. */
  closed: number;
  confirmed: number;
};

type Proposal = Pick<Extract<LedgerEvent, { type: 'RuleChangeProposed' }>['data'], 'rule' | 'settings'>;

/** Found, with the event that made it be found. */
export type Pending = {
  readonly event: AnomalyEvent;
  readonly cause: { readonly id: string; readonly metadata: EventMetadata };
};

/** All that the rules know, folded from the log in its order; plain data, so that it can be kept in a file. */
export type WatchState = {
  /** Of the last event that was taken in, in `$all`; -1 before the first. */
  position: bigint;
  readonly viewers: Map<string, ViewerWindow>;
  readonly victims: Map<string, VictimWindow>;
  readonly releases: Map<string, ReleaseWindow>;
  /** The member of staff that a patient is, and the other way round. */
  readonly staffOf: Map<string, string>;
  readonly patientOf: Map<string, string>;
  readonly hadEmergency: Map<string, true>;
  /** Emergencies of the last 24 hours that are not explained, by viewer and patient. */
  readonly emergencies: Map<string, { readonly at: number; readonly anomalyId: string }[]>;
  /** Points by viewer, patient and day. */
  readonly scores: Map<string, number>;
  /** Found already. */
  readonly found: Map<string, true>;
  /** Found, and not on record yet as far as the log was read. */
  readonly pending: Map<string, Pending>;
  /** Rules of this pack as they are set; missing: not in force. */
  readonly rules: Map<string, InForce>;
  readonly proposals: Map<string, Proposal>;
  readonly tallies: Map<string, Tally>;
  /** By breach: what rule found it. */
  readonly breaches: Map<string, string>;
};

export const nothingWatched = (): WatchState => ({
  position: -1n,
  viewers: new Map(),
  victims: new Map(),
  releases: new Map(),
  staffOf: new Map(),
  patientOf: new Map(),
  hadEmergency: new Map(),
  emergencies: new Map(),
  scores: new Map(),
  found: new Map(),
  pending: new Map(),
  rules: new Map(),
  proposals: new Map(),
  tallies: new Map(),
  breaches: new Map(),
});

/** What an event has to be judged with, beside what the watch remembers: from the streams of one patient and of people. */
export type Needed = {
  readonly patientId: string;
  /** Of the event on the patient's stream: what came later makes no difference. */
  readonly revision: number;
  /** Whose facts are compared; missing where care is all that is needed. */
  readonly viewerId?: string;
  readonly employeeId?: string;
};

export type Facts = {
  readonly care: Care;
  readonly viewer?: StaffFacts | undefined;
  readonly patient?: PersonFacts | undefined;
  readonly employee?: StaffFacts | undefined;
};

export type Watching = {
  readonly pack: readonly Rule[];
  /** The id of a finding, by its rule, version, viewer, patient and window: the same on every instance. */
  readonly idOf: (key: string) => string;
};

/** @returns undefined for an event that is judged without the streams of others */
export const neededFor = (state: WatchState, event: Recorded<LedgerEvent>): Needed | undefined => {
  switch (event.type) {
    case 'RecordingViewed': {
      const { patientId, viewerId } = event.data;
      if (viewerId === patientId) return undefined;
      const employeeId = state.staffOf.get(patientId);
      return { patientId, revision: event.revision, viewerId, ...(employeeId !== undefined && { employeeId }) };
    }
    case 'RecordingViewRefused':
    case 'RecordingContentRefused':
      return { patientId: event.data.patientId, revision: event.revision };
    default:
      return undefined;
  }
};

/**
 * Takes one event in, in place, and finds what the rules make of it. Taken in again, it changes nothing.
 * @returns the new findings, in order; it stays in `pending` until it is seen on record
 */
export const takeIn = (
  state: WatchState,
  event: Recorded<LedgerEvent>,
  watching: Watching,
  facts?: Facts,
): readonly AnomalyEvent[] => {
  if (event.position <= state.position) return [];
  state.position = event.position;
  const watch = new Watch(state, event, watching);
  // A breach that is made to happen to no one says nothing of viewers, of patients or of the release that it happens under.
  if (drillAlone(event.data) !== undefined) return watch.outcome;
  switch (event.type) {
    case 'RecordingViewed':
      watch.viewed(event, facts);
      break;
    case 'RecordingViewRefused':
      watch.wrong(event.metadata.appVersion, false);
      if (facts) watch.refused(event, facts.care);
      break;
    case 'RecordingContentRefused':
      if (facts && event.data.reasonCode === 'not-the-viewer') watch.refused(event, facts.care);
      break;
    case 'RecordingPlayed':
      watch.played(event);
      break;
    case 'ViewFlagged':
      watch.flagged(event);
      break;
    case 'BreachClosed':
    case 'BreachDismissed': {
      const { breachId, reason } = event.data;
      // As its incident was closed; closed by itself, nothing is known of what it turned out to be.
      const resolution = Resolution.safeParse(reason);
      if (resolution.success) takeResolution(state, breachId, resolution.data === 'confirmed');
      break;
    }
    case 'EgressPrevented':
      watch.wrong(event.metadata.appVersion, false);
      break;
    case 'ConsultationBooked': {
      const { clinicianId, patientId, consultationId, scheduledStart, scheduledEnd } = event.data;
      const slot = { start: Date.parse(scheduledStart), end: Date.parse(scheduledEnd) };
      takeSlot(watch.windowOf(clinicianId), consultationId, slot, watch.at);
      watch.explain(clinicianId, patientId, { kind: 'booked-afterwards', consultationId });
      break;
    }
    case 'ConsultationJoined': {
      const { personId, patientId, consultationId } = event.data;
      watch.explain(personId, patientId, { kind: 'joined-afterwards', consultationId });
      break;
    }
    case 'PersonFactsStated':
      takeStaff(state, event.data.personId, staffFactsIn(event.data).asPatientId);
      break;
    case 'RuleAdopted': {
      const { rule: name, version } = event.data;
      const rule = watching.pack.find((one) => one.name === name);
      // Another release's code of a rule: it is that release's to find what it finds.
      if (rule?.version === version) state.rules.set(name, state.rules.get(name) ?? presets(rule));
      else state.rules.delete(name);
      break;
    }
    case 'RuleChangeProposed':
      state.proposals.set(event.data.changeId, event.data);
      break;
    case 'RuleChangeRejected':
      state.proposals.delete(event.data.changeId);
      break;
    case 'RuleChangeApproved':
      approve(state, event.data.changeId, watching);
      break;
    case 'AnomalyFound':
    case 'AnomalyExplained':
      takeRecorded(state, event);
      break;
  }
  return watch.outcome;
};

/** The breach that an anomaly is about: one that was open already, or the one that is opened under its id. */
export const breachIdOf = ({ anomalyId, breachId }: Found['data']): string => breachId ?? anomalyId;

/** An incident was closed, and with it one of its breaches. */
const takeResolution = (state: WatchState, breachId: string, isConfirmed: boolean): void => {
  const rule = state.breaches.get(breachId);
  if (rule === undefined) return;
  const tally = tallyOf(state, rule);
  tally.closed += 1;
  if (isConfirmed) tally.confirmed += 1;
};

const tallyOf = ({ tallies }: WatchState, rule: string): Tally => {
  const tally = tallies.get(rule) ?? { hits: 0, explained: 0, closed: 0, confirmed: 0 };
  tallies.set(rule, tally);
  return tally;
};

const takeRecorded = (state: WatchState, event: Of<'AnomalyFound'> | Of<'AnomalyExplained'>): void => {
  state.pending.delete(pendingKey(event));
  if (event.type === 'AnomalyExplained') {
    const rule = state.breaches.get(event.data.anomalyId);
    if (rule !== undefined) tallyOf(state, rule).explained += 1;
    return;
  }
  const { rule, explainedBy, anomalyId } = event.data;
  const tally = tallyOf(state, rule);
  tally.hits += 1;
  if (explainedBy) tally.explained += 1;
  put(state.breaches, anomalyId, rule, BREACHES_KEPT);
  if (event.data.breachId !== undefined) put(state.breaches, event.data.breachId, rule, BREACHES_KEPT);
};

const pendingKey = ({ type, data }: AnomalyEvent): string => `${type}:${data.anomalyId}`;

const approve = (state: WatchState, changeId: string, { pack }: Watching): void => {
  const proposal = state.proposals.get(changeId);
  state.proposals.delete(changeId);
  const rule = pack.find(({ name }) => name === proposal?.rule);
  const before = rule && state.rules.get(rule.name);
  if (proposal && rule && before) state.rules.set(rule.name, changed(rule, before, proposal.settings));
};

const takeStaff = ({ staffOf, patientOf }: WatchState, personId: string, asPatientId: string | undefined): void => {
  const before = patientOf.get(personId);
  if (before !== undefined && staffOf.get(before) === personId) staffOf.delete(before);
  patientOf.delete(personId);
  if (asPatientId === undefined) return;
  put(staffOf, asPatientId, personId, STAFF_KEPT);
  put(patientOf, personId, asPatientId, STAFF_KEPT);
};

/** What a finding is about. */
type About = {
  readonly viewerId?: string | undefined;
  readonly patientId?: string | undefined;
  readonly consultationId?: string;
  readonly recordingId?: string;
  readonly viewId?: string;
  readonly appVersion: string;
};

/** One event under the rules. */
class Watch {
  readonly outcome: AnomalyEvent[] = [];
  readonly at: number;

  constructor(
    private readonly state: WatchState,
    private readonly cause: Recorded<LedgerEvent>,
    private readonly watching: Watching,
  ) {
    this.at = Date.parse(cause.recordedAt);
  }

  windowOf(viewerId: string): ViewerWindow {
    return touched(this.state.viewers, viewerId, VIEWERS_KEPT, noWindow);
  }

  viewed({ data: view, metadata: { appVersion } }: Of<'RecordingViewed'>, facts: Facts | undefined): void {
    const { at, state } = this;
    const release = this.releaseOf(appVersion);
    release.views += 1;
    const { viewerId, patientId, consultationId, recordingId, viewId, viewerRoles, purpose } = view;
    if (!facts || viewerId === facts.care.mergedInto) return;
    const relation = relationOf(facts.care, viewerId, { consultationId, at });
    const viewer = this.windowOf(viewerId);
    const usual = usualHours(viewer, at);
    const bytes = facts.care.recordingBytes.get(recordingId);
    const isStaff = isOfStaff(view) && relation?.kind !== 'guardian';
    const opened = { at, viewId, patientId, recordingId, isExplained: relation !== undefined, isStaff, appVersion };
    takeOpen(viewer, { ...opened, bytes, played: 0, hasEnded: false }, viewerRoles.includes('service'));
    const strangers = relation
      ? 0
      : takeStranger(
          touched(state.victims, patientId, VICTIMS_KEPT, () => new Map()),
          viewerId,
          at,
        );
    const isFirstEmergency = purpose === 'emergency' && !state.hadEmergency.has(viewerId);
    if (isFirstEmergency) put(state.hadEmergency, viewerId, true, STAFF_KEPT);
    const people = { viewerFacts: facts.viewer, patientFacts: facts.patient, employee: facts.employee };
    this.ask(
      'viewed',
      { at, view, isStaff, relation, care: facts.care, viewer, usual, strangers, isFirstEmergency, ...people },
      { viewerId, patientId, consultationId, recordingId, viewId, appVersion },
    );
  }

  refused(
    { data, metadata: { appVersion } }: Of<'RecordingViewRefused'> | Of<'RecordingContentRefused'>,
    care: Care,
  ): void {
    const { at } = this;
    const { viewerId, patientId, consultationId } = data;
    if (viewerId === patientId || viewerId === care.mergedInto) return;
    if (relationOf(care, viewerId, { consultationId, at })) return;
    const viewer = this.windowOf(viewerId);
    takeRefusal(viewer, at, patientId);
    this.ask('refused', { at, viewer }, { viewerId, appVersion });
  }

  played({ data, metadata: { appVersion } }: Of<'RecordingPlayed'>): void {
    const { viewerId, patientId, consultationId, recordingId, viewId, bytesServed } = data;
    const viewer = this.state.viewers.get(viewerId);
    const open = viewer && takePlayed(viewer, viewId, bytesServed);
    if (!viewer || !open) return;
    const about = { viewerId, patientId, consultationId, recordingId, viewId, appVersion };
    this.ask('played', { at: this.at, viewer, open }, about);
  }

  flagged({ data, metadata }: Of<'ViewFlagged'>): void {
    const { viewerId, patientId, consultationId, recordingId, viewId, severity, source, rule } = data;
    const viewer = this.state.viewers.get(viewerId);
    const open = viewer?.opens.findLast((one) => one.viewId === viewId);
    // The release that let the view pass, not the one that judged it.
    const appVersion = open?.appVersion ?? metadata.appVersion;
    const about = { viewerId, patientId, consultationId, recordingId, viewId, appVersion };
    this.ask('flagged', { at: this.at, rule, viewId }, about);
    // It opened nothing: what the second key withheld is no recording that the viewer looked at.
    if (!data.released && viewer) takeBack(viewer, viewId);
    if (severity === 'critical') this.wrong(appVersion, source === 'mediated' && !BY_CONDUCT.has(rule));
  }

  wrong(appVersion: string, isFlag: boolean): void {
    const release = this.releaseOf(appVersion);
    release.wrong += 1;
    if (isFlag) takeFlag(release, this.at);
    const before = release.previous === undefined ? undefined : this.state.releases.get(release.previous);
    this.ask('wrong', { at: this.at, isFlag, release, before }, { appVersion });
  }

  /** A clinician's emergency turned out to be the beginning of a care relation. */
  explain(viewerId: string, patientId: string, explainedBy: Explanation): void {
    const key = pairOf(viewerId, patientId);
    const open = this.state.emergencies.get(key);
    if (!open) return;
    this.state.emergencies.delete(key);
    for (const { at, anomalyId } of open)
      if (at > this.at - DAY_MS) this.tell({ type: 'AnomalyExplained', data: { anomalyId, explainedBy } });
  }

  private ask<K extends keyof Moments>(kind: K, moment: Moments[K], about: About): void {
    for (const rule of this.watching.pack) {
      const evaluate = rule.on[kind];
      const inForce = evaluate && this.state.rules.get(rule.name);
      if (!evaluate || !inForce?.enabled) continue;
      const match = evaluate(moment, inForce.numbers);
      if (match) this.find(rule, inForce, match, about);
    }
  }

  private find(rule: Rule, inForce: InForce, match: Match, about: About): void {
    const { explainedBy, window = dayOf(this.at), count, breachId } = match;
    const severity = match.severity ?? inForce.severity;
    const subject = subjectOf(rule, about);
    const version = versionOf(rule, inForce);
    // One that is explained, or weighs otherwise, is another finding in the same time.
    const wholeWindow = [window, severity, ...(explainedBy ? ['explained'] : [])].join(':');
    const { viewerId = '', patientId = '' } = subject;
    const who = rule.about === 'release' ? about.appVersion : `${viewerId}/${patientId}`;
    const key = `${rule.name}@${version}/${who}/${wholeWindow}`;
    if (this.state.found.has(key)) return;
    put(this.state.found, key, true, FOUND_KEPT);
    const points = explainedBy ? 0 : inForce.points;
    const anomalyId = this.watching.idOf(key);
    this.tell({
      type: 'AnomalyFound',
      data: {
        ...{ anomalyId, rule: rule.name, version, severity, points, window: wholeWindow },
        ...{ foundAt: new Date(this.at).toISOString(), ...subject, appVersion: about.appVersion },
        ...(count !== undefined && { count }),
        ...(explainedBy && { explainedBy }),
        ...(breachId !== undefined && { breachId }),
      },
    });
    if (rule.name === EMERGENCY_ACCESS && viewerId !== '') this.noteEmergency(viewerId, patientId, anomalyId);
    if (points > 0 && rule.about === 'pair') this.score(viewerId, patientId, points, about);
  }

  private score(viewerId: string, patientId: string, points: number, about: About): void {
    const rule = this.watching.pack.find(({ name }) => name === COMBINED_SCORE);
    const inForce = rule && this.state.rules.get(rule.name);
    const key = `${pairOf(viewerId, patientId)}/${dayOf(this.at)}`;
    const count = (this.state.scores.get(key) ?? 0) + points;
    put(this.state.scores, key, count, SCORES_KEPT);
    if (!rule || !inForce?.enabled) return;
    const { review = 3, critical = 5 } = inForce.numbers;
    if (count >= critical) this.find(rule, inForce, { count, severity: 'critical' }, about);
    else if (count >= review) this.find(rule, inForce, { count }, about);
  }

  private noteEmergency(viewerId: string, patientId: string, anomalyId: string): void {
    const open = touched(this.state.emergencies, pairOf(viewerId, patientId), EMERGENCIES_KEPT, () => []);
    open.push({ at: this.at, anomalyId });
    prune(open, this.at - DAY_MS, 100);
  }

  private tell(event: AnomalyEvent): void {
    const { id, metadata } = this.cause;
    put(this.state.pending, pendingKey(event), { event, cause: { id, metadata } }, PENDING_KEPT);
    this.outcome.push(event);
  }

  private releaseOf(version: string): ReleaseWindow {
    const known = this.state.releases.get(version);
    if (known) return known;
    const made = { firstAt: this.at, previous: this.latestRelease() || undefined, views: 0, wrong: 0, flags: [] };
    put(this.state.releases, version, made, RELEASES_KEPT);
    return made;
  }

  /** The release that was seen first last. */
  private latestRelease(): string {
    return [...this.state.releases.keys()].at(-1) ?? '';
  }
}

/** What the second key flags because of what the viewer did, whatever the release. */
const BY_CONDUCT: ReadonlySet<string> = new Set(['viewer-suspended', 'emergency-limit', EMERGENCY_ACCESS]);

const pairOf = (viewerId: string, patientId: string): string => `${viewerId}/${patientId}`;

const subjectOf = ({ about }: Rule, { appVersion: _, ...all }: About): Partial<Found['data']> => {
  const { viewerId, patientId, ...view } = all;
  if (about === 'release') return {};
  if (about === 'viewer') return viewerId === undefined ? {} : { viewerId };
  if (about === 'patient') return patientId === undefined ? {} : { patientId };
  return { ...(viewerId !== undefined && { viewerId }), ...(patientId !== undefined && { patientId }), ...view };
};

/** Patients and their guests look at recordings in the patient's role alone. A view elsewhere may say no role. */
const isOfStaff = ({ viewerId, patientId, viewerRoles }: Viewing): boolean =>
  viewerId !== patientId && !(viewerRoles.length > 0 && viewerRoles.every((role) => role === 'patient'));
