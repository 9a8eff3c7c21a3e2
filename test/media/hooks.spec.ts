import { Webhook } from 'standardwebhooks';
import { partOf } from '../../src/media/told.ts';
import { media } from '../recordings/media.ts';
import { agreed, type Consultation, patientEvents, uploadTo } from '../recordings/recorded.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import {
  breachOf,
  egress,
  freshRoom,
  LIVEKIT,
  mediaEventsOf,
  person,
  type Room,
  seconds,
  signatureOf,
  tell,
  webhook,
} from './livekit-messages.ts';

const SECRETS = [
  'whsec_bWVkaWEtaG9vay1zZWNyZXQtYmVmb3JlLTAxMjM0',
  'whsec_bWVkaWEtaG9vay1zZWNyZXQtYWZ0ZXItMDEyMzQ1',
] as const;

let app: RunningApp;
beforeAll(async () => {
  app = await startApp({ env: { ...LIVEKIT, MEDIA_WEBHOOK_SECRET: SECRETS.join(','), RELEASE_TIMEOUT_MS: '20000' } });
});
afterAll(() => app.close());

const call = async (): Promise<Consultation & { readonly room: string; readonly at: Room }> => {
  const held = await agreed(app);
  const at = freshRoom(held.consultationId);
  return { ...held, at, room: at.sid };
};
const joins = (held: Consultation) => patientEvents(app, held.patientId, 'ConsultationJoined');
const leaves = (held: Consultation) => patientEvents(app, held.patientId, 'ConsultationLeft');

describe('a webhook of LiveKit', () => {
  it('records who joined and who left, as the people they are to the consultation', async () => {
    const held = await call();
    expect(await tell(app, webhook('room_started', held.at))).toBe(204);
    for (const id of [held.patientId, held.clinicianId])
      expect(await tell(app, webhook('participant_joined', held.at, person(id, `PA_${id}`)))).toBe(204);
    const here = { consultationId: held.consultationId, mediaSessionId: held.at.sid };
    await eventually(async () => (await joins(held)).length === 2);
    expect(await joins(held)).toMatchObject([
      { ...here, personId: held.patientId },
      { ...here, personId: held.clinicianId },
    ]);
    expect(await tell(app, webhook('participant_left', held.at, person(held.patientId, `PA_${held.patientId}`)))).toBe(
      204,
    );
    await eventually(async () => (await leaves(held)).length === 1);
    expect(await tell(app, webhook('room_finished', held.at))).toBe(204);
    await eventually(async () => (await leaves(held)).length === 2);
    expect((await joins(held)).length).toBe(2);
  });

  it('proves where a recording of the session belongs', async () => {
    const held = await call();
    for (const id of [held.patientId, held.clinicianId])
      await tell(app, webhook('participant_joined', held.at, person(id)));
    await eventually(async () => (await joins(held)).length === 2);
    expect(await uploadTo(app, held, { body: await media('consultation.webm') })).toMatchObject({
      status: 201,
      body: { state: 'available' },
    });
  });

  it('is recorded once, however often it comes', async () => {
    const held = await call();
    const message = webhook('participant_joined', held.at, person(held.patientId));
    expect(await Promise.all([tell(app, message), tell(app, message), tell(app, message)])).toEqual([204, 204, 204]);
    expect(await mediaEventsOf(app, held.at, 'ProviderEventReceived')).toHaveLength(1);
    await eventually(async () => (await joins(held)).length === 1);
  });

  it('counts a leave that comes first, and one whose join never came', async () => {
    const held = await call();
    const [early, only] = [person(held.patientId), person(held.clinicianId)];
    await tell(app, webhook('participant_left', held.at, early));
    await tell(app, webhook('participant_joined', held.at, early));
    await tell(app, webhook('participant_left', held.at, only));
    await eventually(async () => (await leaves(held)).length === 2);
    expect(new Set((await joins(held)).map(({ personId }) => personId))).toEqual(
      new Set([held.patientId, held.clinicianId]),
    );
  });

  it('keeps a person in who leaves with one of two devices', async () => {
    const held = await call();
    const [phone, laptop] = [person(held.patientId), person(held.patientId)];
    for (const device of [phone, laptop]) await tell(app, webhook('participant_joined', held.at, device));
    await tell(app, webhook('participant_left', held.at, phone));
    await tell(app, webhook('participant_joined', held.at, person(held.clinicianId)));
    await eventually(async () => (await joins(held)).length === 2);
    expect(await leaves(held)).toEqual([]);
    await tell(app, webhook('participant_left', held.at, laptop));
    await eventually(async () => (await leaves(held)).length === 1);
  });

  it('is no person where an agent or a recorder joins, and no word of one who never got in', async () => {
    const held = await call();
    await tell(app, webhook('participant_joined', held.at, person('EG_recorder', 'PA_e', { kind: 'EGRESS' })));
    await tell(app, webhook('participant_joined', held.at, person('agent-x', 'PA_a', { kind: 'AGENT' })));
    await tell(app, webhook('participant_connection_aborted', held.at, person('pat-other', 'PA_o')));
    await tell(app, webhook('participant_joined', held.at, person(held.patientId)));
    await eventually(async () => (await joins(held)).length === 1);
    const told = await mediaEventsOf(app, held.at, 'ProviderEventReceived');
    expect(told.map(({ data }) => (data as { fact: string }).fact)).toEqual([
      'participant-aborted',
      'participant-joined',
    ]);
  });

  it('is refused without the server’s signature over these very bytes, and nothing is recorded', async () => {
    const held = await call();
    const message = webhook('participant_joined', held.at, person(held.patientId));
    const body = JSON.stringify(message);
    const changed = await signatureOf(body.replace(held.patientId, 'pat-2'));
    const forged = await signatureOf(body, 'another-secret-than-that-of-the-server');
    for (const authorization of [changed, forged, 'nonsense', '', await app.token('svc-1', ['service'])])
      expect(await tell(app, message, { authorization })).toBe(401);
    const old = { ...message, createdAt: seconds(Date.now() - 6 * 60_000) };
    expect(await tell(app, old)).toBe(401);
    expect(await tell(app, { ...message, room: 7 })).toBe(400);
    expect(await mediaEventsOf(app, held.at)).toEqual([]);
  });

  it('may be larger than what apps send, up to 256 KiB', async () => {
    const held = await call();
    const large = (kib: number) => webhook('room_started', held.at, { padding: 'x'.repeat(kib * 1_024) });
    expect(await tell(app, large(200))).toBe(204);
    expect(await tell(app, large(260))).toBe(413);
  });

  it('gives no right to anything', async () => {
    const held = await call();
    await tell(app, webhook('participant_joined', held.at, person(held.patientId)));
    await tell(app, webhook('participant_joined', held.at, person('pat-stranger')));
    await breachOf(app, 'uninvited-joiner', ({ consultationId }) => consultationId === held.consultationId);
    const asked = await app.call(held.path, { as: 'pat-stranger', roles: ['patient'] });
    expect(asked.status).toBe(404);
  });
});

