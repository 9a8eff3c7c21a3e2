import { randomUUID } from 'node:crypto';
import type { PatientEvent } from '../../events/patient-events.ts';
import type { Role } from '../../src/request/actor.ts';
import { append, send } from '../access/scene.ts';
import { type Consultation, consultation, type RecordedConsultation, recorded } from '../recordings/recorded.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { patience } from '../support/eventually.ts';

const routes = new Set<string>();
let app: RunningApp;
/** What is there, and ids of the same shape that nothing has. */
let there: Target;
let nowhere: Target;
let callers: readonly { readonly what: string; readonly as: string; readonly roles: readonly Role[] }[];

type Target = {
  readonly patientId: string;
  readonly consultationId: string;
  readonly recordingId: string;
  readonly personId: string;
};

const short = () => randomUUID().slice(0, 8);
const unknown = (): Target => ({
  patientId: `pat-${short()}`,
  consultationId: randomUUID(),
  recordingId: randomUUID(),
  personId: `doc-${short()}`,
});

const invite = (held: Consultation, personId: string) =>
  send(app, 'POST', `${held.path}/participants`, {
    ...{ as: held.patientId, roles: ['patient'] },
    body: { personId, capacity: 'interpreter' },
  });

const again = async (patientId: string, clinicianId: string): Promise<Consultation> => {
  const { body } = await send(app, 'POST', `/v1/patients/${patientId}/consultations`, {
    ...{ as: clinicianId, roles: ['clinician'] },
    body: {
      clinicianId,
      scheduledStart: '2036-05-05T09:00:00Z',
      scheduledEnd: '2036-05-05T09:30:00Z',
      medium: 'video',
    },
  });
  const { consultationId } = body;
  return { patientId, clinicianId, consultationId, path: `/v1/patients/${patientId}/consultations/${consultationId}` };
};

beforeAll(async () => {
  app = await startApp({ onRoute: (route) => routes.add(route) });
  const held: RecordedConsultation = await recorded(app);
  there = { ...held, personId: held.clinicianId };
  nowhere = unknown();
  // One who knows the patient, but another consultation of theirs.
  const guest = `int-${short()}`;
  await invite(await again(held.patientId, held.clinicianId), guest);
  callers = [
    { what: 'a patient', as: `pat-${short()}`, roles: ['patient'] },
    { what: 'a clinician', as: `doc-${short()}`, roles: ['clinician'] },
    { what: 'a guest of the same patient’s other consultation', as: guest, roles: ['patient', 'clinician'] },
  ];
});
afterAll(() => app.close());

const schedule = { scheduledStart: '2036-06-04T09:00:00Z', scheduledEnd: '2036-06-04T09:30:00Z' };
/** A good body for each kind of route, so that it is not the body that is refused; two, so that a key comes with another one. */
const bodies: Readonly<Record<string, readonly [object, object]>> = {
  consultations: [
    { clinicianId: 'doc-other', ...schedule, medium: 'video' },
    { clinicianId: 'doc-other', ...schedule, medium: 'audio' },
  ],
  reschedule: [schedule, { ...schedule, scheduledEnd: '2036-06-04T09:40:00Z' }],
  cancel: [{ reasonCode: 'a' }, { reasonCode: 'b' }],
  participants: [
    { personId: 'int-1', capacity: 'observer' },
    { personId: 'int-1', capacity: 'trainee' },
  ],
  join: [{ mediaSessionId: 'room-1' }, { mediaSessionId: 'room-2' }],
  consent: [{ given: true }, { given: false }],
  views: [{ purpose: 'treatment' }, { purpose: 'operations' }],
  quarantine: [{ reason: 'a' }, { reason: 'b' }],
  release: [{ reason: 'a' }, { reason: 'b' }],
  erase: [{ reason: 'a' }, { reason: 'b' }],
};

const ofOneThing = () =>
  [...routes].filter(
    (route) => /:(patientId|consultationId|recordingId)\b/.test(route) && !/^(HEAD|OPTIONS) /.test(route),
  );

const pathTo = (pattern: string, target: Target) =>
  pattern.replaceAll(/:(\w+)/g, (_, name: string) => target[name as keyof Target] ?? 'x');

type Asking = { readonly headers?: Record<string, string>; readonly second?: boolean };

