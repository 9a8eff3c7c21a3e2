import { io, type Socket } from 'socket.io-client';
import { Clock } from '../../src/clock.ts';
import { AccessNoticesGateway } from '../../src/compliance/accesses/notices.gateway.ts';
import type { Role } from '../../src/request/actor.ts';
import { append, type Scene, scene, send, view, witness } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { storeOf } from '../support/node-of.ts';

/** Milliseconds since the epoch, where the time stands still. */
let still: number | undefined;
const clock = { now: () => still ?? Date.now() };
const override = (builder: Parameters<NonNullable<Parameters<typeof startApp>[0]>['override'] & object>[0]) =>
  builder.overrideProvider(Clock).useValue(clock);

let one: RunningApp;
/** Calls staff by their role, and tells patients who have not chosen. */
let two: RunningApp;
const sockets: Socket[] = [];
beforeAll(async () => {
  one = await startApp({ override });
  const env = { STORE_URL: await storeOf(one), STAFF_DISCLOSURE: 'role', ACCESS_NOTIFICATIONS_DEFAULT: 'on' };
  two = await startApp({ env, override });
});
afterEach(() => {
  still = undefined;
  for (const socket of sockets.splice(0)) socket.disconnect();
});
afterAll(async () => {
  await two.close();
  await one.close();
});

type Told = { readonly name: string; readonly viewId: string } & Record<string, unknown>;

/** An app that listens as a person, and all that it hears of accesses. */
const listening = async (app: RunningApp, id: string, roles: readonly Role[] = ['patient']) => {
  const heard: Told[] = [];
  const auth = { token: await app.token(id, roles) };
  const socket = io(`${app.url}/me`, { auth, transports: ['websocket'], reconnection: false, forceNew: true });
  sockets.push(socket);
  socket.onAny((name: string, message: object) => {
    if (name.startsWith('access.')) heard.push({ name, ...message } as Told);
  });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
  return { heard, socket };
};

const choose = async ({ patientId }: Scene, notify: boolean) => {
  const path = '/v1/me/access-notifications';
  const { status } = await send(one, 'PUT', path, { as: patientId, roles: ['patient'], body: { notify } });
  expect(status).toBe(200);
};
const hold = async ({ patientId }: Scene, more: object = {}) => {
  const body = { reason: 'law-enforcement', until: new Date(Date.now() + 3_600_000).toISOString(), ...more };
  const path = `/v1/patients/${patientId}/access-holds`;
  const answer = await send(one, 'POST', path, { as: 'officer-1', roles: ['compliance'], body });
  expect(answer.status).toBe(201);
  return answer.body as { until: string };
};
const opened = async (here: Scene, viewerId = here.clinicianId): Promise<string> =>
  (await view(one, here, viewerId, { roles: ['clinician'] })).body.viewId;
const emergency = async (here: Scene, viewerId: string): Promise<string> => {
  const why = { purpose: 'emergency', reason: 'unconscious in the ward' };
  return (await view(one, here, viewerId, { roles: ['clinician'], ...why })).body.viewId;
};
const names = (heard: readonly Told[]) => heard.map(({ name }) => name);
const views = (heard: readonly Told[]) => heard.map(({ viewId }) => viewId);

