import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LedgerEvent } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import { noAccess, type RecordingAccess, takeIn, tookPart } from '../../projections/recording-access.ts';
import { Drafting } from '../../src/compliance/history/drafting.ts';
import { HistoryFile } from '../../src/compliance/history/history-file.ts';
import { lessThan, ReleaseQuestions } from '../../src/compliance/releases/exposure.ts';
import { markOf } from '../../src/second-key/intent.ts';

type Actor = { readonly id: string; readonly roles: readonly string[] };
type By = { readonly actor: Actor; readonly release?: string; readonly appVersion?: string; readonly intent?: string };

const dirs: string[] = [];
const files: HistoryFile[] = [];
afterEach(async () => {
  for (const file of files.splice(0)) await file.close();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const begun = Date.parse('2026-05-04T09:00:00.000Z');
/** Record time of the nth event: two share each. */
const timeOf = (n: number) => new Date(begun + Math.floor(n / 2) * 1_000).toISOString();

/** A log of one's own: each event at the next position. */
class Log {
  readonly events: Recorded<LedgerEvent>[] = [];
  private readonly revisions = new Map<string, number>();

  put(event: LedgerEvent, { actor, release, appVersion = '1.0.0', intent }: By): void {
    const { patientId, viewerId } = event.data as { patientId?: string; viewerId?: string };
    const stream = event.type === 'ConsultationsListed' ? `viewer-${viewerId}` : `patient-${patientId}`;
    const revision = (this.revisions.get(stream) ?? -1) + 1;
    this.revisions.set(stream, revision);
    const n = this.events.length;
    this.events.push({
      ...event,
      ...{ id: `event-${n}`, stream, revision, position: BigInt((n + 1) * 10), recordedAt: timeOf(n) },
      metadata: {
        ...{ actor, $correlationId: 'c', $causationId: 'c', requestId: 'r', appVersion },
        ...(release !== undefined && { clientRelease: release }),
        ...(intent !== undefined && { intent }),
      },
    } as Recorded<LedgerEvent>);
  }

  get end(): number {
    return this.events.length * 10;
  }

  async asked(asOf = this.end): Promise<ReleaseQuestions> {
    const dir = mkdtempSync(join(tmpdir(), 'exposure-'));
    dirs.push(dir);
    const file = await HistoryFile.open(dir, { memoryMb: 128 });
    files.push(file);
    const drafting = await Drafting.after(file);
    for (const event of this.events) drafting.take(event, { commit: event.position, prepare: event.position });
    await file.write(await drafting.batch(Promise.resolve()));
    return new ReleaseQuestions(file, asOf);
  }
}

const patient = (id: string): Actor => ({ id, roles: ['patient'] });
const clinician = (id: string): Actor => ({ id, roles: ['clinician'] });
const service: Actor = { id: 'app', roles: ['service'] };
const consultation = (patientId: string) => ({ patientId, consultationId: `con-${patientId}` });
const booked = (patientId: string, clinicianId: string): LedgerEvent => ({
  type: 'ConsultationBooked',
  data: {
    ...consultation(patientId),
    clinicianId,
    scheduledStart: '2026-05-04T09:00:00.000Z',
    scheduledEnd: '2026-05-04T09:30:00.000Z',
    medium: 'video',
  },
});
const changed = (type: 'ParticipantInvited' | 'ParticipantRemoved', patientId: string, personId: string) =>
  (type === 'ParticipantInvited'
    ? { type, data: { ...consultation(patientId), personId, capacity: 'specialist' } }
    : { type, data: { ...consultation(patientId), personId } }) as LedgerEvent;
const recording = (patientId: string) => ({ ...consultation(patientId), recordingId: `rec-${patientId}` });
const opened = (patientId: string, viewerId: string, viewId: string, more: object = {}): LedgerEvent => ({
  type: 'RecordingViewed',
  data: {
    ...{ ...recording(patientId), viewId, viewerId, viewerRoles: ['clinician'] },
    ...{ purpose: 'treatment', source: 'mediated', ...more },
  } as Extract<LedgerEvent, { type: 'RecordingViewed' }>['data'],
});
const played = (patientId: string, viewerId: string, viewId: string, bytesServed: number): LedgerEvent => ({
  type: 'RecordingPlayed',
  data: {
    ...{ ...recording(patientId), viewId, viewerId, bytesServed, transferId: `${viewId}-${bytesServed}` },
    ...{ ranges: [], outcome: 'completed' as const },
  } as Extract<LedgerEvent, { type: 'RecordingPlayed' }>['data'],
});
const listed = (viewerId: string, ...patientIds: string[]): LedgerEvent => ({
  type: 'ConsultationsListed',
  data: {
    viewerId,
    shown: patientIds.map((id) => ({ ...consultation(id), recordingIds: [`rec-${id}`] })),
    digest: 'a'.repeat(64),
  },
});
const stored = (patientId: string): LedgerEvent => ({
  type: 'RecordingStored',
  data: {
    ...recording(patientId),
    ...{ mediaSessionId: 'room', sha256: 'a'.repeat(64), bytes: 1_000, contentType: 'video/webm', durationSeconds: 60 },
  },
});
const none = { patients: 0, viewers: 0 };

describe('what a release exposed', () => {
  it('is told apart for those who take part and those who do not, by rung', async () => {
    const log = new Log();
    log.put(booked('pat-1', 'doc-1'), { actor: clinician('doc-1') });
    log.put(booked('pat-2', 'doc-2'), { actor: clinician('doc-2') });
    for (const id of ['pat-1', 'pat-2']) log.put(stored(id), { actor: service });
    const in7 = (actor: Actor) => ({ actor, release: '7.0' });
    log.put(listed('doc-1', 'pat-1', 'pat-2'), in7(clinician('doc-1')));
    log.put(opened('pat-2', 'doc-1', 'view-1', { purpose: 'emergency' }), in7(clinician('doc-1')));
    log.put(played('pat-2', 'doc-1', 'view-1', 500), in7(clinician('doc-1')));
    log.put(played('pat-2', 'doc-1', 'view-1', 0), in7(clinician('doc-1')));
    log.put(opened('pat-1', 'pat-1', 'view-2'), in7(patient('pat-1')));
    log.put(opened('pat-1', 'pat-1', 'view-3'), { actor: patient('pat-1'), release: '8.0' });

    const questions = await log.asked();
    const { entitled, notEntitled } = await questions.totals('app', '7.0');

    expect(entitled).toEqual({
      ...{ patients: 1, viewers: 2, recordings: 1, bytesServed: 0, secondsPlayed: 0, emergencies: 0, witnessed: 0 },
      ...{ shown: { patients: 1, viewers: 1 }, opened: { patients: 1, viewers: 1 }, played: none },
      ...{ firstAt: timeOf(4), lastAt: timeOf(8) },
    });
    const one = { patients: 1, viewers: 1 };
    expect(notEntitled).toEqual({
      ...{ ...one, recordings: 1, bytesServed: 500, secondsPlayed: 30, emergencies: 1, witnessed: 0 },
      ...{ shown: one, opened: one, played: one, firstAt: timeOf(4), lastAt: timeOf(6) },
    });
    expect(await questions.notEntitled('app', '7.0', { limit: 10 })).toEqual([
      {
        ...{ viewerId: 'doc-1', patientId: 'pat-2', shown: 1, opened: 1, played: 1, flagged: 0, emergencies: 1 },
        ...{ recordings: 1, bytesServed: 500, secondsPlayed: 30, firstAt: timeOf(4), lastAt: timeOf(6) },
      },
    ]);
  });

  it('changes no more with what happens after the position it is asked at', async () => {
    const log = new Log();
    log.put(booked('pat-1', 'doc-1'), { actor: service });
    log.put(listed('doc-2', 'pat-1'), { actor: clinician('doc-2'), release: '7.0' });
    const asOf = log.end;
    const before = await (await log.asked(asOf)).totals('app', '7.0');
    log.put(changed('ParticipantInvited', 'pat-1', 'doc-2'), { actor: service });
    log.put(opened('pat-1', 'doc-2', 'view-1'), { actor: clinician('doc-2'), release: '7.0' });

    expect(await (await log.asked(asOf)).totals('app', '7.0')).toEqual(before);
    const after = await (await log.asked()).totals('app', '7.0');
    expect([after.entitled.opened.viewers, after.notEntitled.shown.viewers]).toEqual([1, 1]);
  });

  it('takes the patient under the id that theirs was merged into for the patient, while it holds, and whom they invited', async () => {
    const log = new Log();
    log.put(booked('pat-1', 'doc-1'), { actor: service });
    const at = { release: '7.0' };
    const ids = { patientId: 'pat-1', mergedPatientId: 'pat-1', survivingPatientId: 'pat-9' };
    const mark = (kind: 'merge' | 'unmerge') => markOf({ kind, patientId: 'pat-1', survivingId: 'pat-9' });
    log.put(opened('pat-1', 'pat-9', 'view-before'), { actor: patient('pat-9'), ...at });
    log.put({ type: 'PatientsMerged', data: ids }, { actor: patient('pat-9'), intent: mark('merge') });
    log.put(opened('pat-1', 'pat-9', 'view-not-believed'), { actor: patient('pat-9'), ...at });
    log.put({ type: 'PatientsMerged', data: ids }, { actor: service, intent: mark('merge') });
    log.put(opened('pat-1', 'pat-9', 'view-1'), { actor: patient('pat-9'), ...at });
    log.put(changed('ParticipantInvited', 'pat-1', 'doc-3'), { actor: patient('pat-9') });
    log.put(opened('pat-1', 'doc-3', 'view-2'), { actor: clinician('doc-3'), ...at });
    log.put(
      { type: 'PatientsUnmerged', data: { ...ids, reason: 'two-people' } },
      { actor: service, intent: mark('unmerge') },
    );
    log.put(opened('pat-1', 'pat-9', 'view-after'), { actor: patient('pat-9'), ...at });
    const { entitled, notEntitled } = await (await log.asked()).totals('app', '7.0');
    expect([entitled.opened.viewers, notEntitled.opened.viewers]).toEqual([2, 1]);
    const [{ opened: views } = { opened: 0 }] = await (await log.asked()).notEntitled('app', '7.0', { limit: 5 });
    expect(views).toBe(3);
  });

  it('lets a service list any patient', async () => {
    const log = new Log();
    log.put(booked('pat-1', 'doc-1'), { actor: service });
    log.put(listed('app', 'pat-1'), { actor: service, release: '7.0' });
    const { entitled, notEntitled } = await (await log.asked()).totals('app', '7.0');
    expect([entitled.viewers, notEntitled.viewers]).toEqual([1, 0]);
  });

  it('believes the same invitations as the second key, whatever happens', async () => {
    let seed = 20_261_126;
    const next = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
    const one = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
    const patients = ['pat-1', 'pat-2', 'pat-3', 'pat-4'];
    const people = ['doc-1', 'doc-2', 'doc-3'];
    const log = new Log();
    const actorOf = (): Actor => one([service, ...patients.map(patient), ...people.map(clinician)]);
    for (let i = 0; i < 1_500; i++) {
      const [patientId, personId, what] = [one(patients), one(people), next()];
      const actor = actorOf();
      const { consultationId } = consultation(patientId);
      if (what < 0.03) log.put(booked(patientId, personId), { actor });
      else if (what < 0.3) {
        const said = next() < 0.2 ? one(people) : personId;
        const intent = { kind: 'invite', patientId, consultationId, personId: said, capacity: 'specialist' } as const;
        const isMarked = next() < 0.5;
        log.put(changed('ParticipantInvited', patientId, personId), {
          actor,
          ...(isMarked && { intent: markOf(intent) }),
        });
      } else if (what < 0.45) log.put(changed('ParticipantRemoved', patientId, personId), { actor });
      else if (what < 0.7) {
        const occurredAt = timeOf(Math.floor(next() * log.events.length));
        const witnessed = next() < 0.4 ? { source: 'witnessed', occurredAt } : {};
        log.put(opened(patientId, one([...people, patientId]), `view-${i}`, witnessed), {
          actor: service,
          release: '7.0',
        });
      } else log.put(played(patientId, personId, `view-${i}`, 1_000), { actor: clinician(personId), release: '7.0' });
    }

    const access = new Map<string, RecordingAccess>(patients.map((id) => [id, noAccess()]));
    const intends = ({ type, data, metadata: { intent } }: Recorded<LedgerEvent>) =>
      intent === undefined ||
      type !== 'ParticipantInvited' ||
      intent ===
        markOf({
          ...{ kind: 'invite', patientId: data.patientId, consultationId: data.consultationId },
          ...{ personId: data.personId, capacity: data.capacity },
        });
    for (const event of log.events) {
      const { actor } = event.metadata;
      const at = Date.parse(event.recordedAt);
      const evidence = { ...(event as Recorded<PatientEvent>), at, actor, intended: intends(event) };
      takeIn(access.get((event.data as { patientId: string }).patientId) as RecordingAccess, evidence);
    }
    const expected = new Map<string, { opened: number; played: number }>();
    let entitledOnes = 0;
    for (const { type, data, revision } of log.events) {
      if (type !== 'RecordingViewed' && type !== 'RecordingPlayed') continue;
      const asOf = 'occurredAt' in data && data.occurredAt ? { time: Date.parse(data.occurredAt) } : { revision };
      const isOwn = data.viewerId === data.patientId;
      if (isOwn || tookPart(access.get(data.patientId) as RecordingAccess, data, data.viewerId, asOf)) {
        entitledOnes += 1;
        continue;
      }
      const pair = `${data.viewerId} ${data.patientId}`;
      const counts = expected.get(pair) ?? { opened: 0, played: 0 };
      counts[type === 'RecordingViewed' ? 'opened' : 'played'] += 1;
      expected.set(pair, counts);
    }
    expect(entitledOnes).toBeGreaterThan(100);

    const found = await (await log.asked()).notEntitled('app', '7.0', { limit: 500 });
    expect(new Map(found.map(({ viewerId, patientId, ...pair }) => [`${viewerId} ${patientId}`, pair]))).toEqual(
      new Map([...expected].map(([pair, counts]) => [pair, expect.objectContaining(counts)])),
    );
    expect(expected.size).toBeGreaterThan(5);
  });

  it('pages through those who do not take part', async () => {
    const log = new Log();
    for (const id of ['pat-1', 'pat-2', 'pat-3']) {
      log.put(booked(id, 'doc-1'), { actor: service });
      for (const viewer of ['doc-2', 'doc-3'])
        log.put(listed(viewer, id), { actor: clinician(viewer), release: '7.0' });
    }
    const questions = await log.asked();
    const all = await questions.notEntitled('app', '7.0', { limit: 10 });
    expect(all).toHaveLength(6);
    const first = await questions.notEntitled('app', '7.0', { limit: 4 });
    const { viewerId, patientId } = first[3] as (typeof first)[number];
    const rest = await questions.notEntitled('app', '7.0', { limit: 4, after: [viewerId, patientId] });
    expect([...first, ...rest]).toEqual(all);
  });
});

describe('the releases', () => {
  it('are those of the ledger and of the apps, with what each exposed, and name the one before', async () => {
    const log = new Log();
    const by = (release: string, appVersion: string) => ({ actor: service, release, appVersion });
    log.put(booked('pat-1', 'doc-1'), by('6.9', '1.0.0'));
    log.put(listed('doc-1', 'pat-1'), by('7.0', '1.0.0'));
    log.put(opened('pat-1', 'doc-1', 'view-1'), by('7.0', '1.1.0'));
    log.put(played('pat-1', 'doc-1', 'view-1', 10), by('7.1', '1.1.0'));

    const questions = await log.asked();
    const seen = await questions.seen({ from: 0, limit: 10 });

    const nothing = { shown: 0, opened: 0, played: 0, refused: 0, flagged: 0, egressPrevented: 0 };
    const empty = { ...nothing, bytesServed: 0, secondsPlayed: 0 };
    expect(seen).toEqual([
      { ...empty, kind: 'app', version: '7.1', firstSeen: timeOf(3), lastSeen: timeOf(3), played: 1, bytesServed: 10 },
      {
        ...{ ...empty, kind: 'ledger', version: '1.1.0', firstSeen: timeOf(2), lastSeen: timeOf(3) },
        ...{ opened: 1, played: 1, bytesServed: 10 },
      },
      { ...empty, kind: 'app', version: '7.0', firstSeen: timeOf(1), lastSeen: timeOf(2), shown: 1, opened: 1 },
      { ...empty, kind: 'ledger', version: '1.0.0', firstSeen: timeOf(1), lastSeen: timeOf(1), shown: 1 },
    ]);
    expect(await questions.seen({ from: 1, limit: 2 })).toEqual(seen.slice(1, 3));
    expect(await questions.find('7.1')).toEqual({ release: seen[0], before: '7.0' });
    expect(await questions.find('7.0')).toEqual({ release: seen[2], before: undefined });
    expect(await questions.find('1.1.0')).toMatchObject({ before: '1.0.0' });
    expect(await questions.find('1.1.0', 'app')).toBeUndefined();
    expect(await questions.find("1' OR '1'='1")).toBeUndefined();
  });

  it('differ in every count, and in no time', () => {
    const exposed = { patients: 3, shown: { patients: 2, viewers: 1 }, secondsPlayed: 1.5, firstAt: timeOf(0) };
    const before = { patients: 1, shown: { patients: 4, viewers: 1 }, secondsPlayed: 1.2, firstAt: null };
    expect(lessThan(exposed, before)).toEqual({
      ...{ patients: 2, shown: { patients: -2, viewers: 0 }, secondsPlayed: 0.3 },
    });
  });
});
