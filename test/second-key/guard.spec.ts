import { randomUUID } from 'node:crypto';
import { Controller, Get } from '@nestjs/common';
import { io, type Socket } from 'socket.io-client';
import { patientStreams } from '../../events/categories.ts';
import { ROUTE_ROLES, routeRoles } from '../../src/auth/route-roles.ts';
import { TokenVerifier } from '../../src/auth/token-verifier.ts';
import { ExportsGateway } from '../../src/compliance/exports/exports.gateway.ts';
import { Consultations } from '../../src/consultations/consultations.ts';
import { MeGateway } from '../../src/consultations/me.gateway.ts';
import { OnCallGateway } from '../../src/incidents/on-call.gateway.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { Role, VerifiedToken } from '../../src/request/actor.ts';
import { Evidence } from '../../src/second-key/evidence.ts';
import {
  append,
  breachesOf,
  eventsOf,
  onCall,
  type Scene,
  scene,
  send,
  typesOf,
  verdictsOn,
  view,
  witness,
} from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

/** What the faulty parts of this application do wrong right now; each test puts in one fault, and nothing that ships can. */
let fault: {
  believe?: VerifiedToken['actor'] | undefined;
  answer?: unknown;
  same?: object | undefined;
  invite?: string | undefined;
  swap?: string | undefined;
} = {};

/** A service tells something, and is told more than that it was taken. */
@Controller('v1/hooks/talkative')
class TalkativeHook {
  @Get()
  answer() {
    return fault.same ?? '';
  }
}

@Controller('v1/me/test-answer')
class AnswerController {
  @Get()
  answer() {
    return fault.same ?? structuredClone(fault.answer);
  }
}

const faultyVerifier = (real: TokenVerifier): TokenVerifier =>
  Object.assign(Object.create(real) as TokenVerifier, {
    verify: async (token: string) => {
      if (!fault.believe) return real.verify(token);
      return { actor: fault.believe, expiresAt: new Date(Date.now() + 60_000) };
    },
  });

let app: RunningApp;
const sockets: Socket[] = [];
beforeAll(async () => {
  app = await startApp({
    tellsAnything: true,
    controllers: [AnswerController, TalkativeHook],
    onServer: (server) => server.addHook('onSend', async (_request, _reply, payload) => fault.swap ?? payload),
    override: (builder) =>
      builder.overrideProvider(ROUTE_ROLES).useValue({
        ...routeRoles,
        'GET /v1/me/test-answer': 'anyone',
        'GET /v1/hooks/talkative': 'public',
        'GET /v1/breaches': 'anyone',
        'GET /v1/playback': 'anyone',
        'GET /v1/access-monitor': 'public',
      }),
  });
  const verifier = app.app.get(TokenVerifier);
  const real = { verify: verifier.verify.bind(verifier) } as TokenVerifier;
  Object.assign(verifier, { verify: faultyVerifier(real).verify });
  const consultations = app.app.get(Consultations, { strict: false });
  const invite = consultations.invite.bind(consultations);
  consultations.invite = (asked) =>
    invite(fault.invite ? { ...asked, input: { ...asked.input, personId: fault.invite } } : asked);
});
afterEach(() => {
  fault = {};
  for (const socket of sockets.splice(0)) socket.disconnect();
});
afterAll(() => app.close());

const person = { roles: ['patient'] as const };
const answerTo = (as: string, roles: readonly Role[] = ['patient']) =>
  send(app, 'GET', '/v1/me/test-answer', { as, roles });

const incidents = async (match: object) =>
  eventually(async () => {
    const { body } = await send(app, 'GET', '/v1/breaches?status=all&limit=100', onCall);
    const found = body.items.filter((item: Record<string, unknown>) =>
      Object.entries(match).every(([key, value]) => item[key] === value),
    );
    return found.length > 0 && found;
  });

const itemOf = ({ patientId, clinicianId, consultationId, recordingId }: Scene) => ({
  ...{ consultationId, patientId, clinicianId },
  ...{ scheduledStart: '2026-05-04T09:00:00.000Z', scheduledEnd: '2026-05-04T09:30:00.000Z' },
  participants: [
    { personId: patientId, capacity: 'patient' },
    { personId: clinicianId, capacity: 'clinician' },
  ],
  recordings: [{ recordingId }],
});

