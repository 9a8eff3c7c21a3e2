import type { LedgerEvent } from '../events/categories.ts';
import type { Recorded } from '../events/event.ts';
import type { PersonFacts, SurnameShare } from '../events/person-events.ts';
import type { Purpose } from '../events/values.ts';

/*
 * A synthetic hospital: staff, patients, bookings, recordings and views over some weeks, and among them staff who look where they should not.
 * The same seed makes the same log. Its events come in order of time, as a store would hand them out.
 */

export type HospitalSize = {
  readonly staff: number;
  readonly patients: number;
  /** By staff, of recordings of patients. */
  readonly views: number;
  readonly seed: number;
  /** Snoopers of each kind. */
  readonly snoopers: number;
};

/** A snooper, and the finding that tells of them. */
export type Seeded = {
  readonly kind: string;
  readonly rule: string;
  readonly severity: 'review' | 'critical';
  readonly viewerId?: string;
  readonly patientId?: string;
  readonly appVersion?: string;
};

export type Hospital = {
  /** Who was seeded; complete once all events were taken. */
  readonly seeded: Seeded[];
  readonly events: () => Generator<Recorded<LedgerEvent>>;
  /** Facts as stated before the first day. */
  readonly facts: ReadonlyMap<string, PersonFacts>;
};

const DAYS = 42;
/** Before these days are over, no viewer's hours are known. */
const SNOOPING_FROM = 30;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const ISO_BEGIN = '2026-03-02T00:00:00.000Z';
const BEGIN = Date.parse('2026-03-02T00:00:00.000Z');
const RECORDING_BYTES = 50_000_000;
const VIEWS_OF_A_BOOKING = 2.4;
const DEPARTMENT = 50;

