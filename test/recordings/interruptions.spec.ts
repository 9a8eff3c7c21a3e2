import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { viewerStreams } from '../../events/categories.ts';
import type { ViewerEvent } from '../../events/viewer-events.ts';
import { AccessPolicy } from '../../src/access/views/policy.ts';
import { appVersion } from '../../src/config/version.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { eventsOf, send } from '../access/scene.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';
import { besideIt } from '../support/node-of.ts';
import { padded } from './media.ts';
import {
  ask,
  type Consultation,
  compliance,
  consultation,
  digestOf,
  heldPlayer,
  keysIn,
  opened,
  patientEvents,
  type RecordedConsultation,
  recorded,
  roomOf,
  uploadTo,
} from './recorded.ts';

const MIB = 2 ** 20;
/** Four times what the buffers of a connection hold, so that a player that reads no more keeps its transfer open. */
const LARGE = 16 * MIB;
const env = { RELEASE_TIMEOUT_MS: '20000' };

/** What a player was sent, by the ledger. */
const playedBy = (app: RunningApp, { patientId }: Consultation, viewId: string) =>
  eventually(async () =>
    (await patientEvents(app, patientId, 'RecordingPlayed')).find((played) => played.viewId === viewId),
  );

describe('an upload that does not end well', () => {
  let app: RunningApp;
  let body: Buffer;
  beforeAll(async () => {
    app = await startApp({ env: { RECORDING_IDLE_TIMEOUT_MS: '500' } });
    body = await padded('consultation.webm', MIB);
  });
  afterAll(() => app.close());

  /** Speaks HTTP by hand, as a client that does it wrong. */
  const sending = async ({ path }: Consultation, headers: Record<string, string | number>) => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const all = {
      host: hostname,
      authorization: `Bearer ${await app.token('video-service', ['service'])}`,
      'content-type': 'video/webm',
      ...digestOf(body),
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    socket.write(
      [`POST ${path}/recordings?mediaSessionId=${roomOf({ path })} HTTP/1.1`, ...lines, '', ''].join('\r\n'),
    );
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    socket.on('error', () => undefined); // Some are reset on purpose.
    return { socket, status: () => eventually(() => /^HTTP\/1\.1 (\d+)/.exec(said)?.[1]) };
  };
  const nothingOf = async ({ patientId }: Consultation) => {
    const incoming = join(app.config.dataDir, 'recordings', '.incoming');
    await eventually(async () => (await readdir(incoming).catch(() => [])).every((name) => name.endsWith('.probe')));
    expect((await keysIn(app)).filter((key) => key.includes(patientId))).toEqual([]);
    expect(await patientEvents(app, patientId, 'RecordingStored')).toEqual([]);
  };
  const underWay = () =>
    eventually(async () =>
      (await readdir(join(app.config.dataDir, 'recordings', '.incoming')).catch(() => [])).some(
        (name) => !name.endsWith('.probe'),
      ),
    );

  it('leaves nothing when the client disconnects', async () => {
    const held = await consultation(app);
    const { socket } = await sending(held, { 'content-length': body.length });
    socket.write(body.subarray(0, body.length / 2));
    await underWay();
    socket.resetAndDestroy();
    await nothingOf(held);
  });

  it('leaves nothing when fewer bytes come than were announced', async () => {
    const held = await consultation(app);
    const { socket } = await sending(held, { 'content-length': body.length + 1 });
    socket.end(body);
    await once(socket, 'close');
    await nothingOf(held);
  });

  it('leaves nothing when the client stalls, and tells it', async () => {
    const held = await consultation(app);
    const { socket, status } = await sending(held, { 'content-length': body.length });
    socket.write(body.subarray(0, body.length / 2));
    expect(await status()).toBe('408');
    socket.destroy();
    await nothingOf(held);
  });

  it('leaves nothing when a chunked body breaks off', async () => {
    const held = await consultation(app);
    const { socket } = await sending(held, { 'transfer-encoding': 'chunked' });
    socket.write(`${(body.length / 2).toString(16)}\r\n`);
    socket.write(body.subarray(0, body.length / 2));
    socket.end('\r\n');
    await once(socket, 'close');
    await nothingOf(held);
  });

  it.each([
    ['gone', async () => undefined],
    ['a file', (path: string) => writeFile(path, '')],
  ])('is refused while the folder of recordings is %s; readiness names it, nothing is recorded', async (_, replace) => {
    const [held, fresh] = [await recorded(app, body), await consultation(app)];
    const { contentUrl } = await opened(app, held);
    const folder = join(app.config.dataDir, 'recordings');
    await rename(folder, `${folder}-away`);
    await replace(folder);
    expect(await uploadTo(app, fresh, { body })).toMatchObject({
      status: 503,
      body: { code: 'recording-store-unavailable' },
    });
    const content = await app.call(contentUrl, { as: held.patientId, roles: ['patient'] });
    expect(content.status).toBe(503);
    expect(await content.json()).toMatchObject({ code: 'recording-store-unavailable' });
    const ready = await eventually(async () => {
      const answer = await app.call('/health/ready');
      return answer.status === 503 ? answer : undefined;
    });
    expect(await ready.json()).toMatchObject({ errors: [{ path: 'recordings' }] });
    expect(await compliance(app, `${held.recordingPath}/erase`)).toMatchObject({ body: { objectRemoved: false } });

    await rm(folder, { force: true });
    await rename(`${folder}-away`, folder);
    await nothingOf(fresh);
    await eventually(async () => (await app.call('/health/ready')).ok);
    expect(await uploadTo(app, fresh, { body })).toMatchObject({ status: 201 });
  });

  it('does not keep the next one from being stored', async () => {
    const held = await recorded(app, body);
    expect((await patientEvents(app, held.patientId, 'RecordingStored'))[0]).toMatchObject({
      bytes: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
    });
  });
});

