import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TokenVerifier } from 'livekit-server-sdk';
import { MediaWatch } from '../../src/media/watch.ts';
import { agreed, patientEvents } from '../recordings/recorded.ts';
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
  tell,
  webhook,
} from './livekit-messages.ts';

/** What a LiveKit server knows, answered over its protocol (Twirp, JSON) to whom its key signs for. */
type Known = { rooms: Room[]; participants: Record<string, object[]>; egress: object[] };
const known: Known = { rooms: [], participants: {}, egress: [] };
let asked: string[] = [];
let server: Server;
let app: RunningApp;

beforeAll(async () => {
  const verifier = new TokenVerifier(LIVEKIT.LIVEKIT_API_KEY, LIVEKIT.LIVEKIT_API_SECRET);
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as { names?: string[]; room?: string; roomName?: string };
    const answer = (status: number, json: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    };
    const signed = await verifier
      .verify((request.headers.authorization ?? '').replace('Bearer ', ''))
      .catch(() => undefined);
    if (!signed) return answer(401, { code: 'unauthenticated', msg: 'invalid token' });
    const method = request.url?.split('/').at(-1) ?? '';
    asked.push(method);
    if (method === 'ListRooms')
      return answer(200, { rooms: known.rooms.filter(({ name }) => body.names?.includes(name)) });
    if (method === 'ListParticipants') return answer(200, { participants: known.participants[body.room ?? ''] ?? [] });
    if (method === 'ListEgress')
      return answer(200, {
        items: known.egress.filter((each) => (each as { roomName: string }).roomName === body.roomName),
      });
    return answer(404, { code: 'bad_route', msg: method });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  app = await startApp({ env: { ...LIVEKIT, LIVEKIT_URL: `ws://127.0.0.1:${port}`, RELEASE_TIMEOUT_MS: '20000' } });
});
afterAll(async () => {
  await app.close();
  server.close();
});

/** One round of the watch, after it has what was told so far. */
const round = async (room: Room) => {
  const told = (await mediaEventsOf(app, room)).length;
  await eventually(async () => {
    await app.app.get(MediaWatch, { strict: false }).round();
    return (await mediaEventsOf(app, room)).length > told;
  });
};
const joins = (patientId: string) => patientEvents(app, patientId, 'ConsultationJoined');
const leaves = (patientId: string) => patientEvents(app, patientId, 'ConsultationLeft');

describe('what LiveKit did not tell', () => {
  it('is asked for: who is in, who is not any more, and each of it is recorded once', async () => {
    const held = await agreed(app);
    const room = freshRoom(held.consultationId);
    const [clinician, patient] = [person(held.clinicianId, 'PA_c'), person(held.patientId, 'PA_p')];
    known.rooms = [room];
    known.participants = { [room.name]: [patient.participant] };
    await tell(app, webhook('participant_joined', room, clinician));
    await eventually(async () => (await joins(held.patientId)).length === 1);
    await round(room);
    await eventually(async () => (await joins(held.patientId)).length === 2);
    await eventually(async () => (await leaves(held.patientId)).length === 1);
    expect(await leaves(held.patientId)).toMatchObject([{ personId: held.clinicianId }]);
    // The webhooks come after all.
    await tell(app, webhook('participant_joined', room, patient));
    await tell(app, webhook('participant_left', room, clinician));
    await app.app.get(MediaWatch, { strict: false }).round();
    expect((await joins(held.patientId)).length).toBe(2);
    expect((await leaves(held.patientId)).length).toBe(1);
  });

  it('is asked for where it says that it threw events away', async () => {
    const held = await agreed(app);
    const room = freshRoom(held.consultationId);
    known.rooms = [room];
    known.participants = {
      [room.name]: [person(held.patientId).participant, person('agent', 'PA_a', { kind: 'AGENT' }).participant],
    };
    await tell(app, webhook('track_published', room, { ...person(held.patientId), numDropped: 3 }));
    asked = [];
    await round(room);
    await eventually(async () => (await joins(held.patientId)).length === 1);
    await eventually(async () => (await mediaEventsOf(app, room, 'MediaSessionReconciled')).length === 1);
    expect(new Set(asked)).toEqual(new Set(['ListRooms', 'ListEgress', 'ListParticipants']));
  });

  it('is the end of a session that is gone, and of a recorder that left nothing', async () => {
    const held = await agreed(app);
    const room = freshRoom(held.consultationId);
    // The same name, and another session: the room was opened again.
    known.rooms = [freshRoom(held.consultationId)];
    known.egress = [{ egressId: 'EG_lost', roomId: room.sid, roomName: room.name, status: 'EGRESS_FAILED' }];
    await tell(app, webhook('participant_joined', room, person(held.patientId)));
    await tell(app, webhook('egress_started', room, egress(room, 'EG_lost', { status: 'EGRESS_ACTIVE' })));
    await eventually(async () => (await joins(held.patientId)).length === 1);
    await round(room);
    await eventually(async () => (await leaves(held.patientId)).length === 1);
    await eventually(async () => {
      await app.app.get(MediaWatch, { strict: false }).round();
      return (await mediaEventsOf(app, room, 'RecordingClaimSettled')).length === 1;
    });
    const breach = await breachOf(
      app,
      'recording-not-kept',
      ({ consultationId }) => consultationId === held.consultationId,
    );
    expect(breach).toMatchObject({ severity: 'review', patientId: held.patientId });
  });

  it('changes nothing while the server cannot be asked', async () => {
    const held = await agreed(app);
    const room = freshRoom(held.consultationId);
    known.rooms = [room];
    server.closeAllConnections();
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await tell(app, webhook('participant_joined', room, person(held.patientId)));
    await eventually(async () => (await joins(held.patientId)).length === 1);
    await app.app.get(MediaWatch, { strict: false }).round();
    expect([
      (await leaves(held.patientId)).length,
      (await mediaEventsOf(app, room, 'MediaSessionReconciled')).length,
    ]).toEqual([0, 0]);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  });
});

describe('a session that matches no consultation', () => {
  it('is for the desk to look at after 5 minutes, once, and only where it was used', async () => {
    const [used, empty] = [freshRoom('standup-of-the-team'), freshRoom('empty')];
    known.rooms = [used, empty];
    known.participants = { [used.name]: [person('pat-1', 'PA_1', { joinedAt: '1', joinedAtMs: '1000' }).participant] };
    for (const room of [used, empty]) await tell(app, webhook('room_started', room));
    await round(used);
    await eventually(async () => {
      await app.app.get(MediaWatch, { strict: false }).round();
      return (await mediaEventsOf(app, used, 'MediaSessionSetAside')).length === 1;
    });
    await breachOf(app, 'unmatched-media', () => true);
    await app.app.get(MediaWatch, { strict: false }).round();
    expect(await mediaEventsOf(app, used, 'MediaSessionSetAside')).toHaveLength(1);
    expect(await mediaEventsOf(app, empty, 'MediaSessionSetAside')).toEqual([]);
  });
});