describe('a person in a session who takes no part in its consultation', () => {
  it('is one critical breach, also when they came first and come again', async () => {
    const held = await call();
    const stranger = `pat-${held.consultationId.slice(-8)}x`;
    await tell(app, webhook('participant_joined', held.at, person(stranger)));
    await tell(app, webhook('participant_joined', held.at, person(held.clinicianId)));
    const breach = await breachOf(app, 'uninvited-joiner', ({ viewerId }) => viewerId === stranger);
    const { patientId, consultationId } = held;
    expect(breach).toMatchObject({ severity: 'critical', patientId, consultationId, contentReleased: false });
    await tell(app, webhook('participant_joined', held.at, person(stranger)));
    await tell(app, webhook('participant_joined', held.at, person(held.patientId)));
    await eventually(async () => (await joins(held)).length === 2);
    const { items } = (await (
      await app.call('/v1/breaches?limit=100', { as: 'oncall-1', roles: ['on-call'] })
    ).json()) as {
      items: Record<string, string>[];
    };
    expect(items.filter(({ viewerId }) => viewerId === stranger)).toHaveLength(1);
    expect((await joins(held)).map(({ personId }) => personId)).not.toContain(stranger);
  });

  it('is kept as ids of issuers are, where the server calls them by one', async () => {
    const held = await call();
    await tell(app, webhook('participant_joined', held.at, person('auth0|abc')));
    await tell(app, webhook('participant_joined', held.at, person(held.clinicianId)));
    const breach = await breachOf(
      app,
      'uninvited-joiner',
      ({ consultationId }) => consultationId === held.consultationId,
    );
    expect(breach.viewerId).toBe('auth0|abc');
    const told = await mediaEventsOf(app, held.at, 'ProviderEventReceived');
    expect(told[0]?.data).toMatchObject({ personId: '_.auth0.7Cabc' });
  });

  it.each(['+49 30 901820', '_.auth0.7C901820', `auth0|${'901820'.repeat(10)}`])(
    'is kept as a digest where the server calls them %s, which can be no id',
    async (identity) => {
      const held = await call();
      await tell(app, webhook('participant_joined', held.at, person(identity)));
      await tell(app, webhook('participant_joined', held.at, person(held.clinicianId)));
      const breach = await breachOf(
        app,
        'uninvited-joiner',
        ({ consultationId }) => consultationId === held.consultationId,
      );
      expect(breach.viewerId).toMatch(/^unknown-[0-9a-f]{32}$/);
      expect(
        JSON.stringify(await mediaEventsOf(app, held.at), (_, v) => (typeof v === 'bigint' ? `${v}` : v)),
      ).not.toContain('901820');
    },
  );
});