describe('a transfer under way', () => {
  /** Two instances on one store and one folder: what is asked of one takes effect on the other. */
  let here: RunningApp;
  let there: RunningApp;
  let body: Buffer;
  beforeAll(async () => {
    here = await startApp({ env });
    there = await startApp({ env: { ...env, ...(await besideIt(here)) } });
    body = await padded('consultation.webm', LARGE);
  });
  afterAll(async () => {
    await there?.close();
    await here?.close();
  });

  type Held = RecordedConsultation & { readonly viewId: string };
  const desk = (path: string, body: object) =>
    send(here, 'POST', path, { as: 'officer-1', roles: ['compliance'], body: { reason: 'case-7', ...body } });
  const cuts: readonly (readonly [string, (held: Held) => Promise<{ status: number }>])[] = [
    ['its view is revoked', ({ viewId, patientId }) => desk(`/v1/views/${viewId}/revoke`, { viewerId: patientId })],
    ['its viewer is suspended', ({ patientId }) => desk(`/v1/viewers/${patientId}/suspend`, {})],
    ['its recording is quarantined', ({ recordingPath }) => compliance(here, `${recordingPath}/quarantine`)],
    ['its recording is erased', ({ recordingPath }) => compliance(here, `${recordingPath}/erase`)],
    ['all playback is halted', () => desk('/v1/playback/halt', {})],
  ];

  afterEach(() => desk('/v1/playback/resume', {}));

  it.each(cuts)('ends at once, on this instance and the other, when %s', async (_, cut) => {
    const held = await recorded(here, body);
    const { viewId, contentUrl } = await opened(here, held);
    const players = await Promise.all([here, there].map((app) => heldPlayer(app, contentUrl, held.patientId)));
    expect(players.map(({ status }) => status)).toEqual([200, 200]);
    expect(await cut({ ...held, viewId })).toMatchObject({ status: 200 });

    // Recorded while the players still read nothing: it was not their reading that ended it.
    const played = await eventually(async () => {
      const found = await patientEvents(here, held.patientId, 'RecordingPlayed');
      return found.length === 2 ? found : undefined;
    });
    const seen = await Promise.all(players.map(({ rest }) => rest()));
    for (const { bytesServed, outcome, ranges } of played) {
      expect(outcome).toBe('cut');
      expect(bytesServed).toBeLessThan(body.length);
      expect(ranges).toEqual([[0, Number(bytesServed) - 1]]);
    }
    for (const { whole } of seen) expect(whole).toBe(false);
    const counted = played.map(({ bytesServed }) => Number(bytesServed)).reduce((sum, bytes) => sum + bytes);
    expect(seen.reduce((sum, { received }) => sum + received, 0)).toBeLessThanOrEqual(counted);

    const after = await there.call(contentUrl, { as: held.patientId, roles: ['patient'] });
    expect([410, 423, 503]).toContain(after.status);
    await after.arrayBuffer();
  });

  it('shows in the patient’s own account of who was shown, opened and received what, with the release', async () => {
    const held = await recorded(here, body);
    const clinician = { as: held.clinicianId, roles: ['clinician'] as const };
    expect((await send(there, 'GET', '/v1/me/consultations', clinician)).body.items).toHaveLength(1);
    const { viewId, contentUrl } = await opened(here, held, held.clinicianId);
    const part = await there.call(contentUrl, { ...clinician, headers: { range: 'bytes=1000-1999' } });
    expect((await part.arrayBuffer()).byteLength).toBe(1_000);
    const player = await heldPlayer(there, contentUrl, held.clinicianId);
    await desk(`/v1/views/${viewId}/revoke`, { viewerId: held.clinicianId });
    const { received } = await player.rest();
    const account = async () =>
      (await send(here, 'GET', '/v1/me/accesses', { as: held.patientId, roles: ['patient'] })).body.items;
    const [played, openedOnce, shown, ...more] = await eventually(async () => {
      const rows = await account();
      return rows[0]?.outcome === 'cut' ? rows : undefined;
    });
    const who = { patientId: held.patientId, viewerId: held.clinicianId, appVersion };
    const what = { ...who, consultationId: held.consultationId, recordingId: held.recordingId, viewId };
    expect(more).toEqual([]);
    expect(shown).toMatchObject({
      ...{ kind: 'shown', ...who, consultationIds: [held.consultationId], recordingIds: [held.recordingId] },
    });
    expect(openedOnce).toMatchObject({ kind: 'opened', ...what, verdict: 'cleared' });
    expect(played).toMatchObject({ kind: 'played', ...what, ranges: [[0, expect.any(Number)]], outcome: 'cut' });
    expect(played.bytesServed).toBe(1_000 + played.ranges[0][1] + 1);
    expect(played.bytesServed).toBeGreaterThanOrEqual(1_000 + received);
  });

  it('ends when a guest is removed, and goes on for those who stay', async () => {
    const held = await recorded(here, body);
    await send(here, 'POST', `${held.path}/participants`, {
      ...{
        as: held.patientId,
        roles: ['patient'],
        body: { personId: `aunt-of-${held.patientId}`, capacity: 'guardian' },
      },
    });
    const guest = `aunt-of-${held.patientId}`;
    const [theirs, own] = [await opened(here, held, guest), await opened(here, held)];
    const [removed, staying] = [
      await heldPlayer(there, theirs.contentUrl, guest),
      await heldPlayer(there, own.contentUrl, held.patientId),
    ];
    const gone = await send(here, 'DELETE', `${held.path}/participants/${guest}`, {
      as: held.patientId,
      roles: ['patient'],
    });
    expect(gone.status).toBe(200);
    expect(await playedBy(here, held, theirs.viewId)).toMatchObject({ outcome: 'cut' });
    expect((await removed.rest()).whole).toBe(false);
    expect(await staying.rest()).toEqual({ received: body.length, whole: true });
    expect(await playedBy(here, held, own.viewId)).toMatchObject({ outcome: 'completed', bytesServed: body.length });
  });

  it('is recorded as far as it came when its instance is shut down', async () => {
    const held = await recorded(here, body);
    const { viewId, contentUrl } = await opened(here, held);
    const shared = await besideIt(here);
    const leaving = await startApp({ env: { ...env, ...shared, SHUTDOWN_TIMEOUT_MS: '100' } });
    const players = await Promise.all(
      Array.from({ length: 20 }, () => heldPlayer(leaving, contentUrl, held.patientId)),
    );
    await leaving.close();
    const played = await patientEvents(here, held.patientId, 'RecordingPlayed');
    const [ofView, ...more] = played.filter((one) => one.viewId === viewId);
    expect(more).toEqual([]);
    const seen = await Promise.all(players.map(({ rest }) => rest()));
    for (const { whole } of seen) expect(whole).toBe(false);
    expect(ofView?.ranges).toHaveLength(players.length);
    expect(ofView?.bytesServed).toBeGreaterThanOrEqual(seen.reduce((sum, { received }) => sum + received, 0));
  });

  it('is recorded as far as it came when the player leaves', async () => {
    const held = await recorded(here, body);
    const { viewId, contentUrl } = await opened(here, held);
    const player = await heldPlayer(here, contentUrl, held.patientId);
    player.leave();
    const played = await playedBy(here, held, viewId);
    expect(played).toMatchObject({ outcome: 'disconnected' });
    expect(played.bytesServed).toBeLessThan(body.length);
  });
});