describe('an answer of new code', () => {
  it.each<[string, (theirs: Scene) => unknown]>([
    ['under another key', ({ consultationId }) => ({ id: consultationId })],
    ['as a key', ({ recordingId }) => ({ [recordingId]: true })],
    ['in an address', ({ consultationId }) => ({ href: `https://x.example/c/${consultationId}?a=1` })],
    ['in a text', ({ recordingId }) => ({ note: `see ${recordingId}, please` })],
    ['in a list of ids', ({ recordingId }) => [['x', recordingId]]],
    ['in JSON in a text', ({ consultationId }) => ({ raw: JSON.stringify({ deep: [{ consultationId }] }) })],
    [
      'in a row of what was shown',
      ({ consultationId, recordingId }) => ({
        items: [{ kind: 'shown', consultationIds: [consultationId], recordingIds: [recordingId] }],
      }),
    ],
    ['however deep', ({ consultationId }) => Array.from({ length: 30 }).reduce((deep) => [deep], consultationId)],
  ])('does not leave with somebody else’s id %s', async (_, leak) => {
    const [mine, theirs] = [await scene(app), await scene(app)];
    fault.answer = leak(theirs);
    const { status, body } = await answerTo(mine.patientId);
    expect([status, body.code]).toEqual([500, 'egress-violation']);
    expect(JSON.stringify(body)).not.toContain(theirs.patientId);
    await incidents({ viewerId: mine.patientId, patientId: theirs.patientId, severity: 'critical' });
    fault.answer = leak(mine);
    expect((await answerTo(mine.patientId)).status).toBe(200);
  });

  it.each<[string, object]>([
    ['clinician', { clinicianId: 'doc-other' }],
    ['patient', { patientId: 'pat-other' }],
    ['times', { scheduledStart: '2026-05-05T09:00:00.000Z' }],
    ['participants', { participants: [{ personId: 'somebody-else', capacity: 'guardian' }] }],
  ])('does not leave with one’s own consultation and somebody else’s %s', async (_, foreign) => {
    const mine = await scene(app);
    fault.answer = { items: [itemOf(mine)] };
    expect((await answerTo(mine.patientId)).status).toBe(200);
    fault.answer = { items: [{ ...itemOf(mine), ...foreign }] };
    expect((await answerTo(mine.patientId)).status).toBe(500);
    await incidents({ viewerId: mine.patientId, rule: 'altered-item' });
  });

  it('says what it is, an answer and a refusal', async () => {
    fault.answer = { note: 'nothing of anybody' };
    const answer = await answerTo('pat-first');
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const { headers } = await send(app, 'GET', '/v1/patients/pat-other/consultations', { as: 'pat-first', ...person });
    expect(headers.get('content-type')).toBe('application/problem+json');
  });

  it('does not leave to two people, also where neither is named in it', async () => {
    fault.same = { clinicianId: 'doc-1', note: 'made once' };
    expect((await answerTo('pat-first')).status).toBe(200);
    expect((await answerTo('pat-second')).status).toBe(500);
    await incidents({ viewerId: 'pat-second', rule: 'cross-wired' });
  });

  it('is the answer to this request, whatever a hook made of it', async () => {
    fault.answer = { fine: true };
    expect((await answerTo('pat-first')).status).toBe(200);
    fault.swap = JSON.stringify({ clinicianId: 'doc-1' });
    const { status } = await answerTo('pat-swapped');
    delete fault.swap;
    expect(status).toBe(500);
    await incidents({ viewerId: 'pat-swapped', rule: 'cross-wired' });
  });
});

