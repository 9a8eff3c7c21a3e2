import type { Explanation } from '../../events/rule-events.ts';
import { EMERGENCY_ACCESS } from '../viewer-standing.ts';
import { capacityIn, dayOf, lastEnd } from './care.ts';
import { type Match, type Rule, rule, type Setting, type StaffFacts, type Viewed } from './rule.ts';
import { DAY_MS, HOUR_MS, isUnusual, MINUTE_MS, type Open, patientsSince, refusedPatientsSince } from './windows.ts';

const setting = (preset: number, min: number, max: number, says: string): Setting => ({ preset, min, max, says });

/** The name under which the points of weak rules together are found. */
export const COMBINED_SCORE = 'combined-score';

const CARE: readonly Explanation['kind'][] = ['booked', 'joined', 'invited', 'guardian', 'same-diary-day', 'follow-up'];
const TREATS: readonly Explanation['kind'][] = ['booked', 'joined'];

/** The relation, where it is of a kind that makes a rule's finding be in order. */
const by = (relation: Explanation | undefined, kinds: readonly Explanation['kind'][]): Explanation | undefined =>
  relation && kinds.includes(relation.kind) ? relation : undefined;

/** The windows of a length since the epoch: one finding in each. */
const windowOf = (at: number, ms: number, name: string): string => `${name}-${Math.floor(at / ms)}`;

const isIn = <T>(value: T | undefined, list: readonly T[] | undefined): boolean =>
  value !== undefined && (list?.includes(value) ?? false);
const isSame = <T>(a: T | undefined, b: T | undefined): boolean => a !== undefined && a === b;

const areInOneChain = (one: StaffFacts, other: StaffFacts): boolean =>
  one.managers.includes(other.personId) || other.managers.includes(one.personId);

/** The hours of a service before this one, at this hour of the day. */
const usualOfService = ({
  viewer,
  at,
}: Viewed): { readonly now: number; readonly most: number; readonly days: number } => {
  const hour = Math.floor(at / HOUR_MS);
  let [most, days] = [0, 0];
  for (let day = 1; day <= 28; day++) {
    const count = viewer.serviceHours.get(hour - day * 24);
    if (count === undefined) continue;
    days += 1;
    most = Math.max(most, count);
  }
  return { now: viewer.serviceHours.get(hour) ?? 0, most, days };
};