describe('an access to a patient’s recording', () => {
  it('is told to all apps of the patient who chose that, as the row of their list, and to no one else', async () => {
    const here = await scene(one);
    const { patientId, consultationId } = here;
    const guardian = `guard-${patientId}`;
    const participants = `/v1/patients/${patientId}/consultations/${consultationId}/participants`;
    const as = { as: patientId, roles: ['patient'] } as const;
    await send(one, 'POST', participants, { ...as, body: { personId: guardian, capacity: 'guardian' } });
    await choose(here, true);
    const apps = [await listening(one, patientId), await listening(one, patientId)];
    const others = [
      await listening(one, guardian),
      await listening(one, here.clinicianId, ['clinician']),
      await listening(one, 'pat-other'),
      await listening(one, 'officer-1', ['compliance', 'on-call']),
    ];
    await view(one, here, patientId);
    await opened(here);
    await view(one, here, 'pat-stranger');
    await witness(one, here, 'doc-elsewhere');
    for (const { heard } of apps) await eventually(() => heard.length === 3);

    const { items } = (await send(one, 'GET', '/v1/me/accesses', as)).body;
    expect(items.map(({ viewerId }: { viewerId: string }) => viewerId)).toEqual([
      ...['doc-elsewhere', 'pat-stranger', here.clinicianId, patientId],
    ]);
    for (const { heard } of apps) {
      expect(names(heard)).toEqual(Array(3).fill('access.recorded'));
      const rows = heard.map(({ name: _, revision, verdict, reason, severity: __, ...row }) => {
        expect([typeof revision, typeof reason]).toEqual(['number', 'string']);
        return row;
      });
      // The verdict may come after the notice, and the reason with it.
      const listed = items.slice(0, 3).map(({ verdict: _, reason: __, severity: ___, ...row }: Told) => row);
      expect(rows.toReversed()).toEqual(listed);
    }
    expect(others.map(({ heard }) => heard)).toEqual([[], [], [], []]);
  });

  it('is not told until the patient chose it, nor after they chose otherwise', async () => {
    const here = await scene(one);
    const { heard } = await listening(one, here.patientId);
    await opened(here);
    await choose(here, true);
    const told = await opened(here);
    await eventually(() => heard.length === 1);
    await choose(here, false);
    await opened(here);
    await choose(here, true);
    const last = await opened(here);
    await eventually(() => heard.length === 2);
    expect(views(heard)).toEqual([told, last]);
  });

  it('is told by an instance that does so by default, and not to a patient who chose otherwise', async () => {
    const here = await scene(one);
    const { heard } = await listening(two, here.patientId);
    const told = await opened(here);
    await eventually(() => heard.length === 1);
    await choose(here, false);
    await opened(here);
    const last = await emergency(here, 'doc-far');
    await eventually(() => heard.length === 2);
    expect(heard.map(({ name, viewId }) => [name, viewId])).toEqual([
      ['access.recorded', told],
      ['access.emergency', last],
    ]);
  });

  it('is not told while a hold keeps it from the patient, an emergency neither, and is in the list afterwards', async () => {
    const here = await scene(one);
    await choose(here, true);
    const { heard } = await listening(one, here.patientId);
    const { until } = await hold(here, { viewerId: 'doc-held' });
    await emergency(here, 'doc-held');
    const other = await emergency(here, 'doc-far');
    await eventually(() => heard.length === 2);
    still = Date.parse(until) - 1;
    await emergency(here, 'doc-held');
    // Told after the one before it, which was thus looked at while the hold was on.
    const last = await emergency(here, 'doc-far');
    await eventually(() => heard.length === 4);
    still = Date.parse(until);
    const after = await emergency(here, 'doc-held');
    await eventually(() => heard.length === 6);
    expect(views(heard)).toEqual([other, other, last, last, after, after]);
    expect(names(heard).slice(0, 2)).toEqual(['access.emergency', 'access.recorded']);
    const as = { as: here.patientId, roles: ['patient'] } as const;
    expect((await send(one, 'GET', '/v1/me/accesses', as)).body.items).toHaveLength(5);
  });

  it('names no member of staff where the setting hides who they are, an emergency neither', async () => {
    const here = await scene(one);
    const { heard } = await listening(two, here.patientId);
    await opened(here);
    await emergency(here, 'doc-far-away');
    await eventually(() => heard.length === 3);
    expect(names(heard)).toEqual(['access.recorded', 'access.emergency', 'access.recorded']);
    expect(heard.map(({ who }) => who)).toEqual(Array(3).fill('clinician'));
    expect(JSON.stringify(heard)).not.toContain('doc-far-away');
    expect(JSON.stringify(heard)).not.toContain(here.clinicianId);
  });

  it('tells no id of another patient’s recording that a service reported', async () => {
    const [here, there] = [await scene(one), await scene(one)];
    await choose(here, true);
    const { heard } = await listening(one, here.patientId);
    const why = { purpose: 'emergency', reason: 'unconscious in the ward', viewerRoles: ['clinician'] };
    const viewsPath = here.viewsPath.replace(here.recordingId, there.recordingId);
    await witness(one, { ...here, viewsPath }, 'doc-far', why);
    await eventually(() => heard.length === 2);
    expect(heard.map(({ recordingId }) => recordingId)).toEqual([null, null]);
    expect(JSON.stringify(heard)).not.toContain(there.recordingId);
  });

  it('is stopped on its way to anyone but the patient, where a bug sends it to everyone', async () => {
    const here = await scene(one);
    const patient = await listening(one, here.patientId);
    const clinician = await listening(one, here.clinicianId, ['clinician']);
    const { namespace } = one.app.get(AccessNoticesGateway, { strict: false }) as unknown as {
      namespace: { emit: (name: string, message: object) => void };
    };
    const { patientId, consultationId, recordingId } = here;
    namespace.emit('access.recorded', {
      ...{ kind: 'refused', patientId, consultationId, recordingId, viewId: 'view-1', reasonCode: 'not-a-participant' },
      ...{ at: '2026-05-04T09:00:00.000Z', who: 'another person', automated: false, reason: 'asked in vain' },
      ...{ viewerRoles: ['patient'], appVersion: '0.1.0', revision: 1 },
    });
    await eventually(() => patient.heard.length === 1);
    await eventually(() => !clinician.socket.connected);
    expect(clinician.heard).toEqual([]);
  });

  it('is told while the patient’s record grows', async () => {
    const here = await scene(one);
    await choose(here, true);
    const { heard } = await listening(one, here.patientId);
    const ids: string[] = [];
    for (let i = 0; i < 20; i++) {
      const { patientId, consultationId, recordingId } = here;
      const viewId = `view-${patientId}-${i}`;
      ids.push(viewId);
      await append(one, patientId, {
        type: 'RecordingViewRefused',
        data: {
          ...{ patientId, consultationId, recordingId, viewId, viewerId: 'pat-stranger', viewerRoles: ['patient'] },
          ...{ purpose: 'treatment', reasonCode: 'not-a-participant' },
        },
      });
    }
    await eventually(() => heard.length === ids.length);
    expect(views(heard)).toEqual(ids);
  });
});