describe('who is asking', () => {
  it.each<[string, (victim: Scene) => VerifiedToken['actor']]>([
    ['somebody else', ({ patientId }) => ({ id: patientId, roles: ['patient'] })],
    ['the same person in more roles', () => ({ id: 'pat-widened', roles: ['patient', 'service'] })],
    ['the same person at the desk', () => ({ id: 'pat-widened', roles: ['on-call'] })],
  ])('is established again where the first key takes the caller for %s', async (_, believed) => {
    const victim = await scene(app);
    fault.believe = believed(victim);
    for (const path of ['/v1/me/consultations', `/v1/patients/${victim.patientId}/consultations`, '/v1/breaches']) {
      const { status, body } = await send(app, 'GET', path, { as: 'pat-widened', ...person });
      // The first key may still say that this somebody has no business there.
      expect([path, [403, 404, 500].includes(status), body.items]).toEqual([path, true, undefined]);
    }
    expect((await send(app, 'GET', '/v1/me/consultations', { as: 'pat-widened', ...person })).status).toBe(500);
    const before = (await eventsOf(app, patientStreams.of(victim.patientId))).length;
    expect((await view(app, victim, 'pat-widened')).status).toBe(500);
    // Nothing was done in somebody else's name.
    expect((await eventsOf(app, patientStreams.of(victim.patientId))).length).toBe(before);
    delete fault.believe;
    await incidents({ viewerId: 'pat-widened', rule: 'caller-disputed' });
  });

  it('is asked although a token was forged that the first key believes', async () => {
    const victim = await scene(app);
    fault.believe = { id: victim.patientId, roles: ['patient'] };
    const answer = await app.call('/v1/me/consultations', {
      headers: { authorization: 'Bearer forged.forged.forged' },
    });
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain(victim.consultationId);
    delete fault.believe;
    await incidents({ viewerId: victim.patientId, rule: 'caller-disputed' });
  });

  it('is not asked for what another service tells, which is answered with nothing', async () => {
    const { patientId } = await scene(app);
    expect((await app.call('/v1/hooks/talkative')).status).toBe(200);
    fault.same = { patientId };
    const answer = await app.call('/v1/hooks/talkative');
    expect([answer.status, (await answer.text()).includes(patientId)]).toEqual([500, false]);
  });

  it('must be at the desk for what the desk is shown, whatever the table of roles says', async () => {
    for (const path of ['/v1/breaches', '/v1/playback'])
      expect([path, (await send(app, 'GET', path, { as: 'pat-nosy', ...person })).status]).toEqual([path, 500]);
    expect((await app.call('/v1/access-monitor')).status).toBe(500);
    await incidents({ viewerId: 'pat-nosy', rule: 'desk-only' });
    await incidents({ viewerId: 'nobody', rule: 'desk-only' });
  });
});

describe('letting somebody in', () => {
  const invite = (here: Scene, personId: string) =>
    send(app, 'POST', `/v1/patients/${here.patientId}/consultations/${here.consultationId}/participants`, {
      as: here.patientId,
      roles: ['patient'],
      body: { personId, capacity: 'guardian' },
    });

  it('is as the request asked, or the answer does not say so, and nobody else is let in', async () => {
    const here = await scene(app);
    expect((await invite(here, 'guardian-1')).status).toBe(200);
    fault.invite = 'pat-intruder';
    expect((await invite(here, 'guardian-2')).status).toBe(500);
    delete fault.invite;
    await incidents({ patientId: here.patientId, rule: 'not-as-asked' });
    // The event is there, and only the first key believes it.
    expect((await view(app, here, 'pat-intruder')).body.code).toBe('view-withheld');
    expect(
      (await send(app, 'GET', '/v1/me/consultations', { as: 'pat-intruder', ...person })).body.items ?? [],
    ).toEqual([]);
  });

  it('is said to be done only where it is done', async () => {
    const here = await scene(app);
    expect((await invite(here, 'guardian-1')).status).toBe(200);
    const ledger = app.app.get(Ledger);
    const { handle } = ledger;
    // A removal that is answered and never written.
    Object.assign(ledger, {
      handle: async (folds: never, stream: string, ...rest: unknown[]) => {
        if (!stream.startsWith('patient-'))
          return (handle as never as (...all: unknown[]) => unknown).call(ledger, folds, stream, ...rest);
        const { state, revision } = await (
          folds as { get(stream: string): Promise<{ state: unknown; revision: number }> }
        ).get(stream);
        return { stream, state, revision, events: [], repeated: false };
      },
    });
    try {
      const path = `/v1/patients/${here.patientId}/consultations/${here.consultationId}/participants/guardian-1`;
      expect((await send(app, 'DELETE', path, { as: here.patientId, ...person })).status).toBe(500);
    } finally {
      Object.assign(ledger, { handle });
    }
    await incidents({ patientId: here.patientId, rule: 'not-as-asked' });
  });

  it('is refused, loudly, for a stream that holds another patient’s event', async () => {
    const [here, there] = [await scene(app), await scene(app)];
    expect((await view(app, here, here.patientId)).status).toBe(201);
    const data = { ...itemOf(there), medium: 'video' as const };
    const { participants: _, recordings: __, ...booked } = data;
    const ledger = app.app.get(Ledger);
    const cause = { actor: { id: 'import', roles: ['service'] }, requestId: randomUUID() };
    await ledger.append(
      patientStreams.of(here.patientId),
      'any',
      [{ type: 'ConsultationBooked', data: booked }],
      cause,
    );
    const [breach] = await incidents({ patientId: here.patientId, rule: 'event-not-believed' });
    expect(breach).toMatchObject({ severity: 'critical', contentReleased: false });
    expect((await send(app, 'GET', '/v1/me/consultations', { as: here.patientId, ...person })).status).toBe(500);
    expect((await view(app, there, there.patientId)).status).toBe(201);
  });
});

