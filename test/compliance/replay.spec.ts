import { jsonEvent } from '@eventstore/db-client';
import fc from 'fast-check';
import { viewerStreams } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import { currentRules, type RuleSet } from '../../projections/access-rules.ts';
import { noAccess, takeIn, tookPart } from '../../projections/recording-access.ts';
import { nothingReplayed, replay } from '../../projections/replayed.ts';
import { StoredLog } from '../../src/compliance/log/stored-log.ts';
import { type ReplayedPart, Replaying, type ReplayQuestion } from '../../src/compliance/replay/replay.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { booked, erased, invited, quarantined, removed, stored, unquarantined } from '../access/history.ts';
import {
  append,
  onCall,
  patientEventsOf,
  type Scene,
  scene,
  send,
  verdictsOn,
  view,
  witness,
} from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { evidence, recorded } from '../support/given.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

type More = { readonly asOf?: number; readonly rules?: RuleSet };
const replaying = async (question: ReplayQuestion, { asOf, rules = currentRules }: More = {}) => {
  const log = new StoredLog(app.app.get(Ledger).store);
  const newest = (await log.newest({ streams: '^[^$]' }))?.position.commit ?? 0n;
  const parts: ReplayedPart[] = [];
  const options = { asOf: { position: asOf ?? Number(newest) }, rules, emergencyPatients: 3 };
  for await (const part of new Replaying(log, options).parts(question)) parts.push(part);
  return parts;
};
const ofPatient = async ({ patientId }: Scene, more?: More): Promise<ReplayedPart> => {
  const [part] = await replaying({ patientId, wholeLog: false }, more);
  if (!part) throw new Error('a patient has one part');
  return part;
};
const opened = ({ accesses }: ReplayedPart) => accesses.filter(({ kind }) => kind === 'opened');
const listed = (personId: string, role: 'patient' | 'clinician') =>
  send(app, 'GET', '/v1/me/consultations', { as: personId, roles: [role] });

describe('replaying a patient', () => {
  it('tells what was booked, who took part since and until when, what was available and every access', async () => {
    const here = await scene(app);
    const { patientId, consultationId, recordingId, clinicianId } = here;
    const guest = { patientId, consultationId, personId: 'int-1' };
    await append(app, patientId, { type: 'ParticipantInvited', data: { ...guest, capacity: 'interpreter' } });
    await append(app, patientId, { type: 'ParticipantRemoved', data: guest });
    expect((await view(app, here, clinicianId, { roles: ['clinician'] })).status).toBe(201);
    expect((await view(app, here, 'pat-stranger')).status).toBe(404);
    expect((await listed(patientId, 'patient')).status).toBe(200);

    const part = await ofPatient(here);

    expect(part.consultations).toEqual([
      expect.objectContaining({ patientId, consultationId, clinicianId, medium: 'video', status: 'booked' }),
    ]);
    expect(
      part.participations.map(({ personId, capacity, until }) => [personId, capacity, until !== undefined]),
    ).toEqual([
      [patientId, 'patient', false],
      [clinicianId, 'clinician', false],
      ['int-1', 'interpreter', true],
    ]);
    expect(part.recordings).toEqual([expect.objectContaining({ recordingId, state: 'available', bytes: 10 })]);
    expect(part.accesses.map(({ kind, viewerId }) => `${kind} ${viewerId}`)).toEqual([
      `opened ${clinicianId}`,
      'refused pat-stranger',
      `shown ${patientId}`,
    ]);
    expect(opened(part)).toEqual([
      expect.objectContaining({ verdictThen: { verdict: 'cleared' }, verdictNow: { verdict: 'cleared' } }),
    ]);
    expect(part.faults).toEqual([]);
  });

  it('leaves out what came later, and says pending where the verdict did', async () => {
    const here = await scene(app);
    await view(app, here, here.clinicianId, { roles: ['clinician'] });
    const events = await patientEventsOf(app, here);
    const viewedAt = Number(events.find(({ type }) => type === 'RecordingViewed')?.position);
    await append(app, here.patientId, {
      type: 'RecordingErased',
      data: {
        patientId: here.patientId,
        consultationId: here.consultationId,
        recordingId: here.recordingId,
        reason: 'retention',
      },
    });

    const then = await ofPatient(here, { asOf: viewedAt });
    expect(opened(then)).toEqual([
      expect.objectContaining({ verdictThen: { verdict: 'pending' }, verdictNow: { verdict: 'cleared' } }),
    ]);
    expect(then.recordings.map(({ state }) => state)).toEqual(['available']);
    expect((await ofPatient(here)).recordings.map(({ state }) => state)).toEqual(['erased']);
    expect(opened(await ofPatient(here, { asOf: viewedAt - 1 }))).toEqual([]);
  });

  it('judges by the rules asked for, and keeps what was said then', async () => {
    const here = await scene(app);
    await view(app, here, here.clinicianId, { roles: ['clinician'] });
    const strict: RuleSet = {
      name: 'strict',
      version: 1,
      rules: [
        {
          name: 'no-clinicians',
          severity: 'review',
          applies: ({ viewerRoles }) => viewerRoles.includes('clinician'),
          releases: () => false,
        },
      ],
    };
    expect(opened(await ofPatient(here, { rules: strict }))).toEqual([
      expect.objectContaining({
        verdictThen: { verdict: 'cleared' },
        verdictNow: { verdict: 'flagged', severity: 'review', rule: 'no-clinicians', released: false },
      }),
    ]);
  });

  it('judges again as the second key did: suspensions and emergencies as they stood at the view', async () => {
    const clinician = 'doc-of-emergencies';
    const scenes = [await scene(app), await scene(app), await scene(app), await scene(app)];
    const asking = { roles: ['clinician'] as const, purpose: 'emergency', reason: 'unconscious, allergies unknown' };
    for (const here of scenes) await view(app, here, clinician, asking);
    await eventually(async () => (await verdictsOn(app, clinician)).length === 4);
    await send(app, 'POST', `/v1/viewers/${clinician}/suspend`, { ...onCall, body: { reason: 'case-7' } });

    for (const here of scenes) {
      const [access] = opened(await ofPatient(here));
      const { verdictThen, verdictNow } = access ?? {};
      expect(verdictNow).toMatchObject(verdictThen as object);
      expect(verdictThen?.rule).toBe(here === scenes[3] ? 'emergency-limit' : 'emergency-access');
    }
  });

  it('finds lists that showed the patient to a person whom their stream does not name, where the whole log is asked', async () => {
    const here = await scene(app);
    const shown = [{ patientId: here.patientId, consultationId: here.consultationId, recordingIds: [] }];
    await app.app
      .get(Ledger)
      .append(
        viewerStreams.of('nosy-1'),
        'any',
        [{ type: 'ConsultationsListed', data: { viewerId: 'nosy-1', shown, digest: 'a'.repeat(64) } }],
        { actor: { id: 'nosy-1', roles: ['patient'] }, requestId: 'r' },
      );
    const { patientId } = here;
    const kinds = async (wholeLog: boolean) =>
      (await replaying({ patientId, wholeLog })).flatMap(({ accesses }) => accesses.map(({ viewerId }) => viewerId));
    expect(await kinds(false)).toEqual([]);
    expect(await kinds(true)).toEqual(['nosy-1']);
  });

  it('says what it could not read, and judges nothing by it', async () => {
    const here = await scene(app);
    await view(app, here, here.clinicianId, { roles: ['clinician'] });
    const { raw } = app.app.get(Ledger).store;
    await raw.appendToStream(`patient-${here.patientId}`, jsonEvent({ type: 'Unheard', data: {} }));

    const part = await ofPatient(here);

    expect(part.faults).toEqual(expect.arrayContaining([expect.stringMatching(/patient-.* Unheard|"Unheard"/)]));
    expect(opened(part)).toEqual([
      expect.objectContaining({ verdictNow: expect.objectContaining({ verdict: 'unknown' }) }),
    ]);
  });
});