const ask = async (
  route: string,
  target: Target,
  { as, roles }: { as: string; roles: readonly Role[] },
  { headers = {}, second = false }: Asking = {},
) => {
  const [method = '', pattern = ''] = route.split(' ');
  const [first, other] = bodies[pattern.split('/').at(-1) ?? ''] ?? [{}, {}];
  const isUpload = pattern.endsWith('/recordings');
  const hasBody = method !== 'GET' && method !== 'DELETE';
  const response = await app.call(pathTo(pattern, target) + (isUpload ? '?mediaSessionId=room-1' : ''), {
    ...{ method, as, roles },
    headers: {
      ...(hasBody && { 'content-type': isUpload ? 'video/webm' : 'application/json' }),
      ...(isUpload && { 'content-digest': 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:' }),
      ...headers,
    },
    ...(hasBody && { body: isUpload ? Buffer.from([0x1a, 0x45, 0xdf, 0xa3]) : JSON.stringify(second ? other : first) }),
  });
  const text = await response.text();
  const { instance: _, ...body } = text === '' ? { instance: '' } : JSON.parse(text);
  const told = new Map(response.headers);
  for (const name of ['date', 'x-request-id']) told.delete(name);
  return { status: response.status, body, headers: Object.fromEntries(told) };
};

/** What a caller may send along that is compared with what is there. */
const variants: readonly [string, Asking | 'a key that came with another body'][] = [
  ['nothing more', {}],
  ['If-Match of the first revision', { headers: { 'if-match': '"0"' } }],
  ['If-Match of one that is not there', { headers: { 'if-match': '"99999"' } }],
  ['X-Min-Revision of the first', { headers: { 'x-min-revision': '0' } }],
  ['X-Min-Revision of one that is not there', { headers: { 'x-min-revision': '99999' } }],
  ['a fresh Idempotency-Key', { headers: { 'idempotency-key': 'fresh' } }],
  ['all of them', { headers: { 'if-match': '"7"', 'x-min-revision': '7', 'idempotency-key': 'all' } }],
  ['a key that came with another body', 'a key that came with another body'],
];

describe('what a stranger learns of a consultation', () => {
  it('is asked at every route there is', () => {
    expect(ofOneThing().length).toBeGreaterThan(12);
  });

  it.each(variants)('is nothing, with %s', async (_, variant) => {
    const told: string[] = [];
    const wrong: unknown[] = [];
    for (const route of ofOneThing())
      for (const caller of callers) {
        const both = [there, nowhere].map(async (target) => {
          if (typeof variant === 'object') return ask(route, target, caller, variant);
          const headers = { 'idempotency-key': `reused ${route}`.replaceAll(/[^\w]/g, '-') };
          await ask(route, target, caller, { headers });
          return ask(route, target, caller, { headers, second: true });
        });
        const [existing, missing] = await Promise.all(both);
        told.push(`${existing?.status}`);
        try {
          expect(existing).toEqual(missing);
        } catch {
          wrong.push({ route, caller: caller.what, existing, missing });
        }
      }
    expect(wrong).toEqual([]);
    // Refused as strangers, and not for something else about the request.
    expect(new Set(told)).toEqual(new Set(['403', '404']));
  });

  it('is nothing either when they took part once', async () => {
    const held = await consultation(app);
    const former = `int-${short()}`;
    const asFormer = { as: former, roles: [] as const };
    await invite(held, former);
    const join = (key: string, room: string) =>
      send(app, 'POST', `${held.path}/join`, {
        ...asFormer,
        headers: { 'idempotency-key': key },
        body: { mediaSessionId: room },
      });
    expect((await join('k', 'room-9')).status).toBe(200);
    await app.call(`${held.path}/participants/${former}`, {
      ...{ method: 'DELETE', as: held.patientId, roles: ['patient'] },
    });
    const gone = {
      status: 404,
      code: 'consultation-not-found',
      detail: 'there is no such consultation, or it is not yours',
    };
    expect((await join('k', 'room-9')).body).toMatchObject(gone);
    expect((await join('k', 'room-10')).body).toMatchObject(gone);
    for (const headers of [{ 'if-match': '"99999"' }, { 'x-min-revision': '99999' }] as Record<string, string>[]) {
      expect((await send(app, 'GET', held.path, { ...asFormer, headers })).body).toMatchObject(gone);
      for (const [command, body] of Object.entries({ reschedule: schedule, cancel: { reasonCode: 'x' } }))
        expect((await send(app, 'POST', `${held.path}/${command}`, { ...asFormer, headers, body })).body).toMatchObject(
          gone,
        );
    }
  });

  it('is left to those who may know', async () => {
    const held = await consultation(app);
    const asPatient = { as: held.patientId, roles: ['patient'] as const };
    const cancel = (headers: Record<string, string>, reasonCode = 'x') =>
      send(app, 'POST', `${held.path}/cancel`, { ...asPatient, headers, body: { reasonCode } });
    expect((await cancel({ 'if-match': '"99999"' })).body).toMatchObject({ code: 'revision-mismatch' });
    const min = await send(app, 'GET', held.path, { ...asPatient, headers: { 'x-min-revision': '99999' } });
    expect(min.body).toMatchObject({ code: 'min-revision-unavailable' });
    const first = await cancel({ 'idempotency-key': 'once' });
    expect(first.status).toBe(200);
    // By now it is closed; the same command still has its first outcome.
    expect(await cancel({ 'idempotency-key': 'once' })).toMatchObject({ status: 200, body: first.body });
    expect((await cancel({ 'idempotency-key': 'once' }, 'y')).body).toMatchObject({ code: 'idempotency-key-reused' });
  });
});

describe('how long a stranger waits', () => {
  const EVENTS = 500;
  const ROUNDS = 5;

  /** A patient with a long history that this instance has not read. */
  const busy = async (): Promise<Target> => {
    const target = unknown();
    const { patientId, consultationId, recordingId } = target;
    const ids = { patientId, consultationId };
    const events: PatientEvent[] = [
      { type: 'ConsultationBooked', data: { ...ids, clinicianId: target.personId, ...schedule, medium: 'video' } },
      {
        type: 'RecordingStored',
        data: {
          ...ids,
          ...{ recordingId, mediaSessionId: 'room-1', sha256: 'a'.repeat(64), bytes: 1 },
          ...{ contentType: 'video/webm', durationSeconds: null },
        },
      },
    ];
    for (let i = 0; events.length < EVENTS; i++)
      events.push({
        type: 'ConsultationJoined',
        data: { ...ids, personId: target.patientId, mediaSessionId: `r-${i}` },
      });
    for (let i = 0; i < events.length; i += 500) await append(app, patientId, ...events.slice(i, i + 500));
    return target;
  };

  const median = (of: readonly number[]) => [...of].sort((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0;

  it('says nothing of what there is', async () => {
    const stranger = { as: `pat-${short()}`, roles: ['patient'] as const };
    const timed = async (route: string, target: Target, asking: Asking = {}) => {
      const started = performance.now();
      const { status } = await ask(route, target, stranger, asking);
      expect(status).toBe(404);
      return performance.now() - started;
    };
    const path = '/v1/patients/:patientId/consultations/:consultationId';
    const asked: [string, Asking][] = [
      [`GET ${path}`, { headers: { 'x-min-revision': '99999' } }],
      [`POST ${path}/cancel`, { headers: { 'if-match': '"3"', 'idempotency-key': 'k' } }],
      [`POST ${path}/recordings/:recordingId/views`, {}],
    ];
    /** How long each of some patients took whom there is, and whom there is not; undefined where none can tell them apart. */
    const toldApart = async (route: string, asking: Asking) => {
      const patients: Target[] = [];
      for (let i = 0; i < ROUNDS; i++) patients.push(await busy());
      // What was appended is still being followed; what is compared comes after that.
      for (let quick = 0; quick < 5; )
        quick = (await timed(route, unknown(), asking)) < 120 * patience() ? quick + 1 : 0;
      const existing: number[] = [];
      const missing: number[] = [];
      for (const [i, here] of patients.entries()) {
        // A view is recorded with the patient, whose history is read for the first one alone; everything else never gets there.
        if (route.endsWith('views')) await timed(route, here, asking);
        const inTurn: [number[], Target][] = [
          [existing, here],
          [missing, unknown()],
        ];
        for (const [times, target] of i % 2 === 0 ? inTurn : inTurn.reverse())
          times.push(await timed(route, target, asking));
      }
      const [a, b] = [median(existing), median(missing)];
      const isTold = Math.abs(a - b) > 5 && Math.max(a / b, b / a) > 2;
      return isTold ? { route, slower: a > b ? 'existing' : 'missing', existing, missing } : undefined;
    };
    const wrong: unknown[] = [];
    for (const [route, asking] of asked) {
      // Other work of the machine is now in one, now in the other; a route that tells is the same each time.
      const first = await toldApart(route, asking);
      const again = first && (await toldApart(route, asking));
      const last = again?.slower === first?.slower ? again && (await toldApart(route, asking)) : undefined;
      if (last && last.slower === first?.slower) wrong.push(first, again, last);
    }
    expect(wrong).toEqual([]);
  }, 240_000);
});