describe('a socket message', () => {
  const listen = async (namespace: string, id: string, roles: readonly Role[] = ['patient']) => {
    const heard: unknown[] = [];
    const socket = io(`${app.url}${namespace}`, {
      auth: { token: await app.token(id, roles) },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    });
    sockets.push(socket);
    socket.onAny((...args: unknown[]) => heard.push(args));
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
    return { heard, socket };
  };
  const namespaceOf = (gateway: typeof MeGateway | typeof OnCallGateway | typeof ExportsGateway) =>
    (
      app.app.get(gateway as never, { strict: false }) as unknown as {
        namespace: { emit: (...args: unknown[]) => void };
      }
    ).namespace;

  it('reaches nobody it is not for, also when it is emitted to everybody', async () => {
    const here = await scene(app);
    const [patient, clinician, stranger] = await Promise.all([
      listen('/me', here.patientId),
      listen('/me', here.clinicianId, ['clinician']),
      listen('/me', 'pat-listening'),
    ]);
    const { patientId, consultationId } = here;
    const message = { patientId, consultationId, type: 'ConsultationBooked', revision: 1 };
    namespaceOf(MeGateway).emit('consultation.changed', message);
    await eventually(() => patient.heard.length === 1 && clinician.heard.length === 1);
    await eventually(() => !stranger.socket.connected);
    expect(patient.heard).toEqual([['consultation.changed', message]]);
    expect(stranger.heard).toEqual([]);
    await incidents({ viewerId: 'pat-listening', rule: 'egress-prevented' });
  });

  it('is not heard under another name or shape either', async () => {
    const here = await scene(app);
    const stranger = await listen('/me', 'pat-renamed');
    namespaceOf(MeGateway).emit('changed', { id: here.consultationId });
    await eventually(() => !stranger.socket.connected);
    expect(stranger.heard).toEqual([]);
  });

  it('of the desk reaches nobody who is not at the desk, whom the first key let in', async () => {
    fault.believe = { id: 'pat-in-disguise', roles: ['on-call'] };
    const intruder = await listen('/on-call', 'pat-in-disguise').catch(() => undefined);
    delete fault.believe;
    const desk = await listen('/on-call', 'oncall-7', ['on-call']);
    await eventually(() => desk.heard.length > 0);
    namespaceOf(OnCallGateway).emit('breach.updated', { breachId: 'x' });
    await eventually(() => desk.heard.length > 1);
    if (intruder) await eventually(() => !intruder.socket.connected);
    expect(intruder?.heard ?? []).toEqual([]);
    await incidents({ viewerId: 'pat-in-disguise', rule: 'desk-only' });
  });

  it.each<[Role]>([['patient'], ['on-call']])(
    'of compliance reaches no %s, whom the first key let in as an officer',
    async (role) => {
      const id = `${role}-as-officer`;
      fault.believe = { id, roles: ['compliance'] };
      const intruder = await listen('/compliance', id, [role]);
      delete fault.believe;
      const officer = await listen('/compliance', 'officer-7', ['compliance']);
      const update = { exportId: 'x', status: 'made' };
      namespaceOf(ExportsGateway).emit('export.updated', update);
      await eventually(() => officer.heard.length > 0 && !intruder.socket.connected);
      expect(officer.heard).toEqual([['export.updated', update]]);
      expect(intruder.heard).toEqual([]);
      await incidents({ viewerId: id, rule: 'desk-only' });
    },
  );

  it('comes in the order it was sent in', async () => {
    const here = await scene(app);
    const { heard } = await listen('/me', here.patientId);
    const { patientId, consultationId } = here;
    await append(
      app,
      patientId,
      ...Array.from({ length: 30 }, (_, i) => ({
        type: 'ParticipantInvited' as const,
        data: { patientId, consultationId, personId: `guest-${i}`, capacity: 'observer' as const },
      })),
    );
    await eventually(() => heard.length === 30);
    const revisions = heard.map((one) => ((one as unknown[])[1] as { revision: number }).revision);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
  });
});

