import { jsonEvent } from '@eventstore/db-client';
import { AccessPolicy } from '../../../src/access/views/policy.ts';
import { StoredLog } from '../../../src/compliance/log/stored-log.ts';
import {
  type Build,
  type Finding,
  holds,
  Rehearsal,
  type RehearsalQuestion,
  thisBuild,
} from '../../../src/compliance/rehearsal/rehearsal.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import type { Role } from '../../../src/request/actor.ts';
import { append, onCall, patientEventsOf, type Scene, scene, send, view, witness } from '../../access/scene.ts';
import { type RunningApp, startApp } from '../../support/app.ts';

/** Everything that was ever asked is counted: the tests share no store. */
let app: RunningApp;
beforeEach(async () => {
  app = await startApp({ env: { STORE_URL: '' } });
});
afterEach(() => app.close());

const rehearse = async (build: Build, question: RehearsalQuestion = {}) => {
  const found: Finding[] = [];
  const log = new StoredLog(app.app.get(Ledger).store);
  const result = await new Rehearsal(log, build, (one) => {
    found.push(one);
  }).run(question);
  return { result, found };
};
const deciding = (decide: AccessPolicy['decide']): Build => ({
  ...thisBuild,
  policy: new (class extends AccessPolicy {
    override decide(...question: Parameters<AccessPolicy['decide']>) {
      return decide(...question);
    }
  })(),
});
const listed = (personId: string, ...roles: Role[]) =>
  send(app, 'GET', '/v1/me/consultations', { as: personId, roles });
const own = (here: Scene) => view(app, here, here.patientId);
const unchanged = { 'deny-to-allow': 0, 'lists-what-is-not-theirs': 0, 'allow-to-deny': 0, 'no-longer-listed': 0 };