/** Mulberry32: small, quick and the same everywhere. */
const random = (seed: number): (() => number) => {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const key = (what: string, n: number): string => {
  let text = '';
  for (let i = 0; text.length < 64; i++)
    text += random(n * 31 + i + what.length * 7_919)()
      .toString(16)
      .slice(2);
  return text.slice(0, 64);
};

type Data<T> = Extract<LedgerEvent, { type: T }>['data'];
type Planned = { readonly at: number; readonly make: () => readonly LedgerEvent[]; readonly appVersion?: string };

export const hospital = ({ staff, patients, views, seed, snoopers }: HospitalSize): Hospital => {
  const next = random(seed);
  const below = (n: number) => Math.floor(next() * n);
  const chance = (p: number) => next() < p;
  const seeded: Seeded[] = [];
  const facts = new Map<string, PersonFacts>();

  const SURNAMES = 20_000;
  const STREETS = Math.max(50, Math.floor(patients / 8));
  /** Few names that many bear, and many that few do. */
  const surname = () => Math.floor(SURNAMES * next() ** 3);
  const shareOf = (name: number): SurnameShare => {
    const share = ((name + 1) / SURNAMES) ** (1 / 3) - (name / SURNAMES) ** (1 / 3);
    return share <= 0.001 ? 'rare' : share <= 0.01 ? 'uncommon' : 'common';
  };
  const staffId = (n: number) => `doc-${n}`;
  const patientId = (n: number) => `pat-${n}`;
  const aPatient = () => patientId(below(patients));

  for (let n = 0; n < patients; n++) {
    const name = surname();
    facts.set(patientId(n), {
      ...{ surnameKey: key('name', name), surnameShare: shareOf(name), streetKey: key('street', below(STREETS)) },
      householdKey: key('house', n % Math.ceil(patients / 2.2)),
      ...(n % 500 === 7 && { vip: 1 as const }),
      ...(n % 5_000 === 11 && { vip: 2 as const }),
      ...(n % 200 === 13 && { deceasedAt: '2025-06-01T00:00:00.000Z' }),
      ...(n % 100 === 17 && { dischargedAt: '2025-08-01T00:00:00.000Z' }),
    });
  }
  for (let n = 0; n < staff; n++) {
    const name = surname();
    const department = Math.floor(n / DEPARTMENT);
    facts.set(staffId(n), {
      employment: {
        departmentKey: `department-${department}`,
        ...(n % DEPARTMENT !== 0 && { managerId: staffId(department * DEPARTMENT) }),
      },
      ...{ surnameKey: key('name', name), surnameShare: shareOf(name), streetKey: key('street', below(STREETS)) },
      householdKey: key('house', below(Math.ceil(patients / 2.2))),
      // One in ten is a patient here, too.
      ...(n % 10 === 3 && { asPatientId: patientId((n * 97 + 1) % patients) }),
    });
  }

  /** The middle of a person's shift, in hours of the day. */
  const shift = Array.from({ length: staff }, (_, n) => (n % 12 === 5 ? 1 : 8 + (n % 6)));
  const consultations = new Map<string, string>();
  let ids = 0;
  const booking = (at: number, viewer: string, patient: string, start = at): LedgerEvent[] => {
    const consultationId = `con-${++ids}`;
    consultations.set(`${viewer}/${patient}`, consultationId);
    const place = { patientId: patient, consultationId };
    return [
      {
        type: 'ConsultationBooked',
        data: {
          ...{ ...place, clinicianId: viewer, medium: 'video' },
          scheduledStart: new Date(start).toISOString(),
          scheduledEnd: new Date(start + 30 * MINUTE_MS).toISOString(),
        },
      },
      {
        type: 'RecordingStored',
        data: {
          ...{ ...place, recordingId: `rec-${consultationId}`, mediaSessionId: `room-${consultationId}` },
          ...{ sha256: 'a'.repeat(64), bytes: RECORDING_BYTES, contentType: 'video/webm', durationSeconds: 1_800 },
        },
      },
    ];
  };
  const known = new Set<string>();
  /** Of a patient whom the viewer has nothing to do with, so that there is something to look at. */
  const firstConsultation = (patient: string): LedgerEvent[] => {
    if (known.has(patient)) return [];
    known.add(patient);
    const place = { patientId: patient, consultationId: `con-of-${patient}` };
    const [booked, stored] = booking(BEGIN, 'another', patient, BEGIN - DAY_MS) as [LedgerEvent, LedgerEvent];
    return [booked, stored].map(({ type, data }) => ({
      type,
      data: { ...data, ...place, ...('recordingId' in data && { recordingId: `rec-con-of-${patient}` }) },
    })) as LedgerEvent[];
  };
  /** Opened and played; without a consultation of the two, it is one of the patient with another clinician. */
  const viewing = (
    viewer: string,
    patient: string,
    {
      purpose = 'treatment',
      share = 0.7,
      roles = ['clinician'],
      recordingId,
    }: {
      purpose?: Purpose;
      share?: number;
      roles?: string[];
      recordingId?: string;
    } = {},
  ): LedgerEvent[] => {
    const consultationId = consultations.get(`${viewer}/${patient}`) ?? `con-of-${patient}`;
    const ids_ = { patientId: patient, consultationId, recordingId: recordingId ?? `rec-${consultationId}` };
    const viewId = `view-${++ids}`;
    const before = ids_.consultationId === `con-of-${patient}` ? firstConsultation(patient) : [];
    const opened: Data<'RecordingViewed'> = {
      ...{ ...ids_, viewId, viewerId: viewer, viewerRoles: roles, purpose, source: 'mediated' },
    };
    const played: Data<'RecordingPlayed'> = {
      ...{ ...ids_, viewId, viewerId: viewer, bytesServed: Math.floor(RECORDING_BYTES * share), ranges: [] },
      outcome: 'completed',
    };
    return [...before, { type: 'RecordingViewed', data: opened }, { type: 'RecordingPlayed', data: played }];
  };
  const refusal = (viewer: string, patient: string): LedgerEvent => ({
    type: 'RecordingViewRefused',
    data: {
      ...{ patientId: patient, consultationId: `con-of-${patient}`, recordingId: `rec-of-${patient}` },
      ...{ viewId: `view-${++ids}`, viewerId: viewer, viewerRoles: ['clinician'], purpose: 'treatment' },
      reasonCode: 'not-a-participant',
    },
  });

  /** When a person works on a day: around the middle of the shift, rarely much later. */
  const workAt = (day: number, n: number): number => {
    const middle = (shift[n] ?? 12) as number;
    const spread = (next() + next() + next() - 1.5) * 5;
    return BEGIN + day * DAY_MS + (middle + spread + (chance(0.003) ? 5 : 0)) * HOUR_MS;
  };

  const ordinary = function* (day: number): Generator<Planned> {
    const today = Math.round(views / DAYS / VIEWS_OF_A_BOOKING);
    for (let i = 0; i < today; i++) {
      const n = below(staff);
      const [viewer, patient] = [staffId(n), aPatient()];
      if (facts.get(viewer)?.asPatientId === patient || facts.get(patient)?.deceasedAt !== undefined) continue;
      const at = workAt(day, n);
      yield { at, make: () => booking(at, viewer, patient) };
      const times = 1 + (chance(0.75) ? 1 : 0) + (chance(0.5) ? 1 : 0) + (chance(0.15) ? 1 : 0);
      for (let view = 0; view < times; view++) {
        // Once more on another day as a rule, and a few times at once now and then.
        const when = at + (view + 1) * (chance(0.9) ? DAY_MS * (1 + below(4)) : HOUR_MS) + below(40) * MINUTE_MS;
        const purpose = chance(0.02) ? 'patient-request' : 'treatment';
        const share = chance(0.05) ? 0.02 : 0.3 + 0.7 * next();
        yield { at: when, make: () => viewing(viewer, patient, { purpose, share }) };
      }
    }
    // Emergencies are few; most of them become a consultation.
    for (let i = 0; i < Math.max(1, Math.round(views / DAYS / 5_000)); i++) {
      const n = below(staff);
      const [viewer, patient, at] = [staffId(n), aPatient(), workAt(day, n)];
      yield {
        at,
        make: () => {
          const all = viewing(viewer, patient, { purpose: 'emergency' });
          const opened = all.find(({ type }) => type === 'RecordingViewed') as LedgerEvent;
          const { viewId, consultationId, recordingId } = opened.data as Data<'RecordingViewed'>;
          const flagged: Data<'ViewFlagged'> = {
            ...{ viewerId: viewer, viewId, patientId: patient, consultationId, recordingId, viewRevision: 0 },
            ...{
              source: 'mediated',
              purpose: 'emergency',
              severity: 'review',
              rule: 'emergency-access',
              released: true,
            },
          };
          return [...all, { type: 'ViewFlagged', data: flagged }];
        },
      };
      if (chance(0.8)) yield { at: at + 2 * HOUR_MS, make: () => booking(at + 2 * HOUR_MS, viewer, patient) };
    }
    // Patients watch their own.
    for (let i = 0; i < Math.round(views / DAYS / 10); i++) {
      const patient = aPatient();
      const at = BEGIN + day * DAY_MS + below(24 * 60) * MINUTE_MS;
      yield { at, make: () => viewing(patient, patient, { purpose: 'patient-request', roles: ['patient'] }) };
    }
  };

  /** Each kind of snooper, on a day and at an hour that they work at. */
  let snooper = 0;
  const kinds: readonly ((day: number, n: number, at: number) => Generator<Planned>)[] = [
    function* (_, n, at) {
      const viewer = staffId(n);
      seeded.push({ kind: 'bulk in minutes', rule: 'bulk-views', severity: 'critical', viewerId: viewer });
      for (let i = 0; i < 25; i++) {
        const patient = aPatient();
        yield { at: at + i * 15_000, make: () => viewing(viewer, patient, { purpose: 'operations', share: 0.1 }) };
      }
    },
    function* (_, n, at) {
      const viewer = staffId(n);
      seeded.push({ kind: 'bulk over a day', rule: 'bulk-views', severity: 'critical', viewerId: viewer });
      for (let i = 0; i < 70; i++) {
        const patient = aPatient();
        yield { at: at + i * 5 * MINUTE_MS, make: () => viewing(viewer, patient, { purpose: 'operations' }) };
      }
    },
    function* (_, n, at) {
      const viewer = staffId(n);
      seeded.push({ kind: 'refused again and again', rule: 'serial-refusals', severity: 'critical', viewerId: viewer });
      for (let i = 0; i < 6; i++) {
        const patient = aPatient();
        yield { at: at + i * MINUTE_MS, make: () => [refusal(viewer, patient)] };
      }
    },
    function* (_, n, at) {
      const viewer = staffId(n);
      seeded.push({ kind: 'refused, then let pass', rule: 'serial-refusals', severity: 'critical', viewerId: viewer });
      for (let i = 0; i < 3; i++) {
        const patient = aPatient();
        yield { at: at + i * MINUTE_MS, make: () => [refusal(viewer, patient)] };
      }
      const patient = aPatient();
      yield { at: at + 4 * MINUTE_MS, make: () => viewing(viewer, patient, { purpose: 'emergency' }) };
    },
    function* (day) {
      const patient = aPatient();
      seeded.push({ kind: 'one victim', rule: 'same-victim', severity: 'critical', patientId: patient });
      for (let i = 0; i < 5; i++) {
        const n = below(staff);
        const viewer = staffId(n);
        const at = BEGIN + day * DAY_MS + (10 + i) * HOUR_MS;
        yield { at, make: () => viewing(viewer, patient, { purpose: 'operations' }) };
      }
    },
    function* (_, n, at) {
      const [viewer, patient] = [
        staffId(n),
        patientId((below(Math.floor(patients / 5_000) || 1) * 5_000 + 11) % patients),
      ];
      seeded.push({ kind: 'celebrity', rule: 'vip', severity: 'critical', viewerId: viewer, patientId: patient });
      yield { at, make: () => viewing(viewer, patient, { purpose: 'operations' }) };
    },
    function* (_, n, at) {
      const viewer = staffId(n);
      const house = facts.get(viewer)?.householdKey;
      const patient = [...householdOf(house)].find((one) => facts.get(viewer)?.asPatientId !== one);
      if (patient === undefined) return;
      seeded.push({ kind: 'household', rule: 'kin', severity: 'critical', viewerId: viewer, patientId: patient });
      yield { at, make: () => viewing(viewer, patient, { purpose: 'operations' }) };
    },
    function* (_, n, at) {
      const viewer = `former-${n}-${++snooper}`;
      facts.set(viewer, { employment: { departmentKey: 'department-0', endedAt: '2026-03-01T00:00:00.000Z' } });
      const patient = aPatient();
      seeded.push({ kind: 'left the hospital', rule: 'ex-employee', severity: 'critical', viewerId: viewer });
      yield { at, make: () => viewing(viewer, patient, { purpose: 'operations' }) };
    },
    function* (_, n, at) {
      const viewer = staffId(n);
      const patient = aPatient();
      const known = facts.get(patient);
      facts.set(patient, { ...known, surnameShare: 'rare' });
      const neighbour = `neighbour-${n}-${++snooper}`;
      facts.set(neighbour, { ...facts.get(viewer), ...shared(known), asPatientId: undefined, householdKey: undefined });
      seeded.push({
        ...{ kind: 'name and street', rule: 'combined-score', severity: 'critical' },
        ...{ viewerId: neighbour, patientId: patient },
      });
      yield { at, make: () => viewing(neighbour, patient, { purpose: 'treatment' }) };
    },
    function* (_, n, at) {
      const patient = facts.get(staffId(n - (n % 10) + 3))?.asPatientId;
      const viewer = staffId(n - (n % 10) + 3);
      if (patient === undefined) return;
      seeded.push({ kind: 'self', rule: 'self-access', severity: 'review', viewerId: viewer, patientId: patient });
      yield { at, make: () => viewing(viewer, patient, { purpose: 'operations' }) };
    },
    function* (_, n, at) {
      const colleague = n - (n % 10) + 3;
      const patient = facts.get(staffId(colleague))?.asPatientId;
      const viewer = staffId(n - (n % 10) + 4);
      if (patient === undefined) return;
      seeded.push({ kind: 'colleague', rule: 'co-worker', severity: 'review', viewerId: viewer, patientId: patient });
      yield { at, make: () => viewing(viewer, patient, { purpose: 'operations' }) };
    },
    function* (_, n, at) {
      const [viewer, patient] = [staffId(n), patientId((below(Math.floor(patients / 200) || 1) * 200 + 13) % patients)];
      seeded.push({ kind: 'the dead', rule: 'deceased', severity: 'review', viewerId: viewer, patientId: patient });
      yield { at, make: () => viewing(viewer, patient, { purpose: 'operations' }) };
    },
    function* (day, n) {
      const viewer = staffId(n);
      const at = BEGIN + day * DAY_MS + (((shift[n] ?? 12) + 12) % 24) * HOUR_MS;
      seeded.push({ kind: 'at night', rule: 'off-hours', severity: 'review', viewerId: viewer });
      for (let i = 0; i < 6; i++) {
        const patient = aPatient();
        yield { at: at + i * 5 * MINUTE_MS, make: () => viewing(viewer, patient, { purpose: 'operations' }) };
      }
    },
    function* (_, n, at) {
      const [viewer, patient] = [staffId(n), aPatient()];
      seeded.push({
        kind: 'former patient',
        rule: 'stale-relation',
        severity: 'review',
        viewerId: viewer,
        patientId: patient,
      });
      yield { at: BEGIN, make: () => booking(BEGIN, viewer, patient, BEGIN - 500 * DAY_MS) };
      yield { at, make: () => viewing(viewer, patient) };
    },
    function* (_, n, at) {
      const [viewer, patient] = [staffId(n), aPatient()];
      seeded.push({
        kind: 'again and again',
        rule: 'repeat-watch',
        severity: 'review',
        viewerId: viewer,
        patientId: patient,
      });
      yield { at: at - DAY_MS, make: () => booking(at - DAY_MS, viewer, patient) };
      for (let i = 0; i < 6; i++) yield { at: at + i * 20 * MINUTE_MS, make: () => viewing(viewer, patient) };
    },
    function* (_, n, at) {
      const viewer = staffId(n);
      seeded.push({ kind: 'looking for one', rule: 'fast-scan', severity: 'review', viewerId: viewer });
      for (let i = 0; i < 14; i++) {
        const patient = aPatient();
        yield { at: at + i * MINUTE_MS, make: () => viewing(viewer, patient, { purpose: 'operations', share: 0.01 }) };
      }
    },
  ];
  let households: Map<string, string[]> | undefined;
  const householdOf = (house: string | undefined): readonly string[] => {
    if (!households) {
      households = new Map();
      for (let n = 0; n < patients; n++) {
        const of = facts.get(patientId(n))?.householdKey ?? '';
        households.set(of, [...(households.get(of) ?? []), patientId(n)]);
      }
    }
    return households.get(house ?? '') ?? [];
  };
  const shared = (known: PersonFacts | undefined): PersonFacts => ({
    surnameKey: known?.surnameKey,
    surnameShare: 'rare',
    streetKey: known?.streetKey,
  });

  const snooping = function* (day: number): Generator<Planned> {
    for (const kind of kinds) {
      const days = DAYS - SNOOPING_FROM;
      const today =
        Math.floor((snoopers * (day - SNOOPING_FROM + 1)) / days) -
        Math.floor((snoopers * (day - SNOOPING_FROM)) / days);
      for (let i = 0; i < today; i++) {
        const n = below(staff);
        yield* kind(day, n, workAt(day, n));
      }
    }
    // A release that lets pass what it must not, for some minutes.
    if (day !== DAYS - 3) return;
    seeded.push({ kind: 'a bad release', rule: 'release-regression', severity: 'critical', appVersion: '1.1.0' });
    for (let i = 0; i < 5; i++) {
      const patient = aPatient();
      yield {
        at: BEGIN + day * DAY_MS + 12 * HOUR_MS + i * MINUTE_MS,
        appVersion: '1.1.0',
        make: () => {
          const all = viewing(`wrong-${i}`, patient, { roles: ['patient'], purpose: 'patient-request' });
          const opened = all.find(({ type }) => type === 'RecordingViewed') as LedgerEvent;
          const { viewId, consultationId, recordingId, viewerId } = opened.data as Data<'RecordingViewed'>;
          const flagged: Data<'ViewFlagged'> = {
            ...{
              viewerId,
              viewId,
              patientId: patient,
              consultationId,
              recordingId,
              viewRevision: 0,
              source: 'mediated',
            },
            ...{ purpose: 'patient-request', severity: 'critical', rule: 'viewer-not-participant', released: false },
          };
          return [...all, { type: 'ViewFlagged', data: flagged }];
        },
      };
    }
  };

  const revisions = new Map<string, number>();
  let position = 0;
  const recorded = (event: LedgerEvent, at: number, appVersion: string): Recorded<LedgerEvent> => {
    const data = event.data as { patientId?: string };
    const isOfPatient = event.type !== 'ViewFlagged' && data.patientId !== undefined;
    const stream = isOfPatient ? `patient-${data.patientId}` : event.type;
    const revision = (revisions.get(stream) ?? -1) + 1;
    revisions.set(stream, revision);
    const metadata = { actor: ACTOR, $correlationId: 'r', $causationId: 'r', requestId: 'r', appVersion };
    return {
      ...event,
      id: `event-${position}`,
      stream,
      revision,
      position: BigInt(position++),
      recordedAt: new Date(at).toISOString(),
      metadata,
    } as Recorded<LedgerEvent>;
  };

  const events = function* (): Generator<Recorded<LedgerEvent>> {
    const later = new Map<number, Planned[]>();
    let today = 0;
    const plan = (planned: Planned) => {
      const day = Math.max(today, Math.floor((planned.at - BEGIN) / DAY_MS));
      const list = later.get(day);
      if (list) list.push(planned);
      else later.set(day, [planned]);
    };
    // Known from the first day on, whatever day it is needed for.
    for (let day = SNOOPING_FROM; day < DAYS; day++) for (const planned of snooping(day)) plan(planned);
    for (const [personId, of] of facts)
      if (of.asPatientId !== undefined)
        yield recorded({ type: 'PersonFactsStated', data: { personId, asOf: ISO_BEGIN, facts: of } }, BEGIN, '1.0.0');
    for (let day = 0; day < DAYS; day++) {
      today = day;
      for (const planned of ordinary(day)) plan(planned);
      const events = (later.get(day) ?? []).sort((a, b) => a.at - b.at);
      later.delete(day);
      for (const { at, make, appVersion = '1.0.0' } of events)
        for (const event of make()) yield recorded(event, at, appVersion);
    }
  };
  return { seeded, events, facts };
};

const ACTOR = { id: 'app', roles: [] };