/** Rules that look beyond one patient, or at facts about people. None of them stands in the way of a view: they open breaches afterwards. */
export const pack: readonly Rule[] = [
  rule({
    name: 'bulk-views',
    version: 1,
    says: 'one viewer opened the recordings of many patients',
    severity: 'critical',
    points: 0,
    about: 'viewer',
    settings: {
      patientsAtOnce: setting(20, 2, 1_000, 'different patients in `minutes`'),
      minutes: setting(10, 1, 60, 'the short window'),
      patientsADay: setting(60, 5, 10_000, 'different patients in 24 hours'),
      timesUsual: setting(5, 2, 100, 'of services: times the most views of that hour in 28 days'),
      atLeast: setting(60, 5, 100_000, 'of services: views in the hour, to count at all'),
    },
    suppressedBy: [],
    on: {
      viewed: (moment, { patientsAtOnce, minutes, patientsADay, timesUsual, atLeast }) => {
        const { at, viewer, view } = moment;
        if (view.viewerRoles.includes('service')) {
          const { now, most, days } = usualOfService(moment);
          if (days < 7 || now < atLeast || now <= most * timesUsual) return undefined;
          return { window: windowOf(at, HOUR_MS, 'hour'), count: now };
        }
        // Where all of them are the viewer's own patients, it is for a person to look at.
        const severity = (areExplained: boolean) => (areExplained ? { severity: 'review' as const } : {});
        if (viewer.opens.length >= patientsAtOnce) {
          const soon = patientsSince(viewer, at - minutes * MINUTE_MS);
          if (soon.count >= patientsAtOnce)
            return {
              window: windowOf(at, minutes * MINUTE_MS, 'soon'),
              count: soon.count,
              ...severity(soon.areExplained),
            };
        }
        const count = viewer.patients.size;
        if (count < patientsADay) return undefined;
        const areExplained = [...viewer.patients.values()].every(({ isExplained }) => isExplained);
        return { window: `day-${dayOf(at)}`, count, ...severity(areExplained) };
      },
    },
  }),
  rule({
    name: 'serial-refusals',
    version: 1,
    says: 'one viewer was refused patients they have nothing to do with, one after the other',
    severity: 'critical',
    points: 0,
    about: 'viewer',
    settings: {
      patients: setting(5, 2, 100, 'different patients refused'),
      patientsBeforeSuccess: setting(3, 2, 100, 'different patients refused before a view that was let pass'),
      minutes: setting(10, 1, 60, 'the window'),
    },
    suppressedBy: CARE,
    on: {
      refused: ({ at, viewer }, { patients, minutes }) => {
        const count = refusedPatientsSince(viewer, at - minutes * MINUTE_MS);
        return count < patients ? undefined : { window: windowOf(at, minutes * MINUTE_MS, 'refused'), count };
      },
      viewed: ({ at, viewer, relation }, { patientsBeforeSuccess, minutes }) => {
        if (viewer.refusals.length < patientsBeforeSuccess) return undefined;
        const count = refusedPatientsSince(viewer, at - minutes * MINUTE_MS);
        if (count < patientsBeforeSuccess) return undefined;
        return { window: windowOf(at, minutes * MINUTE_MS, 'success'), count, explainedBy: by(relation, CARE) };
      },
    },
  }),
  rule({
    name: 'same-victim',
    version: 1,
    says: 'many viewers who have nothing to do with a patient looked at that one',
    severity: 'critical',
    points: 0,
    about: 'patient',
    settings: { viewers: setting(4, 2, 100, 'different viewers in 24 hours') },
    suppressedBy: [],
    on: {
      viewed: ({ relation, strangers }, { viewers }) =>
        relation || strangers < viewers ? undefined : { count: strangers },
    },
  }),
  rule({
    name: 'self-access',
    version: 1,
    says: 'a member of staff looked at their own recording as staff',
    severity: 'review',
    points: 0,
    about: 'pair',
    settings: {},
    suppressedBy: ['own-app'],
    on: {
      viewed: ({ view, viewerFacts }) =>
        viewerFacts?.facts.asPatientId === view.patientId
          ? { explainedBy: view.viewerRoles.includes('patient') ? { kind: 'own-app' } : undefined }
          : undefined,
    },
  }),
  rule({
    name: 'kin',
    version: 1,
    says: 'the viewer is of the patient’s family or household',
    severity: 'review',
    points: 0,
    about: 'pair',
    settings: {},
    suppressedBy: ['booked', 'joined', 'guardian'],
    on: {
      viewed: ({ view, viewerFacts, patientFacts, relation, employee }) => {
        const { facts } = viewerFacts ?? {};
        if (facts?.asPatientId === view.patientId) return undefined;
        const isKin =
          isSame(facts?.householdKey, patientFacts?.householdKey) ||
          isIn(view.patientId, facts?.kinOf) ||
          isIn(view.viewerId, patientFacts?.kinOf) ||
          isIn(employee?.personId, facts?.kinOf);
        if (!isKin) return undefined;
        const explainedBy =
          by(relation, ['booked', 'joined', 'guardian']) ??
          (isIn(view.patientId, facts?.guardianOf) ? ({ kind: 'guardian' } as const) : undefined);
        return { explainedBy, ...(view.purpose !== 'treatment' && { severity: 'critical' as const }) };
      },
    },
  }),
  rule({
    name: 'same-surname',
    version: 1,
    says: 'viewer and patient share a rare surname',
    severity: 'info',
    points: 2,
    about: 'pair',
    settings: {},
    suppressedBy: CARE,
    on: {
      viewed: ({ viewerFacts, patientFacts, relation, view }) =>
        isSame(viewerFacts?.facts.surnameKey, patientFacts?.surnameKey) &&
        patientFacts?.surnameShare === 'rare' &&
        viewerFacts?.facts.asPatientId !== view.patientId
          ? { explainedBy: by(relation, CARE) }
          : undefined,
    },
  }),
  rule({
    name: 'neighbour',
    version: 1,
    says: 'viewer and patient live in one street',
    severity: 'info',
    points: 2,
    about: 'pair',
    settings: {},
    suppressedBy: CARE,
    on: {
      viewed: ({ viewerFacts, patientFacts, relation, view }) =>
        isSame(viewerFacts?.facts.streetKey, patientFacts?.streetKey) &&
        viewerFacts?.facts.asPatientId !== view.patientId
          ? { explainedBy: by(relation, CARE) }
          : undefined,
    },
  }),
  rule({
    name: 'co-worker',
    version: 1,
    says: 'the patient is of the viewer’s department, or above or below them',
    severity: 'review',
    points: 0,
    about: 'pair',
    settings: {},
    suppressedBy: TREATS,
    on: {
      viewed: ({ viewerFacts, employee, relation }) => {
        if (!viewerFacts || !employee || viewerFacts.personId === employee.personId) return undefined;
        const [one, other] = [viewerFacts.facts.employment, employee.facts.employment];
        if (!isSame(one?.departmentKey, other?.departmentKey) && !areInOneChain(viewerFacts, employee))
          return undefined;
        return { explainedBy: by(relation, TREATS) };
      },
    },
  }),
  rule({
    name: 'vip',
    version: 1,
    says: 'the patient is known to many, and the viewer has nothing to do with them',
    severity: 'review',
    points: 0,
    about: 'pair',
    settings: {},
    suppressedBy: CARE,
    on: {
      viewed: ({ patientFacts, relation }) => {
        const { vip = 0 } = patientFacts ?? {};
        if (vip < 1) return undefined;
        return { explainedBy: by(relation, CARE), ...(vip > 1 && { severity: 'critical' as const }) };
      },
    },
  }),
  rule({
    name: 'deceased',
    version: 1,
    says: 'the patient died some time before the view',
    severity: 'review',
    points: 0,
    about: 'pair',
    settings: { days: setting(30, 1, 3_650, 'days after the death') },
    suppressedBy: ['patient-request'],
    on: {
      viewed: ({ at, view, isStaff, patientFacts }, { days }) => {
        const { deceasedAt } = patientFacts ?? {};
        if (!isStaff || deceasedAt === undefined || at - Date.parse(deceasedAt) <= days * DAY_MS) return undefined;
        return requested(view.purpose);
      },
    },
  }),
  rule({
    name: 'discharged',
    version: 1,
    says: 'the patient was discharged, and their last consultation was long before the view',
    severity: 'review',
    points: 0,
    about: 'pair',
    settings: { days: setting(180, 1, 3_650, 'days after the last consultation') },
    suppressedBy: ['patient-request'],
    on: {
      viewed: ({ at, view, isStaff, patientFacts, care }, { days }) => {
        const { dischargedAt } = patientFacts ?? {};
        if (!isStaff || dischargedAt === undefined || at < Date.parse(dischargedAt)) return undefined;
        const last = lastEnd(care) ?? Date.parse(dischargedAt);
        return at - last <= days * DAY_MS ? undefined : requested(view.purpose);
      },
    },
  }),
  rule({
    name: 'ex-employee',
    version: 1,
    says: 'the viewer’s employment was over',
    severity: 'critical',
    points: 0,
    about: 'viewer',
    settings: {},
    suppressedBy: [],
    on: {
      viewed: ({ at, viewerFacts }) => {
        const { endedAt } = viewerFacts?.facts.employment ?? {};
        return endedAt !== undefined && Date.parse(endedAt) < at ? {} : undefined;
      },
    },
  }),
  rule({
    name: 'off-hours',
    version: 1,
    says: 'the viewer never works at this hour, and is not booked at it',
    severity: 'info',
    points: 1,
    about: 'pair',
    settings: {
      share: setting(0.005, 0.0001, 0.1, 'of the viewer’s views of the last weeks at this hour of the day'),
      views: setting(200, 40, 10_000, 'views in the last weeks, to know the viewer’s hours at all'),
      hoursAround: setting(2, 0, 12, 'before and after a consultation that count as booked'),
      inARow: setting(5, 2, 100, 'views at such hours within eight hours that make it a review'),
    },
    suppressedBy: ['on-call-role', 'on-diary'],
    on: {
      viewed: ({ at, view, isStaff, usual, viewer }, { share, views, hoursAround, inARow }) => {
        if (!isStaff || usual.total < views || !isUnusual(usual, at, share)) return undefined;
        if (view.viewerRoles.includes('on-call')) return { explainedBy: { kind: 'on-call-role' } };
        const around = hoursAround * HOUR_MS;
        for (const [consultationId, { start, end }] of viewer.slots)
          if (at >= start - around && at <= end + around) return { explainedBy: { kind: 'on-diary', consultationId } };
        const isOdd = (open: Open) => open.at > at - 8 * HOUR_MS && isUnusual(usual, open.at, share);
        const count = viewer.opens.filter(isOdd).length;
        return count < inARow ? {} : { count, severity: 'review' };
      },
    },
  }),
  rule({
    name: 'stale-relation',
    version: 1,
    says: 'the viewer’s last consultation with the patient was long before the view',
    severity: 'review',
    points: 0,
    about: 'pair',
    settings: { days: setting(365, 30, 3_650, 'days after the end of the last consultation of the two') },
    suppressedBy: ['patient-request'],
    on: {
      viewed: ({ at, view, isStaff, care }, { days }) => {
        if (!isStaff) return undefined;
        const last = lastEnd(care, view.viewerId);
        return last === undefined || at - last <= days * DAY_MS ? undefined : requested(view.purpose);
      },
    },
  }),
  rule({
    name: 'repeat-watch',
    version: 1,
    says: 'one viewer watched one recording again and again',
    severity: 'review',
    points: 0,
    about: 'pair',
    settings: {
      opens: setting(4, 2, 100, 'times opened in 24 hours'),
      times: setting(3, 1, 100, 'its length that was sent in 24 hours'),
    },
    suppressedBy: ['training'],
    on: {
      viewed: ({ view, isStaff, viewer, care }, { opens }) => {
        if (!isStaff || view.purpose !== 'treatment' || viewer.opens.length < opens) return undefined;
        const count = viewer.opens.reduce(
          (sum, { recordingId }) => sum + (recordingId === view.recordingId ? 1 : 0),
          0,
        );
        if (count < opens) return undefined;
        const capacity = capacityIn(care, view.consultationId, view.viewerId);
        const isTraining = capacity === 'trainee' || capacity === 'observer';
        return {
          count,
          explainedBy: isTraining ? { kind: 'training', consultationId: view.consultationId } : undefined,
        };
      },
      played: ({ open, viewer }, { times }) => {
        if (!open.isStaff || open.bytes === undefined) return undefined;
        const same = viewer.opens.filter(({ recordingId }) => recordingId === open.recordingId);
        const sent = same.reduce((sum, { played }) => sum + played, 0);
        return sent > open.bytes * times ? { count: same.length } : undefined;
      },
    },
  }),
  rule({
    name: 'fast-scan',
    version: 1,
    says: 'one viewer opened many recordings and played next to nothing of each',
    severity: 'review',
    points: 0,
    about: 'viewer',
    settings: {
      recordings: setting(10, 3, 1_000, 'different recordings in `minutes`'),
      share: setting(0.05, 0.001, 0.5, 'of each that was played at most'),
      minutes: setting(30, 5, 240, 'the window'),
    },
    suppressedBy: [],
    on: {
      played: ({ at, viewer, open }, { recordings, share, minutes }) => {
        if (!open.isStaff || viewer.opens.length < recordings) return undefined;
        const found = new Set<string>();
        for (let i = viewer.opens.length - 1; i >= 0; i--) {
          const one = viewer.opens[i];
          if (!one || one.at <= at - minutes * MINUTE_MS) break;
          if (one.hasEnded && one.bytes !== undefined && one.played < one.bytes * share) found.add(one.recordingId);
        }
        const count = found.size;
        return count < recordings ? undefined : { window: windowOf(at, minutes * MINUTE_MS, 'scan'), count };
      },
    },
  }),
  rule({
    name: 'purpose-mismatch',
    version: 1,
    says: 'the purpose given does not go with what the viewer is to the patient',
    severity: 'info',
    points: 1,
    about: 'pair',
    settings: {},
    suppressedBy: [],
    on: {
      viewed: ({ view, relation, isStaff }) => {
        if (!isStaff) return undefined;
        const isOdd = relation
          ? view.purpose === 'operations' || view.purpose === 'emergency'
          : view.purpose === 'treatment';
        return isOdd ? {} : undefined;
      },
    },
  }),
  rule({
    name: 'first-break-glass',
    version: 1,
    says: 'the viewer’s first emergency',
    severity: 'info',
    points: 1,
    about: 'pair',
    settings: {},
    suppressedBy: [],
    on: { viewed: ({ isFirstEmergency }) => (isFirstEmergency ? {} : undefined) },
  }),
  rule({
    // The second key opened its breach; whether it turns out to be in order is found here.
    name: EMERGENCY_ACCESS,
    version: 1,
    says: 'an emergency, which is in order once the viewer books or joins a consultation with the patient within 24 hours',
    severity: 'review',
    points: 0,
    about: 'pair',
    settings: {},
    suppressedBy: ['booked-afterwards', 'joined-afterwards'],
    on: {
      flagged: ({ rule: name, viewId }): Match | undefined =>
        name === EMERGENCY_ACCESS ? { breachId: viewId, window: viewId } : undefined,
    },
  }),
  rule({
    name: 'release-regression',
    version: 1,
    says: 'a release of this ledger lets more pass that the second key flags, or refuses and stops more, than the one before',
    severity: 'critical',
    points: 0,
    about: 'release',
    settings: {
      flags: setting(3, 1, 100, 'views in 24 hours that the first key let pass and the second flagged as critical'),
      newHours: setting(
        24,
        0,
        168,
        'since its first event, in which one such view is enough, where there was a release before',
      ),
      ratio: setting(10, 2, 1_000, 'times the share of flagged, refused and prevented of the release before'),
      views: setting(200, 10, 100_000, 'under each of the two, to compare them at all'),
    },
    suppressedBy: [],
    on: {
      wrong: ({ at, isFlag, release, before }, { flags, newHours, ratio, views }) => {
        const flagged = release.flags.reduce((sum, flag) => sum + (flag.at > at - DAY_MS ? 1 : 0), 0);
        const isNew = before !== undefined && at - release.firstAt < newHours * HOUR_MS;
        if (isFlag && (flagged >= flags || isNew)) return { count: flagged };
        if (!before || release.views < views || before.views < views || release.wrong < 10) return undefined;
        const usual = Math.max(before.wrong, 1) / before.views;
        return release.wrong / release.views > usual * ratio ? { count: release.wrong } : undefined;
      },
    },
  }),
  rule({
    name: COMBINED_SCORE,
    version: 1,
    says: 'the points that weak rules gave one viewer and patient in one day',
    // Of what `review` reaches; from `critical` on it is critical.
    severity: 'review',
    points: 0,
    about: 'pair',
    settings: {
      review: setting(3, 2, 20, 'points that are for a person to look at'),
      critical: setting(5, 3, 40, 'points that are critical'),
    },
    suppressedBy: [],
    // Made by the watch from the findings of the others.
    on: {},
  }),
];

const requested = (purpose: string): Match => ({
  explainedBy: purpose === 'patient-request' ? { kind: 'patient-request' } : undefined,
});