describe('a signed message of another media server', () => {
  const send = async (
    message: object,
    { id = `msg_${Math.random().toString(36).slice(2)}`, secret = SECRETS[1] as string, at = new Date() } = {},
  ) => {
    const body = JSON.stringify(message);
    const response = await app.call('/v1/hooks/media', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': new Webhook(secret).sign(id, at, body),
      },
      body,
    });
    return response.status;
  };
  const joined = (held: { at: Room; consultationId: string }, personId: string) => ({
    type: 'participant-joined',
    mediaSessionId: held.at.sid,
    consultationId: held.consultationId,
    occurredAt: new Date().toISOString(),
    participant: { personId, presenceId: `join-${personId}` },
  });

  it('records a join, signed by either secret while they are rotated, once for each id', async () => {
    const held = await call();
    expect(await send(joined(held, held.patientId), { id: 'msg-1', secret: SECRETS[0] })).toBe(204);
    expect(await send(joined(held, held.patientId), { id: 'msg-1', secret: SECRETS[0] })).toBe(204);
    expect(await send(joined(held, held.clinicianId), { id: 'msg-2' })).toBe(204);
    await eventually(async () => (await joins(held)).length === 2);
    expect(await mediaEventsOf(app, held.at, 'ProviderEventReceived')).toHaveLength(2);
  });

  it.each([
    ['Zoom', '/ajXp112QmuoKj48+5487=', '9vKz/Yt1R9+2m=='],
    ['OpenTok', '2_MX40NjEyMzQ1Nn5-MTYwOTc5NTYzNTI1Mn5ZTkhXVU5xL1l0VXlHT2V0RmJWVXdkSkF-fg', '70a81a38-d77d-46e5-8d2c'],
    ['Jitsi', 'vpaas-magic-cookie-1fc542a3/ExampleRoom@conference.8x8.vc', 'exampleroom@conference.8x8.vc/f81d4fae'],
  ])('tells of a session and its connections as %s calls them', async (_, shape, connection) => {
    const held = await call();
    const at = { ...held.at, sid: `${shape}${held.consultationId}=` };
    for (const personId of [held.patientId, held.clinicianId]) {
      const message = joined({ ...held, at }, personId);
      const participant = { personId, presenceId: `${connection}:${personId}` };
      expect(await send({ ...message, participant })).toBe(204);
    }
    const recorder = { mediaSessionId: at.sid, occurredAt: new Date().toISOString(), recorderId: connection };
    expect(await send({ type: 'recording-began', ...recorder })).toBe(204);
    await eventually(async () => (await joins(held)).length === 2);
    expect((await joins(held)).map(({ mediaSessionId }) => mediaSessionId)).toEqual([at.sid, at.sid]);
    expect(await mediaEventsOf(app, at, 'MediaSessionMatched')).toHaveLength(1);
    expect(await send({ ...joined({ ...held, at: { ...at, sid: 'a room' } }, held.patientId) })).toBe(400);
  });

  it('is of one session alone, also where ids have slashes', () => {
    expect(partOf('room/1', 'a.mp4')).not.toBe(partOf('room', '1/a.mp4'));
    // Ids that were accepted before others were, so that nothing of old sessions is recorded once more.
    expect(partOf('RM_8Yk2-1.b', 'egress/a.mp4')).toBe('RM_8Yk2-1.b/egress/a.mp4');
  });

  it('is refused with another secret, when it is old, and when it says what the schema does not know', async () => {
    const held = await call();
    const message = joined(held, held.patientId);
    expect(await send(message, { secret: 'whsec_YW5vdGhlci1zZWNyZXQtdGhhbi10aGF0LW9mLXRoaXM=' })).toBe(401);
    expect(await send(message, { at: new Date(Date.now() - 6 * 60_000) })).toBe(401);
    expect(await send({ ...message, url: 'https://files.example.org/1.mp4' })).toBe(400);
    expect(await send({ ...message, type: 'participant-waved' })).toBe(400);
    expect(await send(message, { id: 'not/an/id' })).toBe(400);
    expect(await mediaEventsOf(app, held.at)).toEqual([]);
  });
});

describe('without the settings', () => {
  let bare: RunningApp;
  beforeAll(async () => {
    bare = await startApp();
  });
  afterAll(() => bare.close());

  it('no hook is taken, no session is watched, and nothing can be claimed', async () => {
    const room = freshRoom('con-1');
    expect(await tell(bare, webhook('room_started', room))).toBe(503);
    expect(await tell(bare, egress(room, 'EG_1'))).toBe(503);
    const claimed = await bare.call('/v1/patients/pat-1/consultations/con-1/recordings/claims', {
      method: 'POST',
      as: 'svc-1',
      roles: ['service'],
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ mediaSessionId: room.sid, bucket: 'some-bucket', key: 'a.webm' }),
    });
    await eventually(async () => (await bare.call('/health/ready')).status === 200);
    const desk = await bare.call('/v1/reactors', { as: 'oncall-1', roles: ['on-call'] });
    const { reactors } = (await desk.json()) as { reactors: { name: string }[] };
    expect(reactors.map(({ name }) => name)).not.toContain('media-watch');
    expect([claimed.status, ((await claimed.json()) as { code: string }).code]).toEqual([403, 'claim-not-allowed']);
  });
});