describe('with RELEASE_MODE=policy', () => {
  let app: RunningApp;
  let body: Buffer;
  beforeAll(async () => {
    app = await startApp({
      env: { ...env, RELEASE_MODE: 'policy' },
      // The bug of 2020: the first key lets everybody in.
      override: (builder) => builder.overrideProvider(AccessPolicy).useValue({ decide: () => 'allowed' }),
    });
    body = await padded('consultation.webm', LARGE);
  });
  afterAll(() => app.close());

  it('a view that the monitor flags cuts itself', async () => {
    const held = await recorded(app, body);
    const { status, body: answer } = await ask(app, held, 'stranger-1');
    expect([status, answer.verdict]).toEqual([201, 'pending']);
    const { viewId, contentUrl } = answer;
    // The verdict comes within milliseconds: before the first byte, or while bytes flow.
    const player = await heldPlayer(app, contentUrl, 'stranger-1');
    await eventually(async () =>
      (await eventsOf(app, viewerStreams.of('stranger-1'))).some(({ type }) => type === 'ViewFlagged'),
    );
    const { received, whole } = await player.rest();
    if (player.status === 200) {
      expect(whole).toBe(false);
      expect(received).toBeLessThan(body.length);
      expect(await playedBy(app, held, viewId)).toMatchObject({ outcome: 'cut' });
    } else expect(player.status).toBe(403);
    const after = await app.call(contentUrl, { as: 'stranger-1', roles: ['patient'] });
    expect(after.status).toBe(403);
  });

  it('cuts what is flagged long after its first byte', async () => {
    const held = await recorded(app, body);
    const { viewId, contentUrl } = await opened(app, held);
    const player = await heldPlayer(app, contentUrl, held.patientId);
    const { patientId, consultationId, recordingId } = held;
    const flagged: ViewerEvent = {
      type: 'ViewFlagged',
      data: {
        ...{ viewerId: patientId, viewId, patientId, consultationId, recordingId, viewRevision: 0 },
        ...{ source: 'mediated', purpose: 'patient-request', severity: 'critical', rule: 'late', released: false },
      },
    };
    const cause = { actor: { id: 'late-monitor', roles: [] }, requestId: 'late' };
    await app.app.get(Ledger).append(viewerStreams.of(patientId), 'any', [flagged], cause);
    const played = await playedBy(app, held, viewId);
    expect(played).toMatchObject({ outcome: 'cut' });
    const { received, whole } = await player.rest();
    expect(whole).toBe(false);
    expect(received).toBeLessThanOrEqual(Number(played.bytesServed));
  });
});