describe('replaying a recording', () => {
  it('finds its patient, and views of it that were reported with another patient', async () => {
    const [here, other] = [await scene(app), await scene(app)];
    await view(app, here, here.clinicianId, { roles: ['clinician'] });
    const crossed = { ...other, viewsPath: other.viewsPath.replace(other.recordingId, here.recordingId) };
    await witness(app, crossed, other.clinicianId);

    const parts = await replaying({ recordingId: here.recordingId });

    expect(parts.map(({ patientId }) => patientId)).toEqual([here.patientId, other.patientId]);
    expect(parts.flatMap(opened).map(({ verdictNow }) => verdictNow)).toEqual([
      { verdict: 'cleared' },
      expect.objectContaining({ rule: 'recording-not-in-consultation' }),
    ]);
    expect(parts.flatMap(({ recordings }) => recordings)).toHaveLength(1);
  });
});

describe('replaying a viewer', () => {
  it('tells what they opened, were refused and were shown, of every patient, and nothing of others', async () => {
    const [one, two] = [await scene(app), await scene(app)];
    await view(app, one, one.clinicianId, { roles: ['clinician'] });
    await view(app, two, one.clinicianId, { roles: ['clinician'] });
    await view(app, one, one.patientId);

    const parts = await replaying({ viewerId: one.clinicianId });

    expect(parts.flatMap(({ accesses }) => accesses.map(({ kind, patientId }) => `${kind} ${patientId}`))).toEqual([
      `opened ${one.patientId}`,
      `refused ${two.patientId}`,
    ]);
    expect(parts.flatMap(({ consultations }) => consultations.map(({ patientId }) => patientId))).toEqual([
      one.patientId,
      two.patientId,
    ]);
  });
});

describe('who took part since when', () => {
  it('agrees with the second key at every moment of any history', () => {
    const step = fc.constantFrom(
      ...[stored(), quarantined, unquarantined, erased],
      ...['int-1', 'int-2'].flatMap((person) => [invited(person), removed(person)]),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const history: PatientEvent[] = [booked, ...steps];
        const patient = nothingReplayed();
        const access = noAccess();
        for (const event of evidence<PatientEvent>('patient-pat-1', history)) takeIn(access, event);
        for (const event of recorded<PatientEvent>('patient-pat-1', history))
          replay(patient, { ...event, position: BigInt(event.revision), recordedAt: '' } as Recorded<PatientEvent>);
        for (let revision = 0; revision <= history.length; revision++)
          for (const personId of ['pat-1', 'doc-1', 'int-1', 'int-2', 'pat-2']) {
            const took = patient.participations.some(
              (one) =>
                one.personId === personId &&
                one.since.position < revision &&
                (one.until === undefined || one.until.position >= revision),
            );
            const place = { patientId: 'pat-1', consultationId: 'con-1' };
            expect([revision, personId, took]).toEqual([
              revision,
              personId,
              tookPart(access, place, personId, { revision }),
            ]);
          }
      }),
    );
  });
});