describe('what the guard stops', () => {
  it('is on the stream of who would have got it, each time', async () => {
    const [mine, theirs] = [await scene(app), await scene(app)];
    fault.answer = { id: theirs.consultationId };
    await answerTo(mine.patientId);
    await answerTo(mine.patientId);
    expect(typesOf(await verdictsOn(app, mine.patientId))).toEqual(['EgressPrevented', 'EgressPrevented']);
    expect(await breachesOf(app, theirs)).toHaveLength(1);
  });
});

describe('what is said to be done', () => {
  /** The same command, answered as if it were done and never written. */
  const unwritten = async <T>(prefix: string, work: () => Promise<T>): Promise<T> => {
    const ledger = app.app.get(Ledger);
    const { handle } = ledger;
    Object.assign(ledger, {
      handle: async (folds: { get(stream: string): Promise<object> }, stream: string, ...rest: unknown[]) =>
        stream.startsWith(prefix)
          ? { ...(await folds.get(stream)), stream, events: [], repeated: false }
          : (handle as (...all: unknown[]) => unknown).call(ledger, folds, stream, ...rest),
    });
    try {
      return await work();
    } finally {
      Object.assign(ledger, { handle });
    }
  };
  const body = { reason: 'case-7' };

  it('to stop a person, a view or all playback is read back before the desk is told so', async () => {
    const here = await scene(app);
    const { viewId } = (await view(app, here, here.patientId)).body;
    const desk = (path: string, more: object = {}) =>
      send(app, 'POST', path, { ...onCall, body: { ...body, ...more } });
    for (const write of [
      () => desk(`/v1/viewers/${here.patientId}/suspend`),
      () => desk(`/v1/views/${viewId}/revoke`, { viewerId: here.patientId }),
    ])
      expect((await unwritten('viewer-', write)).status).toBe(500);
    expect((await unwritten('playback-', () => desk('/v1/playback/halt'))).status).toBe(500);
    expect((await desk('/v1/playback/halt')).status).toBe(200);
    expect((await desk('/v1/playback/resume')).status).toBe(200);
    await incidents({ viewerId: 'oncall-1', rule: 'not-as-asked' });
  });

  it('to keep a recording from everybody is read back, too', async () => {
    const here = await scene(app);
    const path = here.viewsPath.replace(/views$/, 'quarantine');
    const quarantine = () => send(app, 'POST', path, { as: 'officer-1', roles: ['compliance'], body });
    expect((await unwritten('patient-', quarantine)).status).toBe(500);
    expect((await quarantine()).status).toBe(200);
    await incidents({ viewerId: 'officer-1', rule: 'not-as-asked' });
  });
});

describe('a view that a service reports', () => {
  it('is an incident where the monitor clears what the policy would not', async () => {
    const here = await scene(app);
    const evidence = app.app.get(Evidence);
    const access = await evidence.patient(here.patientId);
    // The second key's memory, as a bug of its own would leave it.
    access.consultations.get(here.consultationId)?.guests.set('pat-cleared', [{ revision: 0, at: 0, holds: true }]);
    const { body } = await witness(app, here, 'pat-cleared');
    expect(body).toMatchObject({ verdict: 'flagged', severity: 'critical' });
    await incidents({ breachId: body.viewId, rule: 'keys-disagree' });
  });
});