describe('rehearsing a build', () => {
  it('changes nothing where the build answers as the ledger says, and writes nothing', async () => {
    const here = await scene(app);
    expect((await own(here)).status).toBe(201);
    expect((await view(app, here, 'pat-stranger')).status).toBe(404);
    await listed(here.patientId, 'patient');
    // The store itself writes on its own streams whenever it likes: how far its persistent groups are.
    const newest = () => app.app.get(Ledger).store.newestOfLedger();
    const before = await newest();

    const { result, found } = await rehearse(thisBuild);

    expect(found).toEqual([]);
    expect(result).toMatchObject({
      asked: { views: 1, refusals: 1, lists: 1 },
      replayed: { views: 1, refusals: 1, lists: 1 },
      changes: unchanged,
      notReplayable: [],
    });
    expect(holds(result)).toBe(true);
    expect(await newest()).toEqual(before);
  });

  it('fails the build of 2020, whose policy says yes to all callers', async () => {
    const here = await scene(app);
    await own(here);
    await view(app, here, 'pat-stranger');
    const { patientId, consultationId, recordingId } = here;

    const { result, found } = await rehearse(deciding(() => 'allowed'));

    const refused = (await patientEventsOf(app, here)).find(({ type }) => type === 'RecordingViewRefused');
    expect(found).toEqual([
      expect.objectContaining({
        ...{ change: 'deny-to-allow', viewerId: 'pat-stranger', patientId, consultationId, recordingId },
        ...{ eventId: refused?.id, stream: `patient-${patientId}`, revision: refused?.revision },
        ...{ was: 'not-a-participant', is: 'allowed' },
      }),
    ]);
    expect(holds(result)).toBe(false);
  });

  it('fails a build that lists what is not the viewer’s, whether it was shown then or not', async () => {
    const [mine, other] = [await scene(app), await scene(app)];
    await listed(mine.patientId, 'patient');
    const forTheWrongPerson: Build = {
      ...thisBuild,
      lists: (patients, diaries) =>
        thisBuild.lists({ get: (_, options) => patients.get(other.patientId, options) }, diaries),
    };
    const { result, found } = await rehearse(forTheWrongPerson);
    const { patientId, consultationId } = other;
    expect(
      found.map(({ change, viewerId, patientId, consultationId }) => [change, viewerId, patientId, consultationId]),
    ).toEqual([
      ['lists-what-is-not-theirs', mine.patientId, patientId, consultationId],
      ['no-longer-listed', mine.patientId, mine.patientId, mine.consultationId],
    ]);
    expect(holds(result)).toBe(false);
  });

  it('reports a build that lets in fewer, or fails, and passes it', async () => {
    const here = await scene(app);
    await own(here);
    const stricter = await rehearse(deciding(() => 'not-a-participant'));
    expect(stricter.found).toMatchObject([{ change: 'allow-to-deny', was: 'allowed', is: 'not-a-participant' }]);
    expect(holds(stricter.result)).toBe(true);
    const failing = await rehearse(
      deciding(() => {
        throw new Error('no such field');
      }),
    );
    expect(failing.found).toMatchObject([{ change: 'allow-to-deny', is: 'fails: no such field' }]);
  });

  it('puts each question where it stands: what changed since makes no difference', async () => {
    const here = await scene(app);
    const { patientId, consultationId, clinicianId } = here;
    const guest = { patientId, consultationId, personId: 'int-1' };
    await view(app, here, 'int-1');
    await append(app, patientId, { type: 'ParticipantInvited', data: { ...guest, capacity: 'interpreter' } });
    await view(app, here, 'int-1');
    await append(app, patientId, { type: 'ParticipantRemoved', data: guest });
    await view(app, here, 'int-1');
    const desk = (path: string) => send(app, 'POST', path, { ...onCall, body: { reason: 'case-7' } });
    await desk(`/v1/viewers/${clinicianId}/suspend`);
    await view(app, here, clinicianId, { roles: ['clinician'] });
    await desk(`/v1/viewers/${clinicianId}/reinstate`);
    await desk('/v1/playback/halt');
    await own(here);
    await desk('/v1/playback/resume');
    await own(here);
    await append(app, patientId, {
      type: 'RecordingErased',
      data: { patientId, consultationId, recordingId: here.recordingId, reason: 'retention' },
    });
    await own(here);

    const { result, found } = await rehearse(thisBuild);
    expect(found).toEqual([]);
    expect(result.replayed).toEqual({ views: 2, refusals: 5, lists: 0 });

    const { found: faults } = await rehearse(deciding(() => 'allowed'));
    expect(faults.map(({ was }) => was)).toEqual([
      ...['not-a-participant', 'no-longer-a-participant', 'viewer-suspended', 'playback-halted', 'recording-erased'],
    ]);
  });

  it('knows which emergencies came with a reason', async () => {
    const here = await scene(app);
    const asking = { roles: ['clinician'] as const, purpose: 'emergency' };
    const reason = 'unconscious, allergies unknown';
    await view(app, here, 'doc-of-emergencies', { ...asking, reason });
    await view(app, here, 'pat-stranger', { purpose: 'emergency', reason });
    await send(app, 'POST', '/v1/playback/halt', { ...onCall, body: { reason: 'case-7' } });
    await view(app, here, 'doc-of-emergencies', { ...asking, reason });
    const { result, found } = await rehearse(thisBuild);
    expect(found).toEqual([]);
    expect(result.replayed).toEqual({ views: 1, refusals: 2, lists: 0 });
  });

  it('counts what cannot be put again, by the reason', async () => {
    const [here, odd] = [await scene(app), await scene(app)];
    await witness(app, here, here.clinicianId);
    await own(odd);
    await send(app, 'GET', `/v1/patients/${here.patientId}/consultations`, { as: 'app-1', roles: ['service'] });
    const { raw } = app.app.get(Ledger).store;
    await raw.appendToStream(`patient-${odd.patientId}`, jsonEvent({ type: 'Odd', data: {} }));
    await append(app, odd.patientId, {
      type: 'RecordingViewRefused',
      data: {
        ...{ patientId: odd.patientId, consultationId: odd.consultationId, recordingId: odd.recordingId },
        ...{ viewId: 'view-1', viewerId: 'pat-2', viewerRoles: ['patient'], purpose: 'treatment' },
        reasonCode: 'not-a-participant',
      },
    });
    const { result } = await rehearse(thisBuild);
    expect(result.asked).toEqual({ views: 2, refusals: 1, lists: 1 });
    expect(result.replayed).toEqual({ views: 1, refusals: 0, lists: 0 });
    expect(result.notReplayable).toEqual([
      { reason: 'a service asked for the list of one patient', questions: 1 },
      { reason: 'a service reported the view: no policy was asked', questions: 1 },
      { reason: expect.stringMatching(/^the log cannot be read there: .*"Odd"/), questions: 1 },
    ]);
  });

  it('gives the same answers from the middle of the log as from its start', async () => {
    for (let i = 0; i < 4; i++) {
      const here = await scene(app);
      await own(here);
      await view(app, here, 'pat-stranger');
      await listed(here.patientId, 'patient');
      await listed(here.clinicianId, 'clinician');
    }
    const all = await rehearse(deciding(() => 'allowed'));
    const total = 12;
    for (let questions = 1; questions <= total + 1; questions++) {
      const { result, found } = await rehearse(
        deciding(() => 'allowed'),
        { questions },
      );
      const { views, refusals, lists } = result.replayed;
      expect(views + refusals + lists).toBe(Math.min(questions, total));
      expect(found).toEqual(all.found.filter(({ position }) => position >= result.from));
    }
    const [, second, third] = all.found;
    const range = { from: { position: second?.position ?? 0 }, to: { position: third?.position ?? 0 } };
    expect(
      (
        await rehearse(
          deciding(() => 'allowed'),
          range,
        )
      ).found,
    ).toEqual([second, third]);
    expect((await rehearse(thisBuild, { from: { time: '2999-01-01T00:00:00.000Z' } })).result.asked).toEqual({
      ...{ views: 0, refusals: 0, lists: 0 },
    });
  });
});
